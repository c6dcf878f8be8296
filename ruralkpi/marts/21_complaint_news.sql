-- complaint_news: one row per time a complaint's customer was told something: progress, or the first reply; `counts` is NULL where only a word in no list says how (X25)
-- key: complaint_id, told_at
SELECT
    *,
    CASE WHEN told_precision = 'day' THEN told_at + INTERVAL 1 DAY ELSE told_at END AS told_until_at
FROM (
    SELECT
        complaint_id, customer_id, agent_id, told_at,
        -- several times in one cell carry no exactness of their own: midnight is a bare day
        CASE WHEN told_at = CAST(CAST(told_at AS DATE) AS TIMESTAMP) THEN 'day' ELSE 'second' END AS told_precision,
        bool_or(counts) AS counts, file, row
    FROM (
        SELECT source_id AS complaint_id, customer_id, handler_id AS agent_id, unnest(progress_ats) AS told_at, true AS counts, file, row FROM complaint
        UNION ALL
        SELECT source_id, customer_id, handler_id, replied_at, true, file, row FROM complaint WHERE replied_at IS NOT NULL
        UNION ALL
        SELECT source_id, customer_id, handler_id, unread_reply_at, CAST(NULL AS BOOLEAN), file, row FROM complaint WHERE unread_reply_at IS NOT NULL
    ) AS told
    GROUP BY complaint_id, customer_id, agent_id, told_at, file, row
) AS dated
