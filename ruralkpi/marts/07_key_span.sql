-- key_span: one row per customer, agent and unbroken span in which the customer was key, active and assigned (X10)
-- key: customer_id, agent_id, from_on
WITH piece AS (
    SELECT
        held.customer_id,
        held.agent_id,
        held.area_id,
        greatest(held.from_on, class.from_on) AS from_on,
        least(held.to_on, class.to_on) AS to_on
    FROM assignment_span AS held
    JOIN class_span AS class
        ON class.customer_id = held.customer_id AND class.from_on <= held.to_on AND class.to_on >= held.from_on
    WHERE (class.is_government OR class.is_important) AND class.is_active
), marked AS (
    SELECT *, CASE WHEN lag(to_on) OVER (PARTITION BY customer_id, agent_id ORDER BY from_on) >= from_on - 1 THEN 0 ELSE 1 END AS is_new
    FROM piece
    WHERE from_on <= to_on
), grouped AS (
    SELECT *, sum(is_new) OVER (PARTITION BY customer_id, agent_id ORDER BY from_on) AS span_no
    FROM marked
)
SELECT customer_id, agent_id, min(area_id) AS area_id, min(from_on) AS from_on, max(to_on) AS to_on
FROM grouped
GROUP BY customer_id, agent_id, span_no
