-- grain: one obligation whose part in a figure is not the same on both sides; *_from and *_to are NULL where it is not there.
SELECT
    coalesce(old.rule_id, new.rule_id) AS rule_id,
    coalesce(old.source_table, new.source_table) AS source_table,
    coalesce(old.source_id, new.source_id) AS source_id,
    old.agent_id AS agent_from, new.agent_id AS agent_to,
    old.area_id AS area_from, new.area_id AS area_to,
    old.county_id AS county_from, new.county_id AS county_to,
    old.outcome AS outcome_from, new.outcome AS outcome_to,
    old.done_at AS done_from, new.done_at AS done_to,
    old.file AS file_from, old.row AS row_from, new.file AS file_to, new.row AS row_to,
    CASE WHEN old.outcome = 'met' THEN 1 ELSE 0 END AS met_from,
    CASE WHEN new.outcome = 'met' THEN 1 ELSE 0 END AS met_to,
    CASE WHEN old.outcome IN ('met', 'missed_late', 'missed_open') THEN 1 ELSE 0 END AS owed_from,
    CASE WHEN new.outcome IN ('met', 'missed_late', 'missed_open') THEN 1 ELSE 0 END AS owed_to
FROM old_row AS old
FULL OUTER JOIN new_row AS new
    ON new.rule_id = old.rule_id AND new.source_table = old.source_table AND new.source_id = old.source_id
WHERE old.state IS DISTINCT FROM new.state
