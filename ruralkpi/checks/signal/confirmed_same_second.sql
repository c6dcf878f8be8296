-- confirmed_same_second: a fault confirmed by the customer in the very second in which its ticket was closed
SELECT
    'faults' AS source_table, file_no, row, agent_id, strftime(closed_at, '%Y-%m') AS month, confirmed_at = closed_at AS is_flagged
FROM clean.faults
WHERE confirmed_at IS NOT NULL AND closed_at IS NOT NULL AND confirmed_precision = 'second' AND closed_precision = 'second'
