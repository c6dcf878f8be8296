-- appointment: one row per on-site visit or job with a planned time (clauses 2.1.1(3) and 1.3.4.2(1))
-- key: source_table, source_id
SELECT
    source_id, source_table, customer_id, agent_id, area_id, planned_at, planned_precision, arrived_at, arrived_precision,
    file, row, absent, version_n, file_month
FROM visit
WHERE kind = 'onsite' AND is_planned
UNION ALL
SELECT
    job.job_id, 'jobs', job.customer_id, job.agent_id, coalesce(agent.area_id, '-'),
    job.planned_at, job.planned_precision, job.arrived_at, job.arrived_precision,
    job.file, job.row, job.absent, job.version_n, job.file_month
FROM clean.jobs AS job
LEFT JOIN agent ON agent.agent_id = job.agent_id
WHERE job.planned_at IS NOT NULL
