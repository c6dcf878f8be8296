-- area: one row per area; the manager is the one most of its agents name
SELECT
    area_id,
    min(county_id) AS county_id,
    mode(manager_name ORDER BY manager_name) AS manager_name,
    count(*) AS agent_n
FROM agent
GROUP BY area_id
