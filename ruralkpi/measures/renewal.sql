-- fact: one row per agreement, horizon and basis of its expiry-month cohort (section 5: D0, D7, D30, later = reactivated)
WITH ended AS (
    SELECT
        agreement.source_id, agreement.agent_id, agreement.area_id, agreement.expires_on, CAST(agreement.renewed_at AS DATE) AS renewed_on,
        agreement.monthly_yuan AS old_yuan, agreement.renewed_monthly_yuan AS new_yuan
    FROM agreement
    -- what the rule does not ask for, finds void or can't decide is in no cohort
    JOIN obligation AS owed
        ON owed.rule_id = 'agreement_renewed_in_time' AND owed.source_id = agreement.source_id AND owed.due_on = agreement.expires_on
        AND owed.outcome NOT IN ('void', 'unknown')
    WHERE CAST(agreement.expires_on + 1 AS TIMESTAMP) <= {as_of}
), horizon AS (
    SELECT ended.*, part.part, part.days
    FROM ended CROSS JOIN (VALUES ('d0', 0), ('d7', 7), ('d30', 30), ('reactivated', 30)) AS part(part, days)
), judged AS (
    SELECT
        *,
        coalesce(CASE WHEN part = 'reactivated' THEN renewed_on > expires_on + days ELSE renewed_on <= expires_on + days END, false) AS is_renewed,
        renewed_on IS NULL AND part <> 'reactivated' AND CAST(expires_on + days + 1 AS TIMESTAMP) > {as_of} AS is_open
    FROM horizon
)
SELECT
    'renewal_' || basis.basis AS measure_id, part, agent_id, area_id, strftime(expires_on, '%Y-%m') AS month, CAST(NULL AS VARCHAR) AS unit_id,
    CASE
        WHEN NOT is_renewed THEN 0.0
        WHEN basis.basis = 'count' THEN 1.0
        WHEN basis.basis = 'gross' THEN least(new_yuan, old_yuan)
        ELSE new_yuan
    END AS hit,
    CASE WHEN basis.basis = 'count' THEN 1.0 ELSE old_yuan END AS weight,
    is_open AS is_provisional
FROM judged
CROSS JOIN (VALUES ('count'), ('gross'), ('net')) AS basis(basis)
-- an amount that is not known on either side says nothing of value
WHERE basis.basis = 'count' OR (old_yuan IS NOT NULL AND (renewed_on IS NULL OR new_yuan IS NOT NULL))
