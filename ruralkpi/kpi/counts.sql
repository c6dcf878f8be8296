-- the counts behind every figure, by outcome; the same for agents and areas (STANDARD section 2)
CAST(sum(CASE WHEN outcome = 'met' THEN 1 ELSE 0 END) AS BIGINT) AS met_n,
CAST(sum(CASE WHEN outcome IN ('met', 'missed_late', 'missed_open') THEN 1 ELSE 0 END) AS BIGINT) AS owed_n,
CAST(sum(CASE WHEN outcome = 'pending' THEN 1 ELSE 0 END) AS BIGINT) AS pending_n,
CAST(sum(CASE WHEN outcome = 'unknown' THEN 1 ELSE 0 END) AS BIGINT) AS unknown_n,
CAST(sum(CASE WHEN outcome = 'exempt' THEN 1 ELSE 0 END) AS BIGINT) AS exempt_n,
CAST(sum(CASE WHEN outcome = 'missed_late' THEN 1 ELSE 0 END) AS BIGINT) AS late_n,
CAST(sum(CASE WHEN outcome = 'missed_open' THEN 1 ELSE 0 END) AS BIGINT) AS open_n,
CAST(sum(CASE WHEN reason = 'partial_slot' THEN 1 ELSE 0 END) AS BIGINT) AS partial_n,
CAST(sum(CASE WHEN outcome_unexempted = 'met' THEN 1 ELSE 0 END) AS BIGINT) AS unexempted_met_n,
CAST(sum(CASE WHEN outcome_unexempted IN ('met', 'missed_late', 'missed_open') THEN 1 ELSE 0 END) AS BIGINT) AS unexempted_owed_n
