-- grain: one row per area and rule of the month, what only the area owes included.
SELECT
    own.area_id, own.county_id, own.rule_id, rule.clause, rule.{label} AS label, rule.use, rule.owner_role,
    own.met_n, own.owed_n, own.rate, own.low, own.high, own.late_n, own.open_n, own.pending_n, own.unknown_n, own.exempt_n
FROM kpi_area_month AS own
INNER JOIN rule ON rule.rule_id = own.rule_id
WHERE own.month = $month AND ($area IS NULL OR own.area_id = $area)
ORDER BY own.area_id, rule.rule_no
