-- grain: one row per agent, with the size of its charge.
SELECT
    agent.*,
    count(customer.customer_id) AS customer_n,
    count(customer.customer_id) FILTER (WHERE customer.is_key) AS key_n
FROM agent
LEFT JOIN customer ON customer.agent_id = agent.agent_id AND customer.is_active
WHERE agent.agent_id IN (SELECT unnest($agents))
GROUP BY ALL
