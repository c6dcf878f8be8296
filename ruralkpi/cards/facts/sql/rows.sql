-- grain: one row per obligation the agents' cards name: the month's that were not plainly met, slots of the grid's
-- months, and all that is pending.
SELECT obligation.*, customer.customer_name, customer.is_government AS is_firm
FROM obligation
LEFT JOIN customer ON customer.customer_id = obligation.customer_id
WHERE obligation.agent_id IN (SELECT unnest($agents))
  AND (
      obligation.outcome = 'pending'
      OR (obligation.month = $month AND obligation.outcome <> 'met')
      OR (obligation.source_table = 'key_slot' AND obligation.month BETWEEN $first AND $month)
  )
ORDER BY obligation.due_at, obligation.rule_id, obligation.customer_id, obligation.source_id
