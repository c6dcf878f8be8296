-- report: one row per opportunity or nil report that an agent sent in; `counts` is NULL where the file has no time of report
-- key: source_id
SELECT
    report.opportunity_id AS source_id,
    report.agent_id,
    coalesce(report.reported_at, report.created_at) AS reported_at,
    CASE WHEN report.reported_at IS NOT NULL THEN report.reported_precision ELSE report.created_precision END AS reported_precision,
    CASE WHEN report.reported_at IS NOT NULL OR report.is_nil_report THEN true
         WHEN list_contains(string_split(report.absent, ' '), 'reported_at') THEN CAST(NULL AS BOOLEAN)
         ELSE false END AS counts,
    report.file, report.row
FROM clean.opportunities AS report
