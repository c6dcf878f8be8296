-- greeting_day: one row per key customer and festival, or birthday on file, on which the customer was key (clause 2.1.3)
-- key: source_id, occasion
WITH owed AS (
    SELECT span.*, festival.occasion, festival.day
    FROM festival
    JOIN key_span AS span ON festival.day BETWEEN span.from_on AND span.to_on
    UNION ALL
    SELECT span.*, 'birthday', birthday_on.day
    FROM customer
    JOIN birthday_on ON birthday_on.month_n = customer.birthday_month_n AND birthday_on.day_n = customer.birthday_day_n
        AND birthday_on.is_lunar = customer.is_birthday_lunar AND birthday_on.is_leap = customer.is_birthday_leap
    JOIN key_span AS span ON span.customer_id = customer.customer_id AND birthday_on.day BETWEEN span.from_on AND span.to_on
)
SELECT
    span.customer_id || '/' || CAST(span.day AS VARCHAR) AS source_id,
    'greeting_day' AS source_table,
    span.customer_id,
    span.agent_id,
    span.area_id,
    span.occasion,
    span.day AS feast_on,
    CAST(span.day AS TIMESTAMP) AS feast_at,
    -- since when this agent, and since when anybody, had the customer as a key one (X10, X11)
    span.from_on AS held_from_on,
    least(span.from_on, coalesce(before.from_on, span.from_on)) AS key_from_on,
    period.has_export,
    customer.file, customer.row, '' AS absent, 1 AS version_n, '' AS file_month
FROM owed AS span
JOIN period ON period.slot_kind = 'greeting_day' AND span.day BETWEEN period.first_on AND period.last_on
LEFT JOIN key_span AS before ON before.customer_id = span.customer_id AND before.to_on = span.from_on - 1
LEFT JOIN customer ON customer.customer_id = span.customer_id
