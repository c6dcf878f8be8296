-- fact: one row per complaint and measure: on the spot with its returns beside it, and line-jumping and repeats over 12 months
WITH own AS (
    SELECT source_id, customer_id, agent_id, area_id, received_at, is_on_spot, is_escalated, kind
    FROM complaint WHERE accepted_by = 'agent'
), returned AS (
    SELECT first.source_id
    FROM own AS first
    JOIN own AS again
        ON again.customer_id = first.customer_id AND coalesce(again.kind, '') = coalesce(first.kind, '')
        AND again.received_at > first.received_at AND again.received_at <= first.received_at + INTERVAL 30 DAY
), reopened AS (
    SELECT own.source_id
    FROM own
    JOIN complaint_stay AS again
        ON again.source_id = own.source_id AND again.stay_n > 1 AND again.from_at <= own.received_at + INTERVAL 30 DAY
), judged AS (
    -- reopened under its own id it came back, and is repeated by none (X17)
    SELECT
        *, source_id IN (SELECT source_id FROM returned) AS is_repeated,
        source_id IN (SELECT source_id FROM returned UNION ALL SELECT source_id FROM reopened) AS is_returned,
        strftime(received_at, '%Y-%m') AS received_month
    FROM own
)
SELECT 'complaint_on_spot' AS measure_id, 'on_spot' AS part, agent_id, area_id, received_month AS month, CAST(NULL AS VARCHAR) AS unit_id,
    CASE WHEN is_on_spot THEN 1.0 ELSE 0.0 END AS hit, 1.0 AS weight, false AS is_provisional
FROM judged
UNION ALL
SELECT 'complaint_on_spot', 'returned', agent_id, area_id, received_month, NULL,
    CASE WHEN is_returned THEN 1.0 ELSE 0.0 END, 1.0, received_at + INTERVAL 30 DAY > {as_of} AND NOT is_returned
FROM judged WHERE is_on_spot
UNION ALL
SELECT 'complaint_12_months', part.part, judged.agent_id, judged.area_id, month.month, NULL,
    CASE WHEN part.part = 'escalated' AND is_escalated OR part.part = 'repeated' AND is_repeated THEN 1.0 ELSE 0.0 END, 1.0, false
FROM judged
JOIN month ON CAST(judged.received_at AS DATE) BETWEEN month.first_on - INTERVAL 11 MONTH AND month.last_on
CROSS JOIN (VALUES ('escalated'), ('repeated')) AS part(part)
