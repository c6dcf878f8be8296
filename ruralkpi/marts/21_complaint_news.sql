-- complaint_news: one row per time a complaint's customer was told something: progress, or the first reply
-- key: complaint_id, told_at
SELECT
    *,
    CASE WHEN told_precision = 'day' THEN told_at + INTERVAL 1 DAY ELSE told_at END AS told_until_at
FROM (
    SELECT DISTINCT
        complaint_id, customer_id, agent_id, told_at,
        -- several times in one cell carry no exactness of their own: midnight is a bare day
        CASE WHEN told_at = CAST(CAST(told_at AS DATE) AS TIMESTAMP) THEN 'day' ELSE 'second' END AS told_precision,
        true AS counts, file, row
    FROM (
        SELECT source_id AS complaint_id, customer_id, handler_id AS agent_id, unnest(progress_ats) AS told_at, file, row FROM complaint
        UNION ALL
        SELECT source_id, customer_id, handler_id, replied_at, file, row FROM complaint WHERE replied_at IS NOT NULL
    ) AS told
) AS dated
