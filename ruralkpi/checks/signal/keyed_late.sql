-- keyed_late: a visit keyed more than 3 days after it took place
SELECT
    'visits' AS source_table, file_no, row, agent_id, strftime(visited_at, '%Y-%m') AS month,
    CAST(entered_at AS DATE) - CAST(visited_at AS DATE) > 3 AS is_flagged
FROM clean.visits
WHERE entered_at IS NOT NULL
