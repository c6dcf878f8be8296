-- grain: one row per agent and rule of the month.
SELECT
    own.agent_id, agent.agent_name, agent.area_id, agent.county_id, own.rule_id, rule.clause, rule.{label} AS label, rule.use,
    own.met_n, own.owed_n, own.rate, own.low, own.high, own.late_n, own.open_n, own.pending_n, own.unknown_n, own.exempt_n
FROM kpi_agent_month AS own
INNER JOIN rule ON rule.rule_id = own.rule_id
LEFT JOIN agent ON agent.agent_id = own.agent_id
WHERE own.month = $month AND ($area IS NULL OR agent.area_id = $area)
ORDER BY agent.area_id, own.agent_id, rule.rule_no
