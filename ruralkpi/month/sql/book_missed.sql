-- grain: one row per obligation that was missed in the month.
SELECT
    owed.area_id, owed.agent_id, owed.owner_role, owed.rule_id, rule.{label} AS label, owed.customer_id, customer.customer_name,
    customer.is_government AS _is_firm,
    owed.source_id, owed.start_at, owed.due_on,
    CASE WHEN owed.due_at = CAST(owed.due_on + 1 AS TIMESTAMP) THEN '24:00' ELSE strftime(owed.due_at, '%H:%M:%S') END AS due_clock,
    owed.done_at, owed.outcome, owed.flags, owed.file, owed.row
FROM obligation AS owed
INNER JOIN rule ON rule.rule_id = owed.rule_id
LEFT JOIN customer ON customer.customer_id = owed.customer_id
WHERE owed.month = $month AND owed.outcome IN ('missed_late', 'missed_open') AND ($area IS NULL OR owed.area_id = $area)
ORDER BY owed.area_id, owed.agent_id NULLS LAST, rule.rule_no, owed.due_at, owed.source_id
