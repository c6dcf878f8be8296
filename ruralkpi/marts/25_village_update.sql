-- village_update: one row per village and section of information, when it was last updated; section NULL: a word in no list (X25)
-- key: file, row
SELECT
    info.village_name, reporter.county_id, info.agent_id, info.updated_on, CAST(info.updated_on AS TIMESTAMP) AS updated_at, 'day' AS updated_precision,
    part.section,
    info.file, info.row, info.absent, info.version_n, info.file_month
FROM clean.village_info AS info
JOIN (VALUES ('basic', '基本'), ('business', '业务'), ('channel', '渠道'), ('competition', '竞争'), ('?', CAST(NULL AS VARCHAR))) AS part(meaning, section)
    ON list_contains(info.section_means, part.meaning)
LEFT JOIN agent AS reporter ON reporter.agent_id = info.agent_id
