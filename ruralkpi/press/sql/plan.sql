-- grain: one row per agent of the month: who was there, or has a figure.
WITH figure AS (
    SELECT own.agent_id, rule.rule_no, own.rule_id, rule.dimension, rule.use, own.met_n, own.owed_n, own.unknown_n
    FROM kpi_agent_month AS own
    INNER JOIN rule ON rule.rule_id = own.rule_id
    WHERE own.month = $month AND rule.use <> 'M'
)
SELECT
    agent.agent_id, agent.agent_name, agent.area_id, agent.county_id,
    list(struct_pack(rule_id := figure.rule_id, dimension := figure.dimension, use := figure.use, met_n := figure.met_n, owed_n := figure.owed_n, unknown_n := figure.unknown_n)
        ORDER BY figure.rule_no) FILTER (WHERE figure.rule_no IS NOT NULL) AS figures
FROM agent
LEFT JOIN figure ON figure.agent_id = agent.agent_id
GROUP BY ALL
HAVING
    count(figure.rule_no) > 0
    OR (coalesce(agent.hired_on < $after, TRUE) AND coalesce(agent.left_on >= $first, TRUE))
ORDER BY agent.agent_id
