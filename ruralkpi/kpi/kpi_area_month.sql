-- kpi_area_month: one row per rule, area and month; agents of the area together with what the area alone owes (X11)
SELECT
    rule_id,
    obligation.area_id,
    min(coalesce(area.county_id, '-')) AS county_id,
    month,
    sum(CASE WHEN outcome = 'met' THEN 1 ELSE 0 END) AS met_n,
    sum(CASE WHEN outcome IN ('met', 'missed_late', 'missed_open') THEN 1 ELSE 0 END) AS owed_n,
    sum(CASE WHEN outcome = 'pending' THEN 1 ELSE 0 END) AS pending_n,
    sum(CASE WHEN outcome = 'unknown' THEN 1 ELSE 0 END) AS unknown_n,
    sum(CASE WHEN outcome = 'exempt' THEN 1 ELSE 0 END) AS exempt_n,
    sum(CASE WHEN outcome = 'missed_late' THEN 1 ELSE 0 END) AS late_n,
    sum(CASE WHEN outcome = 'missed_open' THEN 1 ELSE 0 END) AS open_n,
    sum(CASE WHEN reason = 'partial_slot' THEN 1 ELSE 0 END) AS partial_n,
    sum(CASE WHEN outcome_unexempted = 'met' THEN 1 ELSE 0 END) AS unexempted_met_n,
    sum(CASE WHEN outcome_unexempted IN ('met', 'missed_late', 'missed_open') THEN 1 ELSE 0 END) AS unexempted_owed_n
FROM obligation
LEFT JOIN area ON area.area_id = obligation.area_id
GROUP BY rule_id, obligation.area_id, month
