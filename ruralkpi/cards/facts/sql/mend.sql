-- grain: one row per agent and quarantined record of the month's or earlier files that names it, with all its messages.
WITH named AS (
    SELECT
        source_table, file, row, code, severity, message,
        unnest(list_distinct(json_extract_string(record, $naming))) AS agent_id
    FROM quarantine
    WHERE severity <> 'warn'
)
SELECT
    agent_id, source_table, file, row, min(severity) AS severity,
    string_agg(code, ' ' ORDER BY code, message) AS code,
    list(message ORDER BY code, message) AS texts,
    count(*) OVER (PARTITION BY agent_id) AS all_n
FROM named
WHERE agent_id IN (SELECT unnest($agents))
GROUP BY agent_id, source_table, file, row
QUALIFY row_number() OVER (PARTITION BY agent_id ORDER BY file DESC, row, source_table) <= $most
ORDER BY file DESC, row, source_table
