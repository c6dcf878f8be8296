-- grain: one row per agent and warning code on its kept records, with its area's count beside.
WITH said AS (
    SELECT
        quarantine.source_table, quarantine.code, quarantine.message,
        unnest(list_distinct(json_extract_string(quarantine.record, $naming))) AS agent_id
    FROM quarantine
    WHERE quarantine.severity = 'warn'
), counted AS (
    SELECT
        said.agent_id, said.code, min(said.message) AS message, arg_min(said.source_table, (said.message, said.source_table)) AS source_table, count(*) AS n,
        CAST(sum(count(*)) OVER (PARTITION BY agent.area_id, said.code) AS BIGINT) AS area_n
    FROM said
    INNER JOIN agent ON agent.agent_id = said.agent_id
    WHERE agent.area_id IS NOT NULL
    GROUP BY said.agent_id, agent.area_id, said.code
)
SELECT agent_id, source_table, code, message, n, area_n
FROM counted
WHERE agent_id IN (SELECT unnest($agents))
ORDER BY code
