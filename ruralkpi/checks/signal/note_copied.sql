-- note_copied: a note of 8 characters or more that the agent gave at least 5 visits of the month
SELECT
    'visits' AS source_table, file_no, row, agent_id, strftime(visited_at, '%Y-%m') AS month,
    length(note) >= 8 AND count(*) OVER (PARTITION BY agent_id, strftime(visited_at, '%Y-%m'), note) >= 5 AS is_flagged
FROM clean.visits
WHERE note IS NOT NULL
