-- complaint_news: one row per time a complaint's customer was told something: progress, or the first reply; `counts` is NULL where only a word in no list says how (X25)
-- key: complaint_id, told_at
SELECT
    *,
    CASE WHEN told_precision = 'day' THEN told_at + INTERVAL 1 DAY ELSE told_at END AS told_until_at
FROM (
    SELECT
        told.complaint_id, complaint.customer_id, complaint.handler_id AS agent_id, told.told_at,
        -- several times in one cell carry no exactness of their own: midnight is a bare day
        CASE WHEN told.told_at = CAST(CAST(told.told_at AS DATE) AS TIMESTAMP) THEN 'day' ELSE 'second' END AS told_precision,
        told.counts, complaint.file, complaint.row
    FROM (
        SELECT complaint_id, told_at, bool_or(counts) AS counts
        FROM (
            SELECT source_id AS complaint_id, unnest(progress_ats) AS told_at, true AS counts FROM complaint_receipt
            UNION ALL
            SELECT source_id, replied_at, true FROM complaint_receipt WHERE replied_at IS NOT NULL
            UNION ALL
            SELECT source_id, unread_reply_at, CAST(NULL AS BOOLEAN) FROM complaint_receipt WHERE unread_reply_at IS NOT NULL
        ) AS said
        GROUP BY complaint_id, told_at
    ) AS told
    JOIN complaint ON complaint.source_id = told.complaint_id
) AS dated
