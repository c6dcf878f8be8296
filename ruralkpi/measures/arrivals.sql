-- fact: one row per appointment with planned time and arrival, beside visit_arrived_early: on time at all, and how late (minutes)
WITH arrived AS (
    SELECT
        *,
        -- minute stamps compare in whole minutes (X19)
        CASE WHEN 'minute' IN (planned_precision, arrived_precision)
            THEN date_diff('second', date_trunc('minute', planned_at), date_trunc('minute', arrived_at))
            ELSE date_diff('second', date_trunc('second', planned_at), date_trunc('second', arrived_at)) END AS late_s
    FROM appointment
    WHERE planned_precision <> 'day' AND arrived_precision <> 'day'
)
SELECT
    'arrival' AS measure_id, part.part, agent_id, area_id, strftime(planned_at, '%Y-%m') AS month,
    CAST(NULL AS VARCHAR) AS unit_id,
    CASE WHEN part.part = 'minutes_late' THEN greatest(late_s, 0) / 60 WHEN late_s > 0 THEN 0.0 ELSE 1.0 END AS hit,
    1.0 AS weight, false AS is_provisional
FROM arrived
CROSS JOIN (VALUES ('on_time'), ('minutes_late')) AS part(part)
