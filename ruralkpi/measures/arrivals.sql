-- fact: one row per appointment with planned time and arrival, beside visit_arrived_early: on time at all, and how late (minutes)
SELECT
    'arrival' AS measure_id, part.part, agent_id, area_id, strftime(planned_at, '%Y-%m') AS month, source_id AS unit_id,
    CASE WHEN part.part = 'on_time' THEN CASE WHEN arrived_at <= planned_at THEN 1.0 ELSE 0.0 END
         ELSE greatest(date_diff('second', planned_at, arrived_at), 0) / 60.0 END AS hit,
    1.0 AS weight, false AS is_provisional
FROM appointment
CROSS JOIN (VALUES ('on_time'), ('minutes_late')) AS part(part)
WHERE arrived_at IS NOT NULL AND planned_precision <> 'day' AND arrived_precision <> 'day'
