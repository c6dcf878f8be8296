-- grain: one row per obligation the agents' cards name: the month's that were not plainly met, slots of the grid's
-- months, all that is pending, and all that is overdue and can still be done.
SELECT obligation.*, customer.customer_name, customer.is_government AS is_firm, customer.village_name
FROM obligation
LEFT JOIN customer ON customer.customer_id = obligation.customer_id
WHERE obligation.agent_id IN (SELECT unnest($agents))
  AND (
      obligation.outcome = 'pending'
      OR (obligation.outcome = 'missed_open' AND coalesce(obligation.mend_until_at > $as_of, TRUE))
      OR (obligation.month = $month AND obligation.outcome <> 'met')
      OR (obligation.source_table = 'key_slot' AND obligation.month BETWEEN $first AND $month)
  )
ORDER BY obligation.due_at, obligation.rule_id, obligation.customer_id, obligation.source_id
