-- agent_area: one row per agent and span in one area: from its list's month until a later list says otherwise (X33)
-- The first list speaks for the time before it too: nothing else does.
-- key: agent_id, from_on
WITH listed AS (
    SELECT
        agent_id, area_id, coalesce(county_id, '-') AS county_id,
        CASE WHEN file_month = '' THEN DATE '1900-01-01' ELSE CAST(file_month || '-01' AS DATE) END AS listed_on,
        row_number() OVER (PARTITION BY agent_id, file_month ORDER BY file_no DESC, row DESC) AS newness
    FROM clean.agents
), turned AS (
    SELECT agent_id, area_id, county_id, listed_on, before_id
    FROM (
        SELECT *, lag(area_id) OVER (PARTITION BY agent_id ORDER BY listed_on) AS before_id
        FROM listed
        WHERE newness = 1
    ) AS beside
    WHERE before_id IS NULL OR before_id <> area_id
)
SELECT
    agent_id,
    area_id,
    county_id,
    CASE WHEN before_id IS NULL THEN DATE '1900-01-01' ELSE listed_on END AS from_on,
    coalesce(lead(listed_on) OVER (PARTITION BY agent_id ORDER BY listed_on) - 1, DATE '2199-12-31') AS to_on
FROM turned
