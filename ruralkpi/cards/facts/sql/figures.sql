-- grain: one row per agent, rule and month of the trend, in the months' order.
SELECT
    own.agent_id, own.rule_id, own.month, own.met_n, own.owed_n, own.pending_n, own.unknown_n, own.exempt_n,
    own.partial_n, restated.restated_n, own.rate, own.low, own.high,
    area.met_n AS area_met_n, area.owed_n AS area_owed_n, area.rate AS area_rate
FROM kpi_agent_month AS own
INNER JOIN agent ON agent.agent_id = own.agent_id
LEFT JOIN kpi_area_month AS area
    ON area.rule_id = own.rule_id AND area.area_id = agent.area_id AND area.month = own.month
LEFT JOIN (
    SELECT agent_id, rule_id, month, count(*) AS restated_n
    FROM obligation
    WHERE agent_id IN (SELECT unnest($agents)) AND month = $month AND contains(flags, 'restated')
    GROUP BY agent_id, rule_id, month
) AS restated
    ON restated.agent_id = own.agent_id AND restated.rule_id = own.rule_id AND restated.month = own.month
WHERE own.agent_id IN (SELECT unnest($agents)) AND own.month BETWEEN $first AND $month
ORDER BY own.month
