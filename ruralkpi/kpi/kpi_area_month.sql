-- kpi_area_month: one row per rule, area and month; agents of the area together with what the area alone owes (X11)
WITH counted AS (
    SELECT
        rule_id,
        area_id,
        month,
        {counts}
    FROM obligation
    GROUP BY rule_id, area_id, month
), grid AS (
    SELECT rule.rule_id, area.area_id, month.month FROM area CROSS JOIN rule CROSS JOIN month
)
SELECT
    coalesce(counted.rule_id, grid.rule_id) AS rule_id,
    coalesce(counted.area_id, grid.area_id) AS area_id,
    coalesce(area.county_id, '-') AS county_id,
    coalesce(counted.month, grid.month) AS month,
    {filled}
FROM grid
FULL OUTER JOIN counted
    ON counted.rule_id = grid.rule_id AND counted.area_id = grid.area_id AND counted.month = grid.month
LEFT JOIN area ON area.area_id = coalesce(counted.area_id, grid.area_id)
