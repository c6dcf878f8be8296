-- grain: one row per pending obligation that falls due until $until.
SELECT
    owed.due_at, owed.area_id, owed.agent_id, owed.owner_role, owed.rule_id, rule.{label} AS label, owed.customer_id,
    customer.customer_name, customer.is_government AS _is_firm, owed.source_id, owed.start_at, owed.file, owed.row
FROM obligation AS owed
INNER JOIN rule ON rule.rule_id = owed.rule_id
LEFT JOIN customer ON customer.customer_id = owed.customer_id
WHERE owed.outcome = 'pending' AND owed.due_at <= $until AND ($area IS NULL OR owed.area_id = $area)
ORDER BY owed.due_at, owed.area_id, owed.agent_id NULLS LAST, rule.rule_no, owed.source_id
