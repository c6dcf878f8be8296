-- visit_overlap: an agent's on-site visit that begins before an earlier one of the same agent has ended
SELECT
    'visits' AS source_table, file_no, row, agent_id, strftime(visited_at, '%Y-%m') AS month,
    arrived_at < max(left_at) OVER (
        PARTITION BY agent_id ORDER BY arrived_at, left_at, file_no, row ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ) AS is_flagged
FROM clean.visits
WHERE arrived_at IS NOT NULL AND left_at IS NOT NULL AND arrived_precision <> 'day'
