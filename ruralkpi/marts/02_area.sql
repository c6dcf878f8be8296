-- area: one row per area that any list names; the manager is the one most of its present agents name
-- key: area_id
WITH named AS (
    SELECT area_id, manager_name, row_number() OVER (PARTITION BY area_id ORDER BY count(*) DESC, manager_name) AS choice
    FROM agent
    WHERE manager_name IS NOT NULL
    GROUP BY area_id, manager_name
)
SELECT
    placed.area_id,
    min(placed.county_id) AS county_id,
    min(named.manager_name) AS manager_name,
    count(agent.agent_id) AS agent_n
FROM (
    SELECT area_id, county_id FROM agent
    UNION
    SELECT area_id, county_id FROM agent_area
) AS placed
LEFT JOIN agent ON agent.area_id = placed.area_id AND agent.county_id = placed.county_id
LEFT JOIN named ON named.area_id = placed.area_id AND named.choice = 1
GROUP BY placed.area_id
