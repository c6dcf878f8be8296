-- contact: one row per visit or call; `counts` is NULL where the record does not say whether it came about (X16),
-- or says it by a word in no list, `is_word_unknown` (X25); a visit whose mode is not said may be of any kind
-- key: source_table, source_id; lies by customer_id, contacted_at, source_table, source_id
WITH met AS NOT MATERIALIZED (
    SELECT
        CASE WHEN mode_means IN ('onsite', 'call', 'message', 'other') THEN mode_means ELSE 'unsaid' END AS kind,
        customer_id, agent_id, visited_at AS contacted_at, visited_precision AS contacted_precision,
        CASE WHEN result_means = 'vain' THEN false WHEN result_means = 'done' AND mode_means <> '?' THEN true END AS counts,
        coalesce(result_means <> 'vain', true) AND (coalesce(mode_means, '') = '?' OR coalesce(result_means, '') = '?') AS is_word_unknown,
        entered_at,
        'visits' AS source_table,
        coalesce(visit_id, file || ':' || CAST(row AS VARCHAR)) AS source_id,
        file, row
    FROM clean.visits
    UNION ALL
    SELECT
        CASE WHEN channel_means IN ('message', 'other') THEN channel_means ELSE 'call' END,
        customer_id, agent_id, called_at, called_precision,
        CASE WHEN direction_means = 'incoming' OR NOT is_connected THEN false
             WHEN is_connected AND coalesce(direction_means, '') <> '?' AND coalesce(channel_means, '') <> '?' THEN true END,
        coalesce(direction_means <> 'incoming', true) AND coalesce(is_connected, true)
            AND '?' IN (coalesce(is_connected_means, ''), coalesce(direction_means, ''), coalesce(channel_means, '')),
        CAST(NULL AS TIMESTAMP),
        'calls',
        coalesce(call_id, file || ':' || CAST(row AS VARCHAR)),
        file, row
    FROM clean.calls
), slotted AS (
    SELECT met.*, calendar_day.half_month_start_on, coalesce(held.agent_id = met.agent_id, false) AS is_by_holder
    FROM met LEFT JOIN calendar_day ON calendar_day.day = CAST(met.contacted_at AS DATE)
    LEFT JOIN assignment_span AS held
        ON held.customer_id = met.customer_id AND CAST(met.contacted_at AS DATE) BETWEEN held.from_on AND held.to_on
    WHERE source_table = 'visits'
), beside AS (
    SELECT
        *,
        lag(contacted_at) OVER w AS before_at, lag(half_month_start_on) OVER w AS before_slot_on,
        lead(contacted_at) OVER w AS after_at, lead(half_month_start_on) OVER w AS after_slot_on
    FROM slotted
    WINDOW w AS (PARTITION BY customer_id, kind, counts ORDER BY contacted_at, source_id)
)
SELECT
    kind, customer_id, agent_id, contacted_at, contacted_precision, counts, is_word_unknown, entered_at, source_table, source_id, file, row,
    -- days to the nearest visit of the same kind over a half-month's edge
    least(
        CASE WHEN before_slot_on <> half_month_start_on THEN date_diff('second', date_trunc('second', before_at), date_trunc('second', contacted_at)) / 86400 END,
        CASE WHEN after_slot_on <> half_month_start_on THEN date_diff('second', date_trunc('second', contacted_at), date_trunc('second', after_at)) / 86400 END
    ) AS edge_gap_d,
    -- a visit by who had the customer on that day (X12)
    is_by_holder
FROM beside
UNION ALL
SELECT
    kind, customer_id, agent_id, contacted_at, contacted_precision, counts, is_word_unknown, entered_at, source_table, source_id, file, row,
    CAST(NULL AS DOUBLE), CAST(NULL AS BOOLEAN)
FROM met
WHERE source_table = 'calls'
