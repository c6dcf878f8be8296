-- grain: one row per area and rule that owed something in the month, with its county's counts and rate beside.
SELECT
    coalesce(own.county_id, '') AS county_id, own.area_id, rule.rule_no, rule.rule_id, rule.dimension, rule.use, own.met_n, own.owed_n,
    sum(own.met_n) OVER county AS county_met_n, sum(own.owed_n) OVER county AS county_owed_n,
    sum(own.met_n) OVER county / nullif(sum(own.owed_n) OVER county, 0) AS peer_rate
FROM kpi_area_month AS own
INNER JOIN rule ON rule.rule_id = own.rule_id
WHERE own.month = $month AND own.owed_n > 0
WINDOW county AS (PARTITION BY coalesce(own.county_id, ''), own.rule_id)
ORDER BY county_id, rule.rule_no, own.area_id
