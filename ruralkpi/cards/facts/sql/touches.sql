-- grain: one row per agent and key customer of its slots, for the days on which the customer was the agent's: the longest gap
-- between on-site visits, or their ends, that ended in the months shown or is still open at their end, whole days, and the last visit; attempts
-- that came to nothing, as text 'kind day'; and who else held the customer in these months, as text 'first last agent'.
WITH mine AS (
    SELECT DISTINCT agent_id, customer_id
    FROM obligation
    WHERE agent_id IN (SELECT unnest($agents)) AND source_table = 'key_slot' AND month BETWEEN $first_month AND $month
), whom AS (
    SELECT DISTINCT customer_id FROM mine
), touch AS (
    SELECT contact.customer_id, contact.kind, contact.counts, CAST(contact.contacted_at AS DATE) AS day
    FROM contact
    INNER JOIN whom ON whom.customer_id = contact.customer_id
    WHERE contact.contacted_at < $after
), held AS (
    SELECT
        span.customer_id, span.agent_id,
        -- nothing is known of the days before the exports
        greatest(span.from_on, (SELECT min(first_on) FROM period WHERE source_table = 'visits')) AS from_on,
        least(span.to_on, CAST($after AS DATE) - 1) AS to_on
    FROM assignment_span AS span
    INNER JOIN whom ON whom.customer_id = span.customer_id
    WHERE span.from_on < $after
), step AS (
    SELECT agent_id, customer_id, day, lag(day) OVER (PARTITION BY agent_id, customer_id, from_on ORDER BY day) AS before
    FROM (
        SELECT held.agent_id, held.customer_id, held.from_on, touch.day
        FROM held
        INNER JOIN touch ON touch.customer_id = held.customer_id AND touch.day BETWEEN held.from_on AND held.to_on
        WHERE touch.kind = 'onsite' AND touch.counts
        UNION ALL
        SELECT agent_id, customer_id, from_on, from_on AS day FROM held
        UNION ALL
        SELECT agent_id, customer_id, from_on, to_on AS day FROM held
    ) AS visit
), gap AS (
    SELECT agent_id, customer_id, max(date_diff('day', before, day)) AS gap_d
    FROM step
    WHERE day >= $first
    GROUP BY agent_id, customer_id
), latest AS (
    SELECT held.agent_id, held.customer_id, max(touch.day) AS last_on
    FROM held
    INNER JOIN touch ON touch.customer_id = held.customer_id AND touch.day BETWEEN held.from_on AND held.to_on
    WHERE touch.kind = 'onsite' AND touch.counts
    GROUP BY held.agent_id, held.customer_id
), attempt AS (
    SELECT customer_id, list(kind || ' ' || strftime(day, '%Y-%m-%d') ORDER BY day, kind) AS attempts
    FROM touch
    WHERE NOT counts AND day >= $first AND kind IN ('onsite', 'call')
    GROUP BY customer_id
), other AS (
    SELECT
        mine.agent_id, mine.customer_id,
        list(strftime(held.from_on, '%Y-%m-%d') || ' ' || strftime(held.to_on, '%Y-%m-%d') || ' ' || held.agent_id ORDER BY held.from_on) AS others
    FROM mine
    INNER JOIN held ON held.customer_id = mine.customer_id AND held.agent_id <> mine.agent_id AND held.to_on >= $first
    GROUP BY mine.agent_id, mine.customer_id
)
SELECT mine.agent_id, mine.customer_id, gap.gap_d, latest.last_on, attempt.attempts, other.others
FROM mine
LEFT JOIN gap ON gap.customer_id = mine.customer_id AND gap.agent_id = mine.agent_id
LEFT JOIN latest ON latest.customer_id = mine.customer_id AND latest.agent_id = mine.agent_id
LEFT JOIN attempt ON attempt.customer_id = mine.customer_id
LEFT JOIN other ON other.customer_id = mine.customer_id AND other.agent_id = mine.agent_id
ORDER BY mine.agent_id, mine.customer_id
