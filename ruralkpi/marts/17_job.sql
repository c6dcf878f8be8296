-- job: one row per install, move or repair job at the customer's, with what was ticked on it
-- has_kit, has_notices: NULL where nothing is said, where a word in no list may be what is lacking, or where one thing is said and
-- its contrary (X25); the last two are unread
-- key: source_id
WITH asked AS (
    SELECT list, item FROM (VALUES
        -- shoe covers are the customer's choice
        ('kit', 'dust_sheet'), ('kit', 'table_cloth'), ('kit', 'service_card'), ('kit', 'quality_form'),
        ('notices', 'n10000'), ('notices', 'n10001'), ('notices', 'n114'), ('notices', 'online')
    ) AS i(list, item)
), listed AS (
    SELECT file_no, row, 'kit' AS list, kit_means AS said FROM clean.jobs WHERE kit_means IS NOT NULL
    UNION ALL
    SELECT file_no, row, 'notices', notices_means FROM clean.jobs WHERE notices_means IS NOT NULL
), counted AS (
    SELECT
        listed.file_no, listed.row, listed.list,
        list_contains(said, '?') AS has_unknown,
        list_contains(said, 'lacking') AS has_lacking,
        list_contains(said, 'all') AS has_all,
        max(CASE WHEN list_contains(said, 'no_' || item) THEN 1 ELSE 0 END) = 1 AS lacks_one,
        min(CASE WHEN list_contains(said, item) THEN 1 ELSE 0 END) = 1 AS has_each
    FROM listed
    JOIN asked ON asked.list = listed.list
    GROUP BY listed.file_no, listed.row, listed.list, said
), ticked AS (
    SELECT
        file_no, row, list,
        -- a list is ticked item by item, or as a whole
        CASE WHEN has_lacking AND (has_all OR has_each) THEN CAST(NULL AS BOOLEAN)
             WHEN has_lacking OR lacks_one THEN false
             WHEN has_each THEN true
             WHEN has_unknown THEN CAST(NULL AS BOOLEAN)
             ELSE has_all END AS has_all,
        has_unknown OR (has_lacking AND (has_all OR has_each)) AS is_unread
    FROM counted
), dated AS (
    SELECT
        *,
        coalesce(finished_at, arrived_at, planned_at,
            CAST(CAST(nullif(file_month, '') || '-01' AS DATE) + INTERVAL 1 MONTH AS TIMESTAMP) - INTERVAL 1 DAY) AS job_at,
        CASE WHEN finished_at IS NOT NULL THEN finished_precision WHEN arrived_at IS NOT NULL THEN arrived_precision
             WHEN planned_at IS NOT NULL THEN planned_precision ELSE 'day' END AS job_precision
    FROM clean.jobs
    -- a kind in no list makes nobody owe
    WHERE job_kind_means IN ('install', 'move', 'repair')
)
SELECT
    job.job_id AS source_id,
    'jobs' AS source_table,
    job.customer_id,
    job.agent_id,
    coalesce(agent.area_id, '-') AS area_id,
    job.job_kind_means AS kind,
    job.job_at, job.job_precision, CAST(job.job_at AS DATE) AS job_on,
    job.is_signed, job.is_signed_means,
    CASE WHEN job.form_kind_means <> '?' THEN job.form_kind_means = CASE WHEN job.job_kind_means = 'repair' THEN 'quality_form' ELSE 'work_order' END END AS is_form_fit,
    job.form_kind_means,
    kit.has_all AS has_kit, coalesce(kit.is_unread, false) AS is_kit_unread,
    notices.has_all AS has_notices, coalesce(notices.is_unread, false) AS is_notices_unread,
    -- before the first list, what the newest says
    coalesce(CASE WHEN state.customer_id IS NULL THEN customer.is_ehome ELSE state.is_ehome END, false) AS is_ehome,
    job.is_ehome_told, job.is_ehome_told_means, job.is_line_tested, job.is_line_tested_means,
    job.is_identity_checked, job.is_identity_checked_means,
    coalesce(job.is_mismatch, false) AS is_mismatch,
    job.mismatch_told_at IS NOT NULL AS is_mismatch_told,
    job.file, job.row, job.absent, job.version_n, job.file_month
FROM dated AS job
LEFT JOIN ticked AS kit ON kit.file_no = job.file_no AND kit.row = job.row AND kit.list = 'kit'
LEFT JOIN ticked AS notices ON notices.file_no = job.file_no AND notices.row = job.row AND notices.list = 'notices'
LEFT JOIN agent ON agent.agent_id = job.agent_id
LEFT JOIN customer ON customer.customer_id = job.customer_id
LEFT JOIN class_span AS state
    ON state.customer_id = job.customer_id AND CAST(job.job_at AS DATE) BETWEEN state.from_on AND state.to_on
