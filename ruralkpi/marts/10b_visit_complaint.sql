-- visit_complaint: one row per visit on which a complaint was raised, with the complaint of the export that it is, or NULL where it stands in none (X23)
-- key: file_no, row
WITH asked AS (
    SELECT
        *,
        coalesce(visit_id, file || ':' || CAST(row AS VARCHAR)) AS source_id,
        question_kind_means = 'complaint' AS is_of_kind,
        list_contains(purpose_means, 'complaint') AS is_on_purpose
    FROM clean.visits
    WHERE coalesce(question_means, '') <> 'nothing'
), said AS (
    -- what the question is counts for more than what the visit was for
    SELECT *, coalesce(is_of_kind, false) AS is_raised_here
    FROM asked
    WHERE coalesce(is_of_kind, false)
        OR ((question IS NOT NULL OR question_replied_at IS NOT NULL) AND (complaint_id IS NOT NULL OR (question_kind IS NULL AND is_on_purpose)))
), receipt AS (
    -- each receipt of one that came again (X17)
    SELECT complaint_id, customer_id, received_at, closed_at FROM clean.complaints WHERE reopened_n = 0
    UNION ALL
    SELECT complaint_id, customer_id, received_at, closed_at FROM clean.complaints_receipts
), tied AS (
    SELECT file_no, row, coalesce(min(linked_id), min(alike_id)) AS tied_id
    FROM (
        SELECT said.file_no, said.row, complaint.complaint_id AS linked_id, CAST(NULL AS VARCHAR) AS alike_id
        FROM said
        JOIN clean.complaints AS complaint ON complaint.complaint_id = said.complaint_id
        UNION ALL
        SELECT said.file_no, said.row, NULL, receipt.complaint_id
        FROM said
        JOIN receipt
            ON receipt.customer_id = said.customer_id AND (
                CAST(receipt.received_at AS DATE) = CAST(said.visited_at AS DATE)
                -- a visit for a complaint is for the one that is open
                OR (NOT said.is_raised_here AND said.complaint_id IS NULL AND receipt.received_at < said.visited_at
                    AND coalesce(CAST(receipt.closed_at AS DATE) >= CAST(said.visited_at AS DATE), true)))
    ) AS either
    GROUP BY file_no, row
)
SELECT
    said.source_id, said.customer_id, said.agent_id, said.visited_at, said.visited_precision,
    said.question_replied_at, said.question_replied_precision,
    tied.tied_id AS complaint_id,
    -- two visits with one complaint's number are one complaint, that of the first
    tied.tied_id IS NULL AND row_number() OVER (
        PARTITION BY said.customer_id, coalesce(said.complaint_id, said.source_id) ORDER BY said.visited_at, said.source_id, said.file_no, said.row
    ) = 1 AS is_own,
    said.file_no, said.file, said.row, said.absent, said.version_n, said.file_month
FROM said
LEFT JOIN tied ON tied.file_no = said.file_no AND tied.row = said.row
