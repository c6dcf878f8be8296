-- fact: one row per opportunity, horizon and basis of its created-month cohort; open ones stay in the denominator
WITH made AS (
    SELECT
        opportunity_id, agent_id, created_at, closed_at, amount_yuan, stage_means = 'won' AS is_won,
        -- neither won, lost nor open: a word or a blank that can't tell, which is not counted (X25)
        CASE WHEN stage_means = 'lost' OR (stage_means = 'won' AND closed_at IS NOT NULL) THEN false
             WHEN coalesce(stage_means, 'open') = 'open' AND closed_at IS NULL THEN true END AS is_open
    FROM clean.opportunities
    -- a file without either column can't show a win
    WHERE NOT coalesce(is_nil_report, false) AND NOT list_contains(string_split(absent, ' '), 'stage')
        AND NOT list_contains(string_split(absent, ' '), 'closed_at')
)
SELECT
    'conversion_' || basis.basis AS measure_id, part.part, made.agent_id, coalesce(agent.area_id, '-') AS area_id,
    strftime(made.created_at, '%Y-%m') AS month, made.opportunity_id AS unit_id,
    CASE WHEN made.is_won AND made.closed_at <= made.created_at + part.days * INTERVAL 1 DAY
        THEN CASE WHEN basis.basis = 'count' THEN 1.0 ELSE made.amount_yuan END ELSE 0.0 END AS hit,
    CASE WHEN basis.basis = 'count' THEN 1.0 ELSE made.amount_yuan END AS weight,
    made.is_open AND made.created_at + part.days * INTERVAL 1 DAY > {as_of} AS is_provisional
FROM made
LEFT JOIN agent ON agent.agent_id = made.agent_id
CROSS JOIN (VALUES ('within_30', 30), ('within_60', 60), ('within_90', 90)) AS part(part, days)
CROSS JOIN (VALUES ('count'), ('value')) AS basis(basis)
WHERE made.is_open IS NOT NULL AND (basis.basis = 'count' OR made.amount_yuan IS NOT NULL)
