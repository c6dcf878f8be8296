-- class_span: one row per customer and span of one class; a later span ends the one before it
SELECT
    customer_id,
    is_government,
    is_important,
    is_active,
    is_urban,
    class_from_on AS from_on,
    least(class_to_on, coalesce(next_from_on - 1, DATE '2199-12-31')) AS to_on
FROM (
    SELECT *, lead(class_from_on) OVER (PARTITION BY customer_id ORDER BY class_from_on) AS next_from_on
    FROM (
        SELECT *, row_number() OVER (PARTITION BY customer_id, class_from_on ORDER BY file_no DESC, assigned_from_on DESC, row DESC) AS newness
        FROM customer_history
    ) AS ranked
    WHERE newness = 1
) AS ordered
