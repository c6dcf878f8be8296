-- grain: one row per obligation that is overdue and can still be done, gravest and oldest first, or falls due until $until;
-- overdue_n: whole days.
SELECT
    owed.due_on,
    CASE WHEN owed.due_at = CAST(owed.due_on + 1 AS TIMESTAMP) THEN '24:00' ELSE strftime(owed.due_at, '%H:%M:%S') END AS due_clock,
    CASE WHEN owed.outcome = 'missed_open' THEN CAST(floor(date_diff('second', owed.due_at, $as_of) / 86400) AS BIGINT) END AS overdue_n,
    owed.area_id, owed.agent_id, owed.owner_role, owed.rule_id, rule.{label} AS label, owed.customer_id,
    customer.customer_name, customer.is_government AS _is_firm, owed.source_id, owed.since_at AS start_at, owed.file, owed.row
FROM obligation AS owed
INNER JOIN rule ON rule.rule_id = owed.rule_id
LEFT JOIN customer ON customer.customer_id = owed.customer_id
WHERE ((owed.outcome = 'pending' AND owed.due_at <= $until) OR (owed.outcome = 'missed_open' AND coalesce(owed.mend_until_at > $as_of, TRUE)))
    AND ($area IS NULL OR owed.area_id = $area)
ORDER BY
    CASE WHEN owed.outcome = 'missed_open' THEN coalesce(rule.mend_no, 9) ELSE 10 END,
    CASE WHEN owed.outcome = 'missed_open' THEN owed.since_at ELSE owed.due_at END,
    owed.area_id, owed.agent_id NULLS LAST, rule.rule_no, owed.source_id
