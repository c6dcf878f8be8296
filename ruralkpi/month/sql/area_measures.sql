-- grain: one row per area, measure and part.
SELECT area_id, measure_id, part, n, of_n, value, is_provisional
FROM measure
WHERE agent_id IS NULL AND month = $month AND area_id IN (SELECT unnest($areas))
ORDER BY area_id, measure_id, length(part), part
