-- fact: one row per silence of a complaint an agent handled, in hours, between receipt, news and closing or the cut-off (clause 2.4.3)
WITH waiting AS (
    SELECT
        source_id, handler_id, handler_area_id, strftime(received_at, '%Y-%m') AS month, received_at,
        coalesce(open_until, {as_of}) AS waited_until
    FROM complaint
    -- how long it waited nobody can say where its end is unknown
    WHERE accepted_by = 'agent' AND NOT is_end_unknown
), moment AS (
    SELECT source_id, received_at AS at_ FROM waiting
    UNION ALL
    SELECT complaint_id, told_at FROM complaint_news
), heard AS (
    -- what was told before the receipt or after the closing ends no silence between them
    SELECT waiting.*, greatest(received_at, least(moment.at_, waited_until)) AS heard_at
    FROM waiting
    JOIN moment ON moment.source_id = waiting.source_id
), silence AS (
    SELECT *, coalesce(lead(heard_at) OVER (PARTITION BY source_id ORDER BY heard_at), waited_until) AS next_at
    FROM heard
)
SELECT
    'complaint_silence' AS measure_id, 'longest_h' AS part, handler_id AS agent_id, handler_area_id AS area_id, month,
    source_id AS unit_id, date_diff('second', date_trunc('second', heard_at), date_trunc('second', next_at)) / 3600 AS hit,
    CAST(NULL AS DOUBLE) AS weight, false AS is_provisional
FROM silence
