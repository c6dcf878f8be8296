-- grain: one figure (level, place, rule) of a month: met of owed.
WITH placed AS (
    SELECT 'agent' AS level, agent_id AS place_id, rule_id, outcome FROM {rows} WHERE agent_id IS NOT NULL
    UNION ALL SELECT 'area', area_id, rule_id, outcome FROM {rows} WHERE area_id IS NOT NULL
    UNION ALL SELECT 'county', county_id, rule_id, outcome FROM {rows} WHERE county_id IS NOT NULL
    UNION ALL SELECT 'province', '*', rule_id, outcome FROM {rows}
)
SELECT level, place_id, rule_id,
    count(*) FILTER (WHERE outcome = 'met') AS met_n,
    count(*) FILTER (WHERE outcome IN ('met', 'missed_late', 'missed_open')) AS owed_n
FROM placed
GROUP BY ALL
