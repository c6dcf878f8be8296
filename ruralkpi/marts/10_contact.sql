-- contact: one row per visit or call; `counts` is NULL where the record does not say whether it came about (X16)
WITH met AS (
    SELECT
        CASE WHEN mode = '电话' THEN 'call' WHEN mode = '短信' THEN 'message' ELSE 'onsite' END AS kind,
        customer_id, agent_id, visited_at AS contacted_at, visited_precision AS contacted_precision,
        CASE WHEN result = '未遇' THEN false WHEN result = '完成' AND mode IS NOT NULL THEN true END AS counts,
        entered_at,
        'visits' AS source_table,
        coalesce(visit_id, file || ':' || CAST(row AS VARCHAR)) AS source_id,
        file, row
    FROM clean.visits
    UNION ALL
    SELECT
        CASE WHEN coalesce(channel, '') LIKE '%短信%' THEN 'message' ELSE 'call' END,
        customer_id, agent_id, called_at, called_precision,
        CASE WHEN direction = '呼入' OR NOT is_connected THEN false WHEN is_connected THEN true END,
        CAST(NULL AS TIMESTAMP),
        'calls',
        coalesce(call_id, file || ':' || CAST(row AS VARCHAR)),
        file, row
    FROM clean.calls
), slotted AS (
    SELECT met.*, calendar_day.half_month_start_on
    FROM met LEFT JOIN calendar_day ON calendar_day.day = CAST(met.contacted_at AS DATE)
), beside AS (
    SELECT
        *,
        lag(contacted_at) OVER w AS before_at, lag(half_month_start_on) OVER w AS before_slot_on,
        lead(contacted_at) OVER w AS after_at, lead(half_month_start_on) OVER w AS after_slot_on
    FROM slotted
    WINDOW w AS (PARTITION BY customer_id, kind, counts ORDER BY contacted_at, source_id)
)
SELECT
    kind, customer_id, agent_id, contacted_at, contacted_precision, counts, entered_at, source_table, source_id, file, row,
    -- days to the nearest contact of the same kind over a slot's edge
    least(
        CASE WHEN before_slot_on <> half_month_start_on THEN date_diff('second', before_at, contacted_at) / 86400.0 END,
        CASE WHEN after_slot_on <> half_month_start_on THEN date_diff('second', contacted_at, after_at) / 86400.0 END
    ) AS edge_gap_d
FROM beside
