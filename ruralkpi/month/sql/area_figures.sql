-- grain: one row per area and rule, with last month's counts beside; rules that owed nothing in both are left out.
SELECT
    rule.*,
    now.area_id, now.met_n, now.owed_n, now.pending_n, now.unknown_n, now.exempt_n, now.rate, now.low, now.high,
    last.met_n AS last_met_n, last.owed_n AS last_owed_n
FROM kpi_area_month AS now
INNER JOIN rule ON rule.rule_id = now.rule_id
LEFT JOIN kpi_area_month AS last
    ON last.rule_id = now.rule_id AND last.area_id = now.area_id AND last.month = $last
WHERE now.month = $month AND now.area_id IN (SELECT unnest($areas))
ORDER BY now.area_id, rule.rule_no
