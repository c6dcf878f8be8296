-- fact: one row per silence of a complaint an agent handled, in hours, between receipt or reopening, news and closing or the cut-off (clause 2.4.3)
WITH waiting AS (
    SELECT
        complaint.source_id, complaint.handler_id, complaint.handler_area_id, strftime(complaint.received_at, '%Y-%m') AS month,
        stay.stay_n, stay.from_at, coalesce(stay.until_at, {as_of}) AS waited_until
    FROM complaint
    JOIN complaint_stay AS stay ON stay.source_id = complaint.source_id
    -- how long it waited nobody can say where its end is unknown
    WHERE complaint.accepted_by = 'agent' AND NOT stay.is_end_unknown
), moment AS (
    SELECT source_id, from_at AS at_ FROM waiting
    UNION ALL
    SELECT complaint_id, told_at FROM complaint_news
), heard AS (
    -- what was told before the receipt or after the closing ends no silence between them
    SELECT waiting.*, greatest(from_at, least(moment.at_, waited_until)) AS heard_at
    FROM waiting
    JOIN moment ON moment.source_id = waiting.source_id
), silence AS (
    SELECT *, coalesce(lead(heard_at) OVER (PARTITION BY source_id, stay_n ORDER BY heard_at), waited_until) AS next_at
    FROM heard
)
SELECT
    'complaint_silence' AS measure_id, 'longest_h' AS part, handler_id AS agent_id, handler_area_id AS area_id, month,
    source_id AS unit_id, date_diff('second', date_trunc('second', heard_at), date_trunc('second', next_at)) / 3600 AS hit,
    CAST(NULL AS DOUBLE) AS weight, false AS is_provisional
FROM silence
