-- job: one row per install, move or repair job at the customer's, with what was ticked on it
WITH item AS (
    SELECT list, word FROM (VALUES
        -- shoe covers are the customer's choice
        ('kit', '防尘布'), ('kit', '(擦桌布|抹布)'), ('kit', '服务卡'), ('kit', '监督表'),
        ('notices', '10000'), ('notices', '10001'), ('notices', '114'), ('notices', '(网上|网厅|在线|线上|网络)')
    ) AS i(list, word)
), ticked AS (
    SELECT
        job.job_id, item.list,
        min(CASE WHEN regexp_matches(job.text, item.word)
                 AND NOT regexp_matches(job.text, '(缺|无|没|未|少)[^、，,;；。]*' || item.word || '|' || item.word || '[^、，,;；。]{0,3}(×|✗|否|缺|无|未)')
            THEN 1 ELSE 0 END) AS has_all
    FROM (
        SELECT job_id, 'kit' AS list, kit AS text FROM clean.jobs
        UNION ALL SELECT job_id, 'notices', notices FROM clean.jobs
    ) AS job
    JOIN item ON item.list = job.list
    WHERE job.text IS NOT NULL
    GROUP BY job.job_id, item.list
), named AS (
    SELECT
        *,
        CASE WHEN job_kind LIKE '%移%' OR job_kind LIKE '%迁%' THEN 'move' WHEN job_kind LIKE '%修%' THEN 'repair'
             WHEN job_kind LIKE '%装%' THEN 'install' END AS kind,
        coalesce(finished_at, arrived_at, planned_at,
            CAST(CAST(nullif(file_month, '') || '-01' AS DATE) + INTERVAL 1 MONTH AS TIMESTAMP) - INTERVAL 1 DAY) AS job_at,
        CASE WHEN finished_at IS NOT NULL THEN finished_precision WHEN arrived_at IS NOT NULL THEN arrived_precision
             WHEN planned_at IS NOT NULL THEN planned_precision ELSE 'day' END AS job_precision
    FROM clean.jobs
)
SELECT
    job.job_id AS source_id,
    'jobs' AS source_table,
    job.customer_id,
    job.agent_id,
    coalesce(agent.area_id, '-') AS area_id,
    job.kind,
    job.job_at, job.job_precision, CAST(job.job_at AS DATE) AS job_on,
    job.is_signed,
    CASE WHEN job.kind = 'repair' THEN regexp_matches(job.form_kind, '质量|监督') ELSE regexp_matches(job.form_kind, '施工|工单') END AS is_form_fit,
    -- a list is ticked item by item, or as a whole
    CASE WHEN job.kit IS NOT NULL THEN kit.has_all = 1 OR regexp_matches(upper(job.kit), '^(是|√|✓|✔|1|Y|YES|全|齐|齐全|齐备|完整|全部|合格)$') END AS has_kit,
    CASE WHEN job.notices IS NOT NULL THEN notices.has_all = 1
        OR regexp_matches(upper(job.notices), '^(是|√|✓|✔|1|Y|YES|全|齐全|完整|全部|已告知|全部告知|合格)$') END AS has_notices,
    coalesce(customer.is_ehome, false) AS is_ehome,
    job.is_ehome_told, job.is_line_tested,
    job.is_identity_checked,
    coalesce(job.is_mismatch, false) AS is_mismatch,
    job.mismatch_told_at IS NOT NULL AS is_mismatch_told,
    job.file, job.row, job.absent, job.version_n, job.file_month
FROM named AS job
LEFT JOIN ticked AS kit ON kit.job_id = job.job_id AND kit.list = 'kit'
LEFT JOIN ticked AS notices ON notices.job_id = job.job_id AND notices.list = 'notices'
LEFT JOIN agent ON agent.agent_id = job.agent_id
LEFT JOIN customer ON customer.customer_id = job.customer_id
WHERE job.kind IS NOT NULL
