-- kpi_agent_month: one row per rule of the agent's, agent and month in service, nothing owed included (X14)
WITH counted AS (
    SELECT
        rule_id,
        agent_id,
        month,
        {counts}
    FROM obligation
    WHERE agent_id IS NOT NULL
    GROUP BY rule_id, agent_id, month
), grid AS (
    SELECT rule.rule_id, agent.agent_id, month.month
    FROM agent
    JOIN month ON coalesce(agent.hired_on, month.last_on) <= month.last_on AND coalesce(agent.left_on, month.first_on) >= month.first_on
    CROSS JOIN rule
    WHERE rule.owner_role = 'agent' AND agent.is_listed
)
SELECT
    coalesce(counted.rule_id, grid.rule_id) AS rule_id,
    coalesce(counted.agent_id, grid.agent_id) AS agent_id,
    coalesce(counted.month, grid.month) AS month,
    {filled}
FROM grid
FULL OUTER JOIN counted
    ON counted.rule_id = grid.rule_id AND counted.agent_id = grid.agent_id AND counted.month = grid.month
