-- grain: one row per area: what falls due until $until and is not done yet, and what is overdue and can still be done.
SELECT
    area_id,
    sum(CASE WHEN outcome = 'pending' THEN 1 ELSE 0 END) AS due_n,
    sum(CASE WHEN outcome = 'missed_open' THEN 1 ELSE 0 END) AS overdue_n
FROM obligation
WHERE (outcome = 'pending' AND due_at <= $until) OR (outcome = 'missed_open' AND coalesce(mend_until_at > $as_of, TRUE))
GROUP BY area_id
ORDER BY area_id
