-- complaint_stay: one row per time a complaint was open, from its receipt or a reopening (X17) to its end, at the earliest and at the latest; NULL where it still is
-- key: source_id, stay_n
WITH ended AS (
    -- what its earlier receipts say of an end after this one ends it too
    SELECT
        receipt.source_id, receipt.received_at, receipt.received_precision, receipt.is_spot_unread, receipt.absent,
        min(said.open_until) AS open_until, max(said.open_until_latest_at) AS open_until_latest_at
    FROM complaint_receipt AS receipt
    JOIN complaint_receipt AS said
        ON said.source_id = receipt.source_id AND said.received_at <= receipt.received_at
        AND greatest(said.open_until, said.received_at) >= receipt.received_at
    GROUP BY receipt.source_id, receipt.received_at, receipt.received_precision, receipt.is_spot_unread, receipt.absent
), followed AS (
    SELECT
        *,
        lag(open_until) OVER (PARTITION BY source_id ORDER BY received_at) AS shut_at,
        -- on a bare day it came at the latest at its end
        CASE received_precision WHEN 'day' THEN received_at + INTERVAL 1 DAY ELSE received_at END AS received_until_at
    FROM ended
), numbered AS (
    -- one that comes again while it is open has been open all the time
    SELECT
        *,
        1 + sum(CASE WHEN shut_at < received_until_at THEN 1 ELSE 0 END) OVER (PARTITION BY source_id ORDER BY received_at) AS stay_n
    FROM followed
), placed AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY source_id, stay_n ORDER BY received_at) AS first_n,
        row_number() OVER (PARTITION BY source_id, stay_n ORDER BY received_at DESC) AS last_n,
        lead(received_until_at) OVER (PARTITION BY source_id ORDER BY received_at) AS again_at
    FROM numbered
)
SELECT
    source_id, CAST(stay_n AS BIGINT) AS stay_n,
    max(CASE WHEN first_n = 1 THEN received_at END) AS from_at,
    max(CASE WHEN first_n = 1 THEN received_precision END) AS from_precision,
    -- since when it had been closed before
    max(CASE WHEN first_n = 1 THEN shut_at END) AS shut_at,
    max(CASE WHEN last_n = 1 THEN open_until END) AS until_at,
    max(CASE WHEN last_n = 1 THEN least(open_until_latest_at, again_at) END) AS until_latest_at,
    bool_or(last_n = 1 AND open_until IS NOT NULL AND open_until_latest_at IS NULL) AS is_end_unknown,
    bool_or(is_spot_unread) AS is_spot_unread,
    bool_or(list_contains(string_split(absent, ' '), 'progress_ats')) AS is_news_absent,
    bool_or(list_contains(string_split(absent, ' '), 'closed_at')) AS is_end_absent
FROM placed
GROUP BY source_id, stay_n
