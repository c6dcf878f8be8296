-- grain: one row per agent and key customer of its slots: the longest gap between on-site visits that ended in the
-- months shown or is still open at their end, whole days; and attempts that came to nothing, as text 'kind month-day'.
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
), step AS (
    SELECT customer_id, day, lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS before
    FROM (
        SELECT customer_id, day FROM touch WHERE kind = 'onsite' AND counts
        UNION ALL
        SELECT customer_id, CAST($after AS DATE) - 1 AS day FROM whom
    ) AS visit
), gap AS (
    SELECT customer_id, max(date_diff('day', before, day)) AS gap_d
    FROM step
    WHERE day >= $first
    GROUP BY customer_id
), attempt AS (
    SELECT customer_id, list(kind || ' ' || strftime(day, '%Y-%m-%d') ORDER BY day, kind) AS attempts
    FROM touch
    WHERE NOT counts AND day >= $first AND kind IN ('onsite', 'call')
    GROUP BY customer_id
)
SELECT mine.agent_id, mine.customer_id, gap.gap_d, attempt.attempts
FROM mine
LEFT JOIN gap ON gap.customer_id = mine.customer_id
LEFT JOIN attempt ON attempt.customer_id = mine.customer_id
ORDER BY mine.customer_id
