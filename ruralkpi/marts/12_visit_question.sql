-- visit_question: one row per question left open at a visit; complaints raised on a visit are complaints (X23)
-- key: source_id
WITH asked AS (
    SELECT *, coalesce(visit_id, file || ':' || CAST(row AS VARCHAR)) AS source_id
    FROM clean.visits
    WHERE (question IS NOT NULL AND coalesce(question_means, '') <> 'nothing')
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
    raised.row IS NOT NULL AS is_complaint,
    asked.file,
    asked.row,
    asked.absent,
    asked.version_n,
    asked.file_month
FROM asked
LEFT JOIN agent ON agent.agent_id = asked.agent_id
LEFT JOIN visit_complaint AS raised ON raised.file_no = asked.file_no AND raised.row = asked.row
