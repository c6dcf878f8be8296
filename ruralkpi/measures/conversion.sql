-- fact: one row per opportunity, horizon and basis of its created-month cohort; open ones stay in the denominator
SELECT
    'conversion_' || basis.basis AS measure_id, part.part, made.agent_id, coalesce(agent.area_id, '-') AS area_id,
    strftime(made.created_at, '%Y-%m') AS month, made.opportunity_id AS unit_id,
    CASE WHEN regexp_matches(coalesce(made.stage, ''), '赢|成交|成功|签约|转化') AND made.closed_at <= made.created_at + part.days * INTERVAL 1 DAY
        THEN CASE WHEN basis.basis = 'count' THEN 1.0 ELSE made.amount_yuan END ELSE 0.0 END AS hit,
    CASE WHEN basis.basis = 'count' THEN 1.0 ELSE made.amount_yuan END AS weight,
    made.closed_at IS NULL AND made.created_at + part.days * INTERVAL 1 DAY > {as_of} AS is_provisional
FROM clean.opportunities AS made
LEFT JOIN agent ON agent.agent_id = made.agent_id
CROSS JOIN (VALUES ('within_30', 30), ('within_60', 60), ('within_90', 90)) AS part(part, days)
CROSS JOIN (VALUES ('count'), ('value')) AS basis(basis)
WHERE NOT coalesce(made.is_nil_report, false) AND (basis.basis = 'count' OR made.amount_yuan IS NOT NULL)
