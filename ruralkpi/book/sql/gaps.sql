-- grain: one stretch without an on-site visit to a key customer, within the days on which one agent held it; days are counted
-- from the visit before (or the first of those days that the data speak for) to the next visit, or to the last of those days
WITH held AS (
    SELECT
        span.customer_id, span.agent_id, span.area_id,
        greatest(span.from_on, period.first_on) AS from_on,
        least(span.to_on, CAST($today AS DATE)) AS to_on
    FROM key_span AS span
    JOIN period ON period.slot_kind = 'half_month'
), touch AS (
    SELECT DISTINCT customer_id, CAST(contacted_at AS DATE) AS day, counts IS NULL AS is_unsure
    FROM contact
    WHERE kind IN ('onsite', 'unsaid') AND coalesce(counts, true)
), edge AS (
    SELECT customer_id, agent_id, area_id, from_on AS held_from_on, from_on AS day, 0 AS place FROM held WHERE from_on <= to_on
    UNION ALL
    SELECT held.customer_id, held.agent_id, held.area_id, held.from_on, touch.day, 1
    FROM held
    JOIN touch ON touch.customer_id = held.customer_id AND touch.day BETWEEN held.from_on AND held.to_on
    WHERE NOT touch.is_unsure
    UNION ALL
    SELECT customer_id, agent_id, area_id, from_on, to_on, 2 FROM held WHERE from_on <= to_on
), gap AS (
    SELECT
        customer_id, agent_id, area_id, place,
        lag(day) OVER w AS from_on, lag(place) OVER w AS from_place, day AS until_on
    FROM edge
    WINDOW w AS (PARTITION BY customer_id, agent_id, held_from_on ORDER BY day, place)
)
SELECT
    gap.customer_id, gap.agent_id, gap.area_id, gap.from_on, gap.until_on,
    date_diff('day', gap.from_on, gap.until_on) AS gap_d,
    gap.from_place = 1 AS is_after_visit,
    gap.place = 1 AS is_ended_by_visit,
    count(unsure.day) AS unsure_n
FROM gap
LEFT JOIN touch AS unsure
    ON unsure.customer_id = gap.customer_id AND unsure.is_unsure AND unsure.day BETWEEN gap.from_on AND gap.until_on
WHERE gap.from_on < gap.until_on AND gap.until_on >= CAST($first AS DATE) AND gap.from_on <= CAST($last AS DATE)
GROUP BY ALL
