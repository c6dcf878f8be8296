-- grain: one row per area and rule, with last month's counts, the trend's months, oldest first, and how many of the month's
-- only the area owes.
WITH months AS (
    SELECT area_id, rule_id, list(struct_pack(month := month, met_n := met_n, owed_n := owed_n) ORDER BY month) AS trend
    FROM kpi_area_month
    WHERE month BETWEEN $trend AND $month AND area_id IN (SELECT unnest($areas))
    GROUP BY area_id, rule_id
), alone AS (
    SELECT area_id, rule_id, count(*) AS alone_n
    FROM obligation
    WHERE month = $month AND agent_id IS NULL AND owner_role = 'agent' AND outcome IN ('met', 'missed_late', 'missed_open')
    GROUP BY area_id, rule_id
)
SELECT
    rule.*,
    now.area_id, now.met_n, now.owed_n, now.pending_n, now.unknown_n, now.exempt_n, now.rate, now.low, now.high,
    last.met_n AS last_met_n, last.owed_n AS last_owed_n, months.trend, coalesce(alone.alone_n, 0) AS alone_n
FROM kpi_area_month AS now
INNER JOIN rule ON rule.rule_id = now.rule_id
LEFT JOIN kpi_area_month AS last
    ON last.rule_id = now.rule_id AND last.area_id = now.area_id AND last.month = $last
LEFT JOIN months ON months.rule_id = now.rule_id AND months.area_id = now.area_id
LEFT JOIN alone ON alone.rule_id = now.rule_id AND alone.area_id = now.area_id
WHERE now.month = $month AND now.area_id IN (SELECT unnest($areas))
ORDER BY now.area_id, rule.rule_no
