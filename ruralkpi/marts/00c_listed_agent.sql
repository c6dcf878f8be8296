-- listed_agent: one row per agent and list, as exported; an area whose name two counties give to one of theirs is called by its
-- county too, since every county has its 城关片区
-- key: agent_id, listed_from_on
WITH shared AS (
    SELECT area_id
    FROM clean.agents
    WHERE county_id IS NOT NULL
    GROUP BY area_id
    HAVING count(DISTINCT county_id) > 1
)
SELECT
    agent_id, agent_name,
    CASE WHEN shared.area_id IS NOT NULL AND county_id IS NOT NULL THEN county_id || '·' || agents.area_id ELSE agents.area_id END AS area_id,
    coalesce(county_id, '-') AS county_id,
    town_name, manager_name, is_repairer, hired_on, left_on, listed_from_on
FROM (
    SELECT *, row_number() OVER (PARTITION BY agent_id, listed_from_on ORDER BY file_no DESC, row DESC) AS newness
    FROM (
        SELECT *, CASE WHEN file_month = '' THEN DATE '1900-01-01' ELSE CAST(file_month || '-01' AS DATE) END AS listed_from_on
        FROM clean.agents
    ) AS dated
) AS agents
LEFT JOIN shared ON shared.area_id = agents.area_id
WHERE newness = 1
