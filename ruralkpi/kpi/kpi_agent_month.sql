-- kpi_agent_month: one row per rule of the agent's, agent and month in service, nothing owed included (X14)
WITH counted AS (
    SELECT
        rule_id,
        agent_id,
        month,
        sum(CASE WHEN outcome = 'met' THEN 1 ELSE 0 END) AS met_n,
        sum(CASE WHEN outcome IN ('met', 'missed_late', 'missed_open') THEN 1 ELSE 0 END) AS owed_n,
        sum(CASE WHEN outcome = 'pending' THEN 1 ELSE 0 END) AS pending_n,
        sum(CASE WHEN outcome = 'unknown' THEN 1 ELSE 0 END) AS unknown_n,
        sum(CASE WHEN outcome = 'exempt' THEN 1 ELSE 0 END) AS exempt_n,
        sum(CASE WHEN outcome = 'missed_late' THEN 1 ELSE 0 END) AS late_n,
        sum(CASE WHEN outcome = 'missed_open' THEN 1 ELSE 0 END) AS open_n,
        sum(CASE WHEN reason = 'partial_slot' THEN 1 ELSE 0 END) AS partial_n,
        sum(CASE WHEN outcome_unexempted = 'met' THEN 1 ELSE 0 END) AS unexempted_met_n,
        sum(CASE WHEN outcome_unexempted IN ('met', 'missed_late', 'missed_open') THEN 1 ELSE 0 END) AS unexempted_owed_n
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
    coalesce(counted.met_n, 0) AS met_n,
    coalesce(counted.owed_n, 0) AS owed_n,
    coalesce(counted.pending_n, 0) AS pending_n,
    coalesce(counted.unknown_n, 0) AS unknown_n,
    coalesce(counted.exempt_n, 0) AS exempt_n,
    coalesce(counted.late_n, 0) AS late_n,
    coalesce(counted.open_n, 0) AS open_n,
    coalesce(counted.partial_n, 0) AS partial_n,
    coalesce(counted.unexempted_met_n, 0) AS unexempted_met_n,
    coalesce(counted.unexempted_owed_n, 0) AS unexempted_owed_n
FROM grid
FULL OUTER JOIN counted
    ON counted.rule_id = grid.rule_id AND counted.agent_id = grid.agent_id AND counted.month = grid.month
