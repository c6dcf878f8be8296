-- grain: one figure (level, place, rule) whose met or owed moved, and one cause; what the cause moved of it.
-- A rate's points are split by row, the same from both ends: with m and o of both sides, a row's share of r1 - r0 is
-- (dm (o0 + o1) - do (m0 + m1)) / (2 o0 o1): whole numbers over what the figure's rows have in common, so they add up exactly.
WITH side AS (
    SELECT rule_id, cause, agent_from AS agent_id, area_from AS area_id, county_from AS county_id, source_id, source_table,
        -met_from AS met_n, -owed_from AS owed_n
    FROM moved WHERE outcome_from IS NOT NULL
    UNION ALL
    SELECT rule_id, cause, agent_to, area_to, county_to, source_id, source_table, met_to, owed_to
    FROM moved WHERE outcome_to IS NOT NULL
), placed AS (
    SELECT 'agent' AS level, agent_id AS place_id, * FROM side WHERE agent_id IS NOT NULL
    UNION ALL SELECT 'area', area_id, * FROM side WHERE area_id IS NOT NULL
    UNION ALL SELECT 'county', county_id, * FROM side WHERE county_id IS NOT NULL
    UNION ALL SELECT 'province', '*', * FROM side
), row_moved AS (
    SELECT level, place_id, rule_id, cause, source_table, source_id, sum(met_n) AS met_n, sum(owed_n) AS owed_n
    FROM placed GROUP BY ALL
), cause_moved AS (
    SELECT level, place_id, rule_id, cause, count(*) AS rows_n, sum(met_n) AS met_n, sum(owed_n) AS owed_n
    FROM row_moved WHERE met_n <> 0 OR owed_n <> 0
    GROUP BY ALL
)
SELECT
    cause_moved.level, cause_moved.place_id, cause_moved.rule_id,
    coalesce(old.met_n, 0) AS met_from, coalesce(old.owed_n, 0) AS owed_from,
    coalesce(new.met_n, 0) AS met_to, coalesce(new.owed_n, 0) AS owed_to,
    cause, CAST(rows_n AS BIGINT) AS rows_n, CAST(cause_moved.met_n AS BIGINT) AS met_moved_n,
    CAST(cause_moved.owed_n AS BIGINT) AS owed_moved_n,
    CAST(CASE WHEN old.owed_n > 0 AND new.owed_n > 0
        THEN cause_moved.met_n * (old.owed_n + new.owed_n) - cause_moved.owed_n * (old.met_n + new.met_n) END AS BIGINT) AS share_n,
    CAST(CASE WHEN old.owed_n > 0 AND new.owed_n > 0 THEN 2 * old.owed_n * new.owed_n END AS BIGINT) AS share_of_n
FROM cause_moved
LEFT JOIN old_figure AS old ON old.level = cause_moved.level AND old.place_id = cause_moved.place_id AND old.rule_id = cause_moved.rule_id
LEFT JOIN new_figure AS new ON new.level = cause_moved.level AND new.place_id = cause_moved.place_id AND new.rule_id = cause_moved.rule_id
