-- fact: one row per key customer and month: coverage (contacted at all) beside compliance (every slot decided was met)
WITH slot_month AS (
    -- what only the area owes (X11) has no agent, and is the area's all the same
    SELECT rule_id, customer_id, agent_id, area_id, month, min(CASE WHEN outcome = 'met' THEN 1.0 ELSE 0.0 END) AS all_met
    FROM obligation
    WHERE rule_id IN ('key_visit_half_monthly', 'key_call_weekly') AND outcome IN ('met', 'missed_late', 'missed_open')
    GROUP BY rule_id, customer_id, agent_id, area_id, month
), contacted AS (
    SELECT DISTINCT customer_id, strftime(contacted_at, '%Y-%m') AS month FROM contact WHERE counts
)
SELECT
    'compliance' AS measure_id, CASE rule_id WHEN 'key_call_weekly' THEN 'calls' ELSE 'visits' END AS part,
    agent_id, area_id, month, customer_id AS unit_id, all_met AS hit, 1.0 AS weight, false AS is_provisional
FROM slot_month
UNION ALL
SELECT
    'coverage', 'contacted', slot_month.agent_id, slot_month.area_id, slot_month.month, slot_month.customer_id,
    CASE WHEN contacted.customer_id IS NOT NULL THEN 1.0 ELSE 0.0 END, 1.0, false
FROM slot_month
LEFT JOIN contacted ON contacted.customer_id = slot_month.customer_id AND contacted.month = slot_month.month
