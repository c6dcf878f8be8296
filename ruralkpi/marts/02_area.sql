-- area: one row per area that any list names; the manager is the one most of its present agents name
SELECT
    placed.area_id,
    min(placed.county_id) AS county_id,
    mode(agent.manager_name ORDER BY agent.manager_name) AS manager_name,
    count(agent.agent_id) AS agent_n
FROM (
    SELECT area_id, county_id FROM agent
    UNION
    SELECT area_id, county_id FROM agent_area
) AS placed
LEFT JOIN agent ON agent.area_id = placed.area_id AND agent.county_id = placed.county_id
GROUP BY placed.area_id
