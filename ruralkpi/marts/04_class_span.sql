-- class_span: one row per customer and span of one class and state; a later span ends the one before it. From the day on from which
-- the newest list says what the class is, no older list counts; a state has no date and holds from its list's month on, that of
-- the first list from the class's own date (X33)
-- key: customer_id, from_on
WITH class AS (
    SELECT *, least(class_to_on, coalesce(lead(class_from_on) OVER (PARTITION BY customer_id ORDER BY class_from_on) - 1, DATE '2199-12-31')) AS to_on
    FROM (
        SELECT
            *,
            row_number() OVER (PARTITION BY customer_id, class_from_on ORDER BY list_no DESC, file_no DESC, assigned_from_on DESC, row DESC) AS newness,
            min(class_from_on) OVER (PARTITION BY customer_id ORDER BY list_no RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS newer_from_on
        FROM customer_history
    ) AS ranked
    WHERE newness = 1 AND coalesce(newer_from_on > class_from_on, true)
), listed AS (
    -- of several rows of one list, each says the state since its own date, the earliest since the list's month
    SELECT
        customer_id, is_active, is_urban, is_ehome, list_no, class_from_on, assigned_from_on, file_no, row,
        concat_ws('/', CAST(is_active AS VARCHAR), coalesce(CAST(is_urban AS VARCHAR), '-'), coalesce(CAST(is_ehome AS VARCHAR), '-')) AS state_text,
        CASE WHEN list_no = 1 THEN class_from_on
             WHEN class_from_on = min(class_from_on) OVER (PARTITION BY customer_id, list_no) THEN listed_from_on
             ELSE greatest(class_from_on, listed_from_on) END AS from_on
    FROM customer_history
), said AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY customer_id, from_on ORDER BY list_no DESC, class_from_on DESC, file_no DESC, assigned_from_on DESC, row DESC) AS newness,
        min(from_on) OVER (PARTITION BY customer_id ORDER BY list_no RANGE BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS newer_from_on
    FROM listed
), state AS (
    SELECT customer_id, is_active, is_urban, is_ehome, from_on,
        coalesce(lead(from_on) OVER (PARTITION BY customer_id ORDER BY from_on) - 1, DATE '2199-12-31') AS to_on
    FROM (
        SELECT *, lag(state_text) OVER (PARTITION BY customer_id ORDER BY from_on) AS before_text
        FROM said
        WHERE newness = 1 AND coalesce(newer_from_on > from_on, true)
    ) AS beside
    WHERE before_text IS NULL OR before_text <> state_text
)
SELECT
    class.customer_id,
    class.is_government,
    class.is_important,
    state.is_active,
    state.is_urban,
    state.is_ehome,
    greatest(class.class_from_on, state.from_on) AS from_on,
    least(class.to_on, state.to_on) AS to_on
FROM class
JOIN state ON state.customer_id = class.customer_id AND state.from_on <= class.to_on AND state.to_on >= class.class_from_on
WHERE greatest(class.class_from_on, state.from_on) <= least(class.to_on, state.to_on)
