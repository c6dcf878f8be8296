-- grain: one row per obligation on the manager's pages: the month's misses, what earlier ones left
-- undone and can still be done, and what falls due soon, area by area.
SELECT obligation.*, customer.customer_name, customer.is_government AS is_firm, customer.village_name, agent.agent_name
FROM obligation
LEFT JOIN customer ON customer.customer_id = obligation.customer_id
LEFT JOIN agent ON agent.agent_id = obligation.agent_id
WHERE obligation.area_id IN (SELECT unnest($areas))
  AND (
      (obligation.month = $month AND obligation.outcome IN ('missed_late', 'missed_open'))
      OR (obligation.outcome = 'missed_open' AND coalesce(obligation.mend_until_at > $as_of, TRUE))
      OR (obligation.outcome = 'pending' AND obligation.due_at <= $until)
  )
ORDER BY obligation.area_id, obligation.due_at, obligation.rule_id, obligation.agent_id, obligation.source_id
