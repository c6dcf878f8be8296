-- complaint_silence: one row per stretch in which a complaint's customer heard nothing for certain: from its receipt or news to the next news, but for the time in which it was closed
-- key: complaint_id, from_at, until_at
SELECT
    complaint_id,
    -- a bare day's news may have come at its end
    max(from_at) OVER (PARTITION BY complaint_id ORDER BY at_, from_at ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS from_at,
    lead(at_) OVER (PARTITION BY complaint_id ORDER BY at_, from_at) AS until_at
FROM (
    SELECT
        source_id AS complaint_id, coalesce(shut_at, from_at) AS at_,
        CASE WHEN from_precision = 'day' THEN from_at + INTERVAL 1 DAY ELSE from_at END AS from_at
    FROM complaint_stay
    UNION
    SELECT complaint_id, told_at, told_until_at FROM complaint_news
) AS moment
