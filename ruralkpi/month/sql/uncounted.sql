-- grain: one row per rule of the month: what stands outside its rates.
SELECT rule_id, CAST(sum(unknown_n) AS BIGINT) AS unknown_n, CAST(sum(exempt_n) AS BIGINT) AS exempt_n
FROM kpi_area_month
WHERE month = $month
GROUP BY rule_id
ORDER BY rule_id
