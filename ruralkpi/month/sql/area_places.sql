-- grain: one row per agent and scored rule that owed something in the month, with the area's rate beside.
SELECT own.agent_id, rule.dimension, rule.use, own.met_n, own.owed_n, area.rate AS peer_rate
FROM kpi_agent_month AS own
INNER JOIN rule ON rule.rule_id = own.rule_id
INNER JOIN agent ON agent.agent_id = own.agent_id
LEFT JOIN kpi_area_month AS area
    ON area.rule_id = own.rule_id AND area.area_id = agent.area_id AND area.month = own.month
WHERE own.month = $month AND own.owed_n > 0 AND rule.use = 'S'
ORDER BY own.agent_id, rule.rule_no
