-- visit_zero_minutes: an on-site visit that ended when it began
SELECT
    'visits' AS source_table, file_no, row, agent_id, strftime(visited_at, '%Y-%m') AS month, left_at = arrived_at AS is_flagged
FROM clean.visits
WHERE arrived_at IS NOT NULL AND left_at IS NOT NULL AND arrived_precision <> 'day' AND left_precision <> 'day'
