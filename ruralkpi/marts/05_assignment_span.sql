-- assignment_span: one row per customer and span with one agent, within the agent's own time of service; from the day on from
-- which the newest list says whose the customer is, no older list counts (X33)
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
        SELECT
            *,
            row_number() OVER (PARTITION BY customer_id, assigned_from_on ORDER BY list_no DESC, file_no DESC, class_from_on DESC, row DESC) AS newness,
            min(assigned_from_on) OVER (PARTITION BY customer_id ORDER BY list_no RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS newer_from_on
        FROM customer_history
    ) AS ranked
    WHERE newness = 1 AND coalesce(newer_from_on > assigned_from_on, true)
) AS held
JOIN agent ON agent.agent_id = held.agent_id
