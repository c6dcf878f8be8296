-- exemption: one row per rule and record with an approved reason (X21)
-- key: rule_id, source_id
SELECT rule_id, source_id, reason_code, approver_name, note, file, row
FROM clean.exemptions
