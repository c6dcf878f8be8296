-- grain: one row per warning code on the agent's kept records, with its area's count beside.
WITH said AS (
    SELECT
        quarantine.code, quarantine.message,
        unnest(list_distinct(json_extract_string(quarantine.record, ['$.工号', '$.受理人', '$.维修人', '$.填报人']))) AS agent_id
    FROM quarantine
    WHERE quarantine.severity = 'warn'
)
SELECT
    said.code,
    min(said.message) FILTER (WHERE said.agent_id = $agent_id) AS message,
    count(*) FILTER (WHERE said.agent_id = $agent_id) AS n,
    count(*) AS area_n
FROM said
INNER JOIN agent ON agent.agent_id = said.agent_id
WHERE agent.area_id = $area_id
GROUP BY said.code
HAVING count(*) FILTER (WHERE said.agent_id = $agent_id) > 0
ORDER BY said.code
