-- request: one row per line that asks for a correction of a miss, by the code printed beside it
-- key: file, row
SELECT
    upper(replace(replace(code, '-', ''), ' ', '')) AS code, agent_id, reason_code, proof,
    CASE WHEN approver_name_means IS NULL THEN approver_name END AS approver_name, file, row
FROM clean.corrections
