-- village_month: one row per village or township, section of information and month; owed by the agent with most customers there
-- key: source_id
WITH lived AS (
    SELECT
        customer.village_name, agent.county_id, agent.agent_id, agent.area_id, agent.hired_on, agent.left_on,
        row_number() OVER (PARTITION BY customer.village_name, agent.county_id ORDER BY count(*) DESC, agent.agent_id) AS choice
    FROM customer
    JOIN agent ON agent.agent_id = customer.agent_id
    WHERE customer.village_name IS NOT NULL AND customer.is_active
    GROUP BY customer.village_name, agent.county_id, agent.agent_id, agent.area_id, agent.hired_on, agent.left_on
), known AS (
    SELECT lived.*, update.section AS known_section, update.updated_at, update.file, update.row,
        row_number() OVER (PARTITION BY lived.village_name, lived.county_id, update.section ORDER BY update.updated_at DESC, update.row) AS newness
    FROM lived
    LEFT JOIN village_update AS update
        ON update.section IS NOT NULL AND update.village_name = lived.village_name AND coalesce(update.county_id, lived.county_id) = lived.county_id
    WHERE lived.choice = 1
), unread AS (
    SELECT DISTINCT village_name, county_id FROM village_update WHERE section IS NULL
)
SELECT
    village.village_name || '/' || village.county_id || '/' || part.section || '/' || strftime(slot.end_on, '%Y-%m') AS source_id,
    'village_month' AS source_table,
    CAST(NULL AS VARCHAR) AS customer_id,
    -- before and after the agent's own time only the area owes it
    CASE WHEN coalesce(village.hired_on, slot.end_on) <= slot.end_on AND coalesce(village.left_on, slot.end_on) >= slot.end_on THEN village.agent_id END AS agent_id,
    village.area_id,
    part.section,
    slot.end_on,
    CAST(slot.end_on + 1 AS TIMESTAMP) AS ended_at,
    known.updated_at, 'day' AS updated_precision,
    unread.village_name IS NOT NULL AS is_section_unread,
    slot.has_export,
    known.file, known.row, '' AS absent, 1 AS version_n, '' AS file_month
FROM lived AS village
CROSS JOIN (VALUES ('基本'), ('业务'), ('渠道'), ('竞争')) AS part(section)
JOIN slot ON slot.slot_kind = 'info_month'
LEFT JOIN known ON known.village_name = village.village_name AND known.county_id = village.county_id AND known.known_section = part.section AND known.newness = 1
LEFT JOIN unread ON unread.village_name = village.village_name AND coalesce(unread.county_id, village.county_id) = village.county_id
WHERE village.choice = 1
