-- grain: one row per rule.
SELECT rule_id, clause, {label} AS label, use, owner_role, version, target, {how} AS how FROM rule ORDER BY rule_no
