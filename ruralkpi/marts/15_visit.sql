-- visit: one row per visit, with what was planned, promised and entered about it
-- key: source_id
SELECT
    coalesce(visit.visit_id, visit.file || ':' || CAST(visit.row AS VARCHAR)) AS source_id,
    'visits' AS source_table,
    visit.customer_id,
    visit.agent_id,
    coalesce(agent.area_id, '-') AS area_id,
    CASE WHEN visit.mode_means = '?' THEN 'unsaid' ELSE coalesce(visit.mode_means, 'onsite') END AS kind,
    coalesce(visit.result_means = 'vain', false) AS is_vain,
    coalesce(visit.result_means = '?', false) AS is_result_word_unknown,
    -- one that does not say it may have been no visit at the door, or met nobody (X25: a blank is a blank)
    visit.mode_means IS NULL AS is_mode_blank,
    visit.result_means IS NULL AS is_result_blank,
    -- what can't wait for a booking
    coalesce(list_contains(visit.purpose_means, 'urgent'), false) AS is_urgent,
    visit.visited_at, visit.visited_precision,
    visit.booked_at, visit.booked_precision,
    -- a booked visit without its plan was planned for when it took place
    coalesce(visit.planned_at, CASE WHEN visit.booked_at IS NOT NULL OR list_contains(string_split(visit.absent, ' '), 'planned_at')
        THEN visit.visited_at END) AS planned_at,
    CASE WHEN visit.planned_at IS NOT NULL THEN visit.planned_precision ELSE visit.visited_precision END AS planned_precision,
    visit.planned_at IS NOT NULL AS is_planned,
    visit.arrived_at, visit.arrived_precision,
    (visit.promise IS NOT NULL AND coalesce(visit.promise_means, '') <> 'nothing')
        OR (visit.promise IS NULL AND (visit.promised_at IS NOT NULL OR visit.promise_done_at IS NOT NULL)) AS is_promise,
    visit.promised_at, visit.promised_precision,
    visit.promise_done_at, visit.promise_done_precision,
    visit.entered_at, visit.entered_precision,
    visit.file_updated_at, visit.file_updated_precision,
    visit.opportunity_id IS NOT NULL AS is_opportunity_named,
    told.created_at AS opportunity_at, told.created_precision AS opportunity_precision,
    period.has_export AS has_opportunities,
    visit.file, visit.row, visit.absent, visit.version_n, visit.file_month
FROM clean.visits AS visit
LEFT JOIN agent ON agent.agent_id = visit.agent_id
LEFT JOIN clean.opportunities AS told ON told.opportunity_id = visit.opportunity_id
JOIN period ON period.slot_kind = 'report_week'
