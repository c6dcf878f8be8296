-- grain: one row per area.
SELECT area_id, county_id, manager_name FROM area ORDER BY area_id
