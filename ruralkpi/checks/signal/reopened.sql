-- reopened: a complaint after which the same customer complained of the same kind within 7 days of its closing
SELECT
    'complaints' AS source_table, file_no, row, agent_id, strftime(closed_at, '%Y-%m') AS month,
    lead(received_at) OVER (
        PARTITION BY customer_id, coalesce(kind, '') ORDER BY received_at, complaint_id
    ) BETWEEN closed_at AND closed_at + INTERVAL 7 DAY AS is_flagged
FROM clean.complaints
WHERE closed_at IS NOT NULL
