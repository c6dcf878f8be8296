-- fact: one row per complaint an agent handled: its longest silence in hours, from receipt to closing or the cut-off (clause 2.4.3)
WITH moment AS (
    SELECT source_id, handler_id, handler_area_id, received_at, received_at AS at_, open_until FROM complaint WHERE accepted_by = 'agent'
    UNION
    SELECT c.source_id, c.handler_id, c.handler_area_id, c.received_at, news.told_at, c.open_until
    FROM complaint AS c
    JOIN complaint_news AS news ON news.complaint_id = c.source_id
    WHERE c.accepted_by = 'agent'
), silence AS (
    SELECT
        source_id, handler_id, handler_area_id, received_at,
        date_diff('second', at_, coalesce(lead(at_) OVER (PARTITION BY source_id ORDER BY at_), open_until, {as_of})) / 3600.0 AS hours
    FROM moment
)
SELECT
    'complaint_silence' AS measure_id, 'longest_h' AS part, handler_id AS agent_id, handler_area_id AS area_id,
    strftime(received_at, '%Y-%m') AS month, source_id AS unit_id, max(hours) AS hit, CAST(NULL AS DOUBLE) AS weight,
    false AS is_provisional
FROM silence
GROUP BY source_id, handler_id, handler_area_id, received_at
