-- grain: one row per rule on the agent's card and month of its trend; month is NULL for a rule without any row.
SELECT
    rule.*,
    own.month, own.met_n, own.owed_n, own.pending_n, own.unknown_n, own.exempt_n,
    own.partial_n, restated.restated_n, own.rate, own.low, own.high,
    area.owed_n AS area_owed_n, area.rate AS area_rate
FROM rule
LEFT JOIN kpi_agent_month AS own
    ON own.rule_id = rule.rule_id AND own.agent_id = $agent_id AND own.month BETWEEN $first AND $month
LEFT JOIN kpi_area_month AS area
    ON area.rule_id = rule.rule_id AND area.area_id = $area_id AND area.month = own.month
LEFT JOIN (
    SELECT rule_id, month, count(*) AS restated_n
    FROM obligation
    WHERE agent_id = $agent_id AND month = $month AND contains(flags, 'restated')
    GROUP BY rule_id, month
) AS restated
    ON restated.rule_id = rule.rule_id AND restated.month = own.month
WHERE rule.use <> 'M'
ORDER BY rule.rule_no, own.month
