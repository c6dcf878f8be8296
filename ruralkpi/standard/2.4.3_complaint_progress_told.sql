-- complaint_month: one row per complaint and month in which a block of it ran out while it was open, or runs at the cut-off
WITH edge AS (
    -- blocks run from the receipt, and from each reopening anew (X17)
    SELECT
        complaint.source_id AS complaint_id,
        stay.from_at + {open_past} + (block.block_n - 1) * {block} AS from_at,
        stay.from_at + {open_past} + block.block_n * {block} AS until_at,
        CASE WHEN stay.from_precision = 'day' THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END AS slack,
        stay.from_precision, stay.until_at AS open_until, stay.is_end_unknown, stay.is_spot_unread, stay.is_news_absent, stay.is_end_absent
    FROM complaint
    JOIN complaint_stay AS stay ON stay.source_id = complaint.source_id
    -- one side each, so that the join can be sorted; begun by the cut-off is ended a block after it
    JOIN block ON block.block_n * {block} < as_of + {block} - stay.from_at - {open_past}
        AND block.block_n * {block} < coalesce(stay.until_latest_at, as_of + {block}) - stay.from_at - {open_past}
        -- one block says it all of a repeat, and where nothing says when it ended
        AND (block.block_n = 1 OR (complaint.repeat_of IS NULL AND NOT stay.is_end_unknown))
    WHERE complaint.accepted_by = 'agent'
), heard AS (
    -- whatever is open by a bare day is neither certainly told nor certainly silent
    SELECT
        edge.complaint_id, edge.from_at, edge.until_at, edge.slack, edge.from_precision, edge.is_end_unknown, edge.is_spot_unread, edge.is_news_absent, edge.is_end_absent,
        edge.open_until IS NULL OR (edge.open_until > edge.until_at AND edge.open_until >= edge.until_at + edge.slack) AS is_owed,
        count(news.told_at) AS maybe_n,
        -- words in no list that may say that it was told, or not open at all (X25)
        count(CASE WHEN news.counts IS NULL THEN news.told_at END) + CASE WHEN edge.is_spot_unread THEN 1 ELSE 0 END AS unread_n,
        min(CASE WHEN news.counts AND news.told_at >= edge.from_at + edge.slack AND news.told_until_at > edge.from_at + edge.slack AND news.told_until_at <= edge.until_at
            THEN news.told_at END) AS told_at
    FROM edge
    LEFT JOIN complaint_news AS news
        ON news.complaint_id = edge.complaint_id AND news.told_until_at > edge.from_at AND news.told_at <= edge.until_at + edge.slack
    GROUP BY
        edge.complaint_id, edge.from_at, edge.until_at, edge.slack, edge.from_precision, edge.open_until,
        edge.is_end_unknown, edge.is_spot_unread, edge.is_news_absent, edge.is_end_absent
), summed AS (
    SELECT
        complaint_id, strftime(until_at, '%Y-%m') AS month, max(slack) AS slack, min(from_precision) AS from_precision,
        min(from_at) AS from_at, max(until_at) AS last_at, max(told_at) AS told_at,
        bool_or(is_end_unknown) AS is_end_unknown, bool_or(is_news_absent) AS is_news_absent, bool_or(is_end_absent) AS is_end_absent,
        count(*) AS block_n, count(told_at) AS told_n,
        sum(CASE WHEN is_owed AND maybe_n = 0 AND NOT is_spot_unread THEN 1 ELSE 0 END) AS silent_n,
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
    complaint.repeat_of, summed.is_end_unknown AND summed.silent_n = 0 AS is_end_unknown, summed.is_news_absent, summed.is_end_absent,
    summed.from_at, complaint.received_at, summed.from_precision,
    summed.last_at + summed.ahead_n * {block} AS last_at, summed.from_precision AS last_precision,
    CASE WHEN summed.told_n = summed.block_n AND summed.ahead_n = 0 THEN summed.told_at END AS told_last_at,
    CASE WHEN summed.told_at = CAST(CAST(summed.told_at AS DATE) AS TIMESTAMP) THEN 'day' ELSE 'second' END AS told_last_precision,
    summed.block_n, summed.told_n, summed.silent_n, summed.unread_n, CAST(floor(greatest(coalesce(quiet.silent_s, 0), 0) / 3600) AS BIGINT) AS silent_h,
    complaint.file, complaint.row, complaint.absent, complaint.version_n, complaint.file_month
FROM summed
JOIN complaint ON complaint.source_id = summed.complaint_id
LEFT JOIN quiet ON quiet.complaint_id = summed.complaint_id AND quiet.month = summed.month
-- what is 10000's is no agent's
WHERE NOT complaint.is_handled_by_hotline OR complaint.handed_from_at > summed.last_at + summed.slack
