-- grain: one row per quarantined record of the month's or earlier files that names the agent, with all its messages.
WITH mine AS (
    SELECT source_table, file, row, code, severity, message
    FROM quarantine
    WHERE contains(record, $agent_id)
      AND list_contains(json_extract_string(record, ['$.工号', '$.受理人', '$.维修人', '$.填报人']), $agent_id)
)
SELECT
    source_table, file, row, min(severity) AS severity,
    string_agg(code, ' ' ORDER BY code, message) AS code,
    string_agg(message, '；' ORDER BY code, message) AS message,
    count(*) OVER () AS all_n
FROM mine
WHERE severity <> 'warn'
GROUP BY source_table, file, row
ORDER BY file DESC, row
LIMIT $most
