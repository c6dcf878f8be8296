-- grain: one row per agent: how many key customers are in their charge.
SELECT agent_id, count(*) AS key_n
FROM customer
WHERE is_key AND is_active
GROUP BY agent_id
ORDER BY agent_id
