-- reply_at_once: complaints answered within a minute, in the same way at least 3 times in the month
SELECT
    'complaints' AS source_table, file_no, row, agent_id, strftime(received_at, '%Y-%m') AS month,
    is_at_once AND count(*) FILTER (WHERE is_at_once) OVER (
        PARTITION BY agent_id, strftime(received_at, '%Y-%m'), coalesce(reply_kind, '')) >= 3 AS is_flagged
FROM (
    SELECT *, first_reply_at <= received_at + INTERVAL 1 MINUTE AND NOT coalesce(is_on_spot, false) AS is_at_once
    FROM clean.complaints
    WHERE first_reply_at IS NOT NULL AND first_reply_precision <> 'day' AND received_precision <> 'day'
)
