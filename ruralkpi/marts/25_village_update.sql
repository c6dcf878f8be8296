-- village_update: one row per village and section of information, when it was last updated
SELECT
    info.village_name, reporter.county_id, info.agent_id, info.updated_on, CAST(info.updated_on AS TIMESTAMP) AS updated_at, 'day' AS updated_precision,
    CASE WHEN info.section LIKE '%基本%' THEN '基本' WHEN info.section LIKE '%业务%' THEN '业务'
         WHEN info.section LIKE '%渠道%' THEN '渠道' WHEN info.section LIKE '%竞争%' THEN '竞争' END AS section,
    info.file, info.row, info.absent, info.version_n, info.file_month
FROM clean.village_info AS info
LEFT JOIN agent AS reporter ON reporter.agent_id = info.agent_id
