-- key_slot: one row per key customer and slot; `hold` says whether one agent, the area, or nobody owes it (X10, X11)
-- A customer's key spans never overlap: who has one for the whole slot has it alone, and only what is left is counted by days.
-- key: slot_kind, source_id
-- view: two rules read it, a kind and a share of the agents at a time: to make it again takes less than to keep it
WITH piece AS NOT MATERIALIZED (
    SELECT
        slot.slot_kind, slot.start_on, slot.end_on, slot.workday_n, slot.has_export, span.customer_id, span.agent_id, span.area_id,
        coalesce(span.from_on <= slot.start_on AND span.to_on >= slot.end_on, false) AS is_whole,
        greatest(slot.start_on, span.from_on) AS from_on,
        least(slot.end_on, span.to_on) AS to_on
    FROM key_span AS span
    CROSS JOIN slot
    WHERE slot.slot_kind IN ('half_month', 'week')
        -- coalesce: a planner that sees ranges takes it that hardly a span meets a slot, and joins what follows the dear way round
        AND coalesce(span.from_on <= slot.end_on AND span.to_on >= slot.start_on, false)
), remaining AS (
    SELECT *, row_number() OVER (PARTITION BY slot_kind, start_on, customer_id ORDER BY from_on DESC, agent_id) AS lastness
    FROM piece
    WHERE NOT is_whole
), parted AS (
    SELECT
        slot_kind, start_on, end_on, workday_n, has_export, customer_id,
        sum(date_diff('day', from_on, to_on) + 1) AS held_n,
        date_diff('day', start_on, end_on) + 1 AS slot_n,
        count(DISTINCT agent_id) AS agent_n,
        max(CASE WHEN lastness = 1 THEN agent_id END) AS last_agent_id,
        max(CASE WHEN lastness = 1 THEN area_id END) AS area_id
    FROM remaining
    GROUP BY slot_kind, start_on, end_on, workday_n, has_export, customer_id
), held AS (
    SELECT slot_kind, start_on, end_on, workday_n, has_export, customer_id, agent_id, area_id, 'agent' AS hold
    FROM piece
    WHERE is_whole
    UNION ALL
    SELECT
        slot_kind, start_on, end_on, workday_n, has_export, customer_id,
        CASE WHEN agent_n = 1 OR held_n < slot_n THEN last_agent_id END, area_id,
        CASE WHEN held_n < slot_n THEN 'partial' WHEN agent_n > 1 THEN 'area' ELSE 'agent' END
    FROM parted
)
SELECT
    slot_kind,
    customer_id,
    agent_id,
    area_id,
    start_on,
    end_on,
    CAST(start_on AS TIMESTAMP) AS start_at,
    'second' AS start_precision,
    workday_n,
    has_export,
    hold,
    'key_slot' AS source_table,
    customer_id || '/' || CAST(start_on AS VARCHAR) AS source_id,
    CAST(NULL AS VARCHAR) AS file,
    CAST(NULL AS BIGINT) AS row,
    '' AS absent,
    1 AS version_n,
    '' AS file_month
FROM held
