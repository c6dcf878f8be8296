-- keyed_at_slot_end: an earlier visit keyed only in the last two days of its half-month (X7)
SELECT
    'visits' AS source_table, file_no, row, agent_id, strftime(visited_at, '%Y-%m') AS month,
    CAST(entered_at AS DATE) > CAST(visited_at AS DATE) AND slot_end - CAST(entered_at AS DATE) BETWEEN 0 AND 1 AS is_flagged
FROM (
    SELECT *, CASE WHEN day(visited_at) <= 15 THEN CAST(date_trunc('month', visited_at) AS DATE) + 14
        ELSE last_day(CAST(visited_at AS DATE)) END AS slot_end
    FROM clean.visits WHERE entered_at IS NOT NULL
)
