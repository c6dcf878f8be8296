-- kpi_composite: one row per agent and month; the project's own figure, off by default (STANDARD section 6)
-- Each dimension weighs the same. A rule that is n/a leaves its weight to the others of its dimension;
-- a dimension that is n/a as a whole leaves the weight unused, and over {max_unused} unused there is no composite.
WITH usable AS (
    SELECT kpi.agent_id, kpi.month, rule.dimension, CAST(floor(kpi.rate * 1e12 + 0.5e0) / 1e12 AS DECIMAL(18, 12)) AS rate
    FROM kpi_agent_month AS kpi
    JOIN rule ON rule.rule_id = kpi.rule_id
    WHERE rule.use = 'S' AND rule.owner_role = 'agent' AND kpi.owed_n > 0
        -- thin evidence stays out
        AND kpi.owed_n >= {min_evidence} * (kpi.owed_n + kpi.unknown_n)
), dimension AS (
    -- decimals add up to the same in any order
    SELECT agent_id, month, dimension, CAST(floor(CAST(sum(rate) AS DOUBLE) / count(*) * 1e12 + 0.5e0) / 1e12 AS DECIMAL(18, 12)) AS rate
    FROM usable
    GROUP BY agent_id, month, dimension
), weight AS (
    SELECT count(DISTINCT dimension) AS dimension_n FROM rule WHERE use = 'S' AND owner_role = 'agent'
)
SELECT
    dimension.agent_id,
    dimension.month,
    CASE WHEN 1 - count(*) / max(weight.dimension_n) <= {max_unused} THEN CAST(sum(dimension.rate) AS DOUBLE) / count(*) END AS composite,
    1 - count(*) / max(weight.dimension_n) AS unused_share
FROM dimension
CROSS JOIN weight
GROUP BY dimension.agent_id, dimension.month
