-- greeting_day: one row per key customer and festival, or birthday on file, on which the customer was key (clause 2.1.3)
-- key: source_id, occasion
WITH marked AS (
    SELECT *, CASE WHEN lag(to_on) OVER (PARTITION BY customer_id ORDER BY from_on) >= from_on - 1 THEN 0 ELSE 1 END AS is_new
    FROM key_span
), chained AS (
    SELECT *, sum(is_new) OVER (PARTITION BY customer_id ORDER BY from_on) AS chain_no
    FROM marked
), held AS (
    -- since when anybody had the customer as a key one, without a day between (X10, X11)
    SELECT *, min(from_on) OVER (PARTITION BY customer_id, chain_no) AS key_from_on
    FROM chained
), owed AS (
    SELECT span.*, festival.occasion, festival.day
    FROM festival
    JOIN held AS span ON festival.day BETWEEN span.from_on AND span.to_on
    UNION ALL
    SELECT span.*, 'birthday', birthday_on.day
    FROM customer
    JOIN birthday_on ON birthday_on.month_n = customer.birthday_month_n AND birthday_on.day_n = customer.birthday_day_n
        AND birthday_on.is_lunar = customer.is_birthday_lunar AND birthday_on.is_leap = customer.is_birthday_leap
    JOIN held AS span ON span.customer_id = customer.customer_id AND birthday_on.day BETWEEN span.from_on AND span.to_on
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
    span.from_on AS held_from_on,
    span.key_from_on,
    period.has_export,
    customer.file, customer.row, '' AS absent, 1 AS version_n, '' AS file_month
FROM owed AS span
JOIN period ON period.slot_kind = 'greeting_day' AND span.day BETWEEN period.first_on AND period.last_on
LEFT JOIN customer ON customer.customer_id = span.customer_id
