-- class_span: one row per customer and span of one class and state; a later span ends the one before it. The newest list says
-- what a dated class is; a state has no date and holds from its list's month on, the first one from the class's own date (X33)
-- key: customer_id, from_on
WITH class AS (
    SELECT *, least(class_to_on, coalesce(lead(class_from_on) OVER (PARTITION BY customer_id ORDER BY class_from_on) - 1, DATE '2199-12-31')) AS to_on
    FROM (
        SELECT *, row_number() OVER (PARTITION BY customer_id, class_from_on ORDER BY file_no DESC, assigned_from_on DESC, row DESC) AS newness
        FROM customer_history
    ) AS ranked
    WHERE newness = 1
), listed AS (
    SELECT customer_id, class_from_on, is_active, listed_from_on,
        lag(is_active) OVER (PARTITION BY customer_id, class_from_on ORDER BY listed_from_on) AS active_before
    FROM (
        SELECT *, row_number() OVER (PARTITION BY customer_id, class_from_on, listed_from_on ORDER BY file_no DESC, assigned_from_on DESC, row DESC) AS newness
        FROM customer_history
    ) AS ranked
    WHERE newness = 1
), state AS (
    SELECT customer_id, class_from_on, is_active, from_on,
        lead(from_on) OVER (PARTITION BY customer_id, class_from_on ORDER BY from_on, listed_from_on) AS next_from_on
    FROM (
        SELECT *, CASE WHEN active_before IS NULL THEN class_from_on ELSE greatest(class_from_on, listed_from_on) END AS from_on
        FROM listed
        WHERE active_before IS NULL OR active_before <> is_active
    ) AS changed
)
SELECT
    class.customer_id,
    class.is_government,
    class.is_important,
    state.is_active,
    class.is_urban,
    state.from_on,
    least(class.to_on, coalesce(state.next_from_on - 1, DATE '2199-12-31')) AS to_on
FROM class
JOIN state ON state.customer_id = class.customer_id AND state.class_from_on = class.class_from_on
WHERE state.from_on <= class.to_on AND (state.next_from_on IS NULL OR state.next_from_on > state.from_on)
