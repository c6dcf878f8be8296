-- fact: one row per fault: followed by another of the same customer and product within 30 days of its repair
SELECT
    'fault_repeated' AS measure_id, 'within_30' AS part, first.agent_id, first.area_id,
    strftime(first.reported_at, '%Y-%m') AS month, first.source_id AS unit_id,
    CASE WHEN count(again.source_id) > 0 THEN 1.0 ELSE 0.0 END AS hit, 1.0 AS weight,
    count(again.source_id) = 0 AND first.repaired_at + INTERVAL 30 DAY > {as_of} AS is_provisional
FROM fault AS first
LEFT JOIN fault AS again
    ON again.customer_id = first.customer_id AND again.product = first.product AND again.source_id <> first.source_id
    AND again.reported_at > first.repaired_at AND again.reported_at <= first.repaired_at + INTERVAL 30 DAY
WHERE first.repaired_at IS NOT NULL
GROUP BY first.agent_id, first.area_id, first.reported_at, first.source_id, first.repaired_at
