-- agent_area: one row per agent and span in one area, with repairs or without: from its list's month until a later list says
-- otherwise (X33). The first list speaks for the time before it too: nothing else does.
-- key: agent_id, from_on
WITH turned AS (
    SELECT *
    FROM (
        SELECT *, lag(place_text) OVER (PARTITION BY agent_id ORDER BY listed_from_on) AS before_text
        FROM (SELECT *, concat_ws('/', CAST(coalesce(is_repairer, false) AS VARCHAR), area_id) AS place_text FROM listed_agent) AS placed
    ) AS beside
    WHERE before_text IS NULL OR before_text <> place_text
)
SELECT
    agent_id,
    area_id,
    county_id,
    is_repairer,
    CASE WHEN before_text IS NULL THEN DATE '1900-01-01' ELSE listed_from_on END AS from_on,
    coalesce(lead(listed_from_on) OVER (PARTITION BY agent_id ORDER BY listed_from_on) - 1, DATE '2199-12-31') AS to_on
FROM turned
