-- complaint_month: one row per complaint and month in which a block of it ran out while it was open, or runs at the cut-off
WITH edge AS (
    SELECT
        complaint.source_id AS complaint_id,
        complaint.received_at + {open_past} + (block.block_n - 1) * {block} AS from_at,
        complaint.received_at + {open_past} + block.block_n * {block} AS until_at,
        CASE WHEN complaint.received_precision = 'day' THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END AS slack,
        complaint.open_until, complaint.is_end_unknown
    FROM complaint
    -- one side each, so that the join can be sorted; begun by the cut-off is ended a block after it
    JOIN block ON block.block_n * {block} < as_of + {block} - complaint.received_at - {open_past}
        AND block.block_n * {block} < coalesce(complaint.open_until_latest_at, as_of + {block}) - complaint.received_at - {open_past}
        -- one block says it all of a repeat, and where nothing says when it ended
        AND (block.block_n = 1 OR (complaint.repeat_of IS NULL AND NOT complaint.is_end_unknown))
    WHERE complaint.accepted_by = 'agent'
), heard AS (
    -- whatever is open by a bare day is neither certainly told nor certainly silent
    SELECT
        edge.complaint_id, edge.from_at, edge.until_at, edge.slack, edge.is_end_unknown,
        edge.open_until IS NULL OR (edge.open_until > edge.until_at AND edge.open_until >= edge.until_at + edge.slack) AS is_owed,
        count(news.told_at) AS maybe_n,
        count(CASE WHEN news.counts IS NULL THEN news.told_at END) AS unread_n,
        min(CASE WHEN news.counts AND news.told_at >= edge.from_at + edge.slack AND news.told_until_at > edge.from_at + edge.slack AND news.told_until_at <= edge.until_at
            THEN news.told_at END) AS told_at
    FROM edge
    LEFT JOIN complaint_news AS news
        ON news.complaint_id = edge.complaint_id AND news.told_until_at > edge.from_at AND news.told_at <= edge.until_at + edge.slack
    GROUP BY edge.complaint_id, edge.from_at, edge.until_at, edge.slack, edge.open_until, edge.is_end_unknown
), summed AS (
    SELECT
        complaint_id, strftime(until_at, '%Y-%m') AS month, min(slack) AS slack,
        min(from_at) AS from_at, max(until_at) AS last_at, max(told_at) AS told_at,
        count(*) AS block_n, count(told_at) AS told_n,
        sum(CASE WHEN is_owed AND maybe_n = 0 THEN 1 ELSE 0 END) AS silent_n,
        sum(CASE WHEN told_at IS NULL THEN unread_n ELSE 0 END) AS unread_n,
        -- who has told already in the running block owes the next one
        max(CASE WHEN until_at > as_of AND told_at IS NOT NULL AND strftime(until_at + {block}, '%Y-%m') = strftime(until_at, '%Y-%m') THEN 1 ELSE 0 END) AS ahead_n
    FROM heard
    GROUP BY complaint_id, strftime(until_at, '%Y-%m')
    HAVING count(CASE WHEN is_owed OR is_end_unknown THEN 1 END) > 0 OR count(told_at) < count(*)
), quiet AS (
    SELECT summed.complaint_id, summed.month, max(date_diff('second', date_trunc('second', silence.from_at), date_trunc('second', least(coalesce(silence.until_at, summed.last_at), summed.last_at, as_of)))) AS silent_s
    FROM summed
    JOIN complaint_silence AS silence
        ON silence.complaint_id = summed.complaint_id AND silence.from_at < summed.last_at AND coalesce(silence.until_at, summed.last_at) > summed.from_at
    GROUP BY summed.complaint_id, summed.month
)
SELECT
    summed.complaint_id || '/' || summed.month AS source_id, 'complaint_month' AS source_table,
    complaint.customer_id,
    -- the owner at the deadline (X13)
    CASE WHEN complaint.handed_from_at > summed.last_at + summed.slack THEN complaint.agent_id ELSE complaint.handler_id END AS holder_id,
    CASE WHEN complaint.handed_from_at > summed.last_at + summed.slack THEN complaint.area_id ELSE complaint.handler_area_id END AS holder_area_id,
    CASE WHEN complaint.handed_from_at > summed.last_at + summed.slack THEN complaint.agent_left_on ELSE complaint.handler_left_on END AS holder_left_on,
    complaint.handed_from_at <= summed.last_at + summed.slack AND coalesce(complaint.handed_until_at > summed.last_at, true) AS is_handover_open,
    complaint.is_reopened, complaint.repeat_of, complaint.is_spot_unread, complaint.is_end_unknown,
    summed.from_at, complaint.received_at, complaint.received_precision AS from_precision,
    summed.last_at + summed.ahead_n * {block} AS last_at, complaint.received_precision AS last_precision,
    CASE WHEN summed.told_n = summed.block_n AND summed.ahead_n = 0 THEN summed.told_at END AS told_last_at,
    CASE WHEN summed.told_at = CAST(CAST(summed.told_at AS DATE) AS TIMESTAMP) THEN 'day' ELSE 'second' END AS told_last_precision,
    summed.block_n, summed.told_n, summed.silent_n, summed.unread_n, CAST(floor(greatest(coalesce(quiet.silent_s, 0), 0) / 3600) AS BIGINT) AS silent_h,
    complaint.file, complaint.row, complaint.absent, complaint.version_n, complaint.file_month
FROM summed
JOIN complaint ON complaint.source_id = summed.complaint_id
LEFT JOIN quiet ON quiet.complaint_id = summed.complaint_id AND quiet.month = summed.month
-- what is 10000's is no agent's
WHERE NOT complaint.is_handled_by_hotline OR complaint.handed_from_at > summed.last_at + summed.slack
