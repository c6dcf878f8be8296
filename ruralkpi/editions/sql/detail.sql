-- grain: one moved obligation, with how its records changed; asks old_file and new_file (title, name, content) and later_row.
-- late: of a file that was not there; corrected: the same file says otherwise; withdrawn: no longer said; other_file: another file
-- decides; moved: another agent's, area's or month's; recomputed: of the same records.
SELECT moved.*,
    CASE
        WHEN outcome_to IS NULL AND later_row.month IS NOT NULL THEN 'moved'
        WHEN outcome_to IS NULL THEN 'withdrawn'
        WHEN outcome_from IS NOT NULL AND (agent_from, area_from) IS DISTINCT FROM (agent_to, area_to) THEN 'moved'
        WHEN file_to IS NULL THEN CASE WHEN file_from IS NULL THEN 'recomputed' ELSE 'withdrawn' END
        WHEN was.content IS NULL THEN 'late'
        WHEN was.content <> own.content THEN 'corrected'
        WHEN outcome_from IS NULL THEN 'moved'
        WHEN file_from IS DISTINCT FROM file_to THEN 'other_file'
        ELSE 'recomputed'
    END AS detail,
    CASE WHEN outcome_to IS NULL THEN later_row.month END AS month_to
FROM moved
LEFT JOIN later_row USING (rule_id, source_table, source_id)
LEFT JOIN (SELECT file, max(name) AS name, max(content) AS content FROM new_file GROUP BY file) AS own ON own.file = moved.file_to
LEFT JOIN (SELECT name, max(content) AS content FROM old_file GROUP BY name) AS was ON was.name = own.name
