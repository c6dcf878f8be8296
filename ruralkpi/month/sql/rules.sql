-- grain: one row per rule, those of managers and the hotline included.
SELECT * FROM rule ORDER BY rule_no
