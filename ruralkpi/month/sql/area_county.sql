-- grain: one row per area and rule that owed something in the month, with its county's counts and rate beside; quarter_: the
-- months from $quarter on together.
WITH own AS (
    SELECT
        coalesce(county_id, '') AS county_id, area_id, rule_id,
        sum(CASE WHEN month = $month THEN met_n ELSE 0 END) AS met_n, sum(CASE WHEN month = $month THEN owed_n ELSE 0 END) AS owed_n,
        sum(CASE WHEN month = $month THEN unknown_n ELSE 0 END) AS unknown_n,
        sum(met_n) AS quarter_met_n, sum(owed_n) AS quarter_owed_n
    FROM kpi_area_month
    WHERE month BETWEEN $quarter AND $month
    GROUP BY coalesce(county_id, ''), area_id, rule_id
), beside AS (
    SELECT
        *,
        sum(met_n) OVER county AS county_met_n, sum(owed_n) OVER county AS county_owed_n,
        sum(quarter_met_n) OVER county AS quarter_peer_met_n, sum(quarter_owed_n) OVER county AS quarter_peer_owed_n
    FROM own
    WINDOW county AS (PARTITION BY county_id, rule_id)
)
SELECT
    beside.county_id, beside.area_id, rule.rule_no, rule.rule_id, rule.dimension, rule.use, rule.settings, beside.met_n, beside.owed_n, beside.unknown_n,
    beside.county_met_n, beside.county_owed_n, beside.county_met_n / nullif(beside.county_owed_n, 0) AS peer_rate,
    beside.county_met_n AS peer_met_n, beside.county_owed_n AS peer_owed_n,
    beside.quarter_met_n, beside.quarter_owed_n, beside.quarter_peer_met_n, beside.quarter_peer_owed_n
FROM beside
INNER JOIN rule ON rule.rule_id = beside.rule_id
WHERE beside.owed_n > 0
ORDER BY beside.county_id, rule.rule_no, beside.area_id
