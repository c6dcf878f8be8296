-- visit_question: one row per question left open at a visit; complaints raised on a visit are complaints (X23)
WITH asked AS (
    SELECT *, coalesce(visit_id, file || ':' || CAST(row AS VARCHAR)) AS source_id
    FROM clean.visits
    WHERE (question IS NOT NULL AND question NOT IN ('无', '没有', '否', '-', '/', '—', '0'))
        OR (question IS NULL AND question_replied_at IS NOT NULL)
)
SELECT
    asked.source_id,
    'visits' AS source_table,
    asked.customer_id,
    asked.agent_id,
    coalesce(agent.area_id, '-') AS area_id,
    asked.visited_at,
    asked.visited_precision,
    asked.question_replied_at,
    asked.question_replied_precision,
    asked.complaint_id IS NOT NULL OR coalesce(asked.question_kind, '') LIKE '%投诉%' OR told.customer_id IS NOT NULL AS is_complaint,
    asked.file,
    asked.row,
    asked.absent,
    asked.version_n,
    asked.file_month
FROM asked
LEFT JOIN agent ON agent.agent_id = asked.agent_id
LEFT JOIN (SELECT DISTINCT customer_id, CAST(received_at AS DATE) AS day FROM clean.complaints) AS told
    ON told.customer_id = asked.customer_id AND told.day = CAST(asked.visited_at AS DATE)
    AND coalesce(asked.purpose, '') LIKE '%投诉%'
