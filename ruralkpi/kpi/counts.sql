-- the counts behind every figure, by outcome; the same for agents and areas (STANDARD section 2)
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
