-- grain: one row per agent and scored rule that owed something in the month, with the area's counts beside; quarter_: the
-- months from $quarter on together.
SELECT
    own.agent_id, rule.rule_no, rule.rule_id, rule.dimension, rule.use, rule.settings,
    sum(CASE WHEN own.month = $month THEN own.met_n END) AS met_n, sum(CASE WHEN own.month = $month THEN own.owed_n END) AS owed_n,
    sum(CASE WHEN own.month = $month THEN own.unknown_n END) AS unknown_n,
    sum(CASE WHEN own.month = $month THEN area.met_n END) AS peer_met_n, sum(CASE WHEN own.month = $month THEN area.owed_n END) AS peer_owed_n,
    sum(own.met_n) AS quarter_met_n, sum(own.owed_n) AS quarter_owed_n,
    sum(area.met_n) AS quarter_peer_met_n, sum(area.owed_n) AS quarter_peer_owed_n
FROM kpi_agent_month AS own
INNER JOIN rule ON rule.rule_id = own.rule_id
INNER JOIN agent ON agent.agent_id = own.agent_id
LEFT JOIN kpi_area_month AS area
    ON area.rule_id = own.rule_id AND area.area_id = agent.area_id AND area.month = own.month
WHERE own.month BETWEEN $quarter AND $month AND rule.use = 'S'
GROUP BY own.agent_id, rule.rule_no, rule.rule_id, rule.dimension, rule.use, rule.settings
HAVING sum(CASE WHEN own.month = $month THEN own.owed_n END) > 0
ORDER BY own.agent_id, rule.rule_no
