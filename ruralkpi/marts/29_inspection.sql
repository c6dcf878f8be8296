-- inspection: one row per item looked at in a spot check; each names its clause
-- key: source_id
SELECT
    inspection.agent_id || '/' || CAST(inspection.inspected_on AS VARCHAR) || '/' || inspection.item || '/' || inspection.clause AS source_id,
    'inspections' AS source_table,
    CAST(NULL AS VARCHAR) AS customer_id,
    inspection.agent_id,
    coalesce(agent.area_id, '-') AS area_id,
    inspection.inspected_on,
    CAST(inspection.inspected_on AS TIMESTAMP) AS inspected_at, 'day' AS inspected_precision,
    inspection.is_passed, inspection.is_passed_means,
    inspection.file, inspection.row, inspection.absent, inspection.version_n, inspection.file_month
FROM clean.inspections AS inspection
LEFT JOIN agent ON agent.agent_id = inspection.agent_id
