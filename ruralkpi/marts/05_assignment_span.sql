-- assignment_span: one row per customer and span with one agent, within the agent's own time of service
-- key: customer_id, from_on
SELECT
    held.customer_id,
    held.agent_id,
    agent.area_id,
    greatest(held.from_on, coalesce(agent.hired_on, held.from_on)) AS from_on,
    least(held.to_on, coalesce(agent.left_on, held.to_on)) AS to_on
FROM (
    SELECT
        customer_id,
        agent_id,
        assigned_from_on AS from_on,
        least(assigned_to_on, coalesce(lead(assigned_from_on) OVER (PARTITION BY customer_id ORDER BY assigned_from_on) - 1, DATE '2199-12-31')) AS to_on
    FROM (
        SELECT *, row_number() OVER (PARTITION BY customer_id, assigned_from_on ORDER BY file_no DESC, class_from_on DESC, row DESC) AS newness
        FROM customer_history
    ) AS ranked
    WHERE newness = 1
) AS held
JOIN agent ON agent.agent_id = held.agent_id
