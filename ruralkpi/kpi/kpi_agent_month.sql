-- kpi_agent_month: one row per rule, agent and month with any obligation of the agent's own
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
