-- grain: one row per area: what falls due until $until and is not done yet.
SELECT area_id, count(*) AS due_n
FROM obligation
WHERE outcome = 'pending' AND due_at <= $until
GROUP BY area_id
ORDER BY area_id
