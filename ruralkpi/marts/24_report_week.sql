-- report_week: one row per agent and week that the agent served on every day of (clause 2.3 ¶1)
-- Nil reports are the practice where the agent's own file has their column; for an agent in no file, where every file has it.
-- key: source_id
WITH own AS (
    SELECT agent_id, max(CASE WHEN list_contains(string_split(absent, ' '), 'is_nil_report') THEN 0 ELSE 1 END) AS has_column
    FROM clean.opportunities
    GROUP BY agent_id
), everywhere AS (
    SELECT min(CASE WHEN list_contains(string_split(absent, ' '), 'is_nil_report') THEN 0 ELSE 1 END) AS has_column
    FROM source_file
    WHERE source_table = 'opportunities'
), made AS (
    SELECT agent_id, CAST(created_at AS DATE) AS day, count(*) AS n
    FROM clean.opportunities
    WHERE NOT coalesce(is_nil_report, false)
    GROUP BY agent_id, CAST(created_at AS DATE)
)
SELECT
    agent.agent_id || '/' || CAST(slot.start_on AS VARCHAR) AS source_id,
    'report_week' AS source_table,
    CAST(NULL AS VARCHAR) AS customer_id,
    agent.agent_id,
    agent.area_id,
    slot.end_on,
    CAST(slot.start_on AS TIMESTAMP) AS start_at,
    'second' AS start_precision,
    slot.workday_n,
    slot.has_export,
    coalesce(own.has_column, everywhere.has_column, 0) = 1 AS has_nil_reports,
    CAST(coalesce(sum(made.n), 0) AS BIGINT) AS found_n,
    CAST(NULL AS VARCHAR) AS file, CAST(NULL AS BIGINT) AS row, '' AS absent, 1 AS version_n, '' AS file_month
FROM agent
JOIN slot ON slot.slot_kind = 'report_week' AND coalesce(agent.hired_on, slot.start_on) <= slot.start_on AND coalesce(agent.left_on, slot.end_on) >= slot.end_on
CROSS JOIN everywhere
LEFT JOIN own ON own.agent_id = agent.agent_id
LEFT JOIN made ON made.agent_id = agent.agent_id AND made.day BETWEEN slot.start_on AND slot.end_on
WHERE agent.is_listed
GROUP BY agent.agent_id, agent.area_id, slot.start_on, slot.end_on, slot.workday_n, slot.has_export, own.has_column, everywhere.has_column
