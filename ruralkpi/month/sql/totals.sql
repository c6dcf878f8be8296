-- grain: one row per rule that owed something in the month: the published total, what only areas owe included.
SELECT rule_id, sum(met_n) AS met_n, sum(owed_n) AS owed_n
FROM kpi_area_month
WHERE month = $month AND owed_n > 0
GROUP BY rule_id
ORDER BY rule_id
