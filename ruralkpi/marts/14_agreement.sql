-- agreement: one row per agreement, with its renewal: signed, or the successor that follows it (section 5)
WITH successor AS (
    SELECT
        ended.agreement_id,
        next.agreement_id AS renewal_id,
        next.starts_on,
        next.amount_yuan,
        next.agreement_id = ended.renewal_id AS is_linked,
        row_number() OVER (
            PARTITION BY ended.agreement_id
            ORDER BY CASE WHEN next.agreement_id = ended.renewal_id THEN 0 ELSE 1 END, next.starts_on, next.agreement_id
        ) AS choice
    FROM clean.agreements AS ended
    JOIN clean.agreements AS next
        ON next.customer_id = ended.customer_id AND next.agreement_id <> ended.agreement_id
    WHERE next.agreement_id = ended.renewal_id
        OR (ended.renewal_id IS NULL AND coalesce(next.product, '') = coalesce(ended.product, '')
            AND next.starts_on > ended.expires_on)
)
SELECT
    agreement.agreement_id AS source_id,
    'agreements' AS source_table,
    agreement.customer_id,
    coalesce(held.agent_id, agreement.agent_id, customer.agent_id) AS agent_id,
    coalesce(agent.area_id, '-') AS area_id,
    agreement.starts_on,
    agreement.expires_on,
    CAST(agreement.expires_on AS TIMESTAMP) AS expires_at,
    'day' AS expires_precision,
    -- a successor in force without a gap was agreed on by the expiry day at the latest
    coalesce(agreement.renewed_at, CASE WHEN successor.starts_on <= agreement.expires_on + 1
        THEN CAST(least(successor.starts_on, agreement.expires_on) AS TIMESTAMP) ELSE CAST(successor.starts_on AS TIMESTAMP) END) AS renewed_at,
    CASE WHEN agreement.renewed_at IS NOT NULL THEN agreement.renewed_precision WHEN successor.renewal_id IS NOT NULL THEN 'day' END AS renewed_precision,
    successor.renewal_id IS NOT NULL AND NOT coalesce(successor.is_linked, false) AND agreement.renewed_at IS NULL AS is_matched,
    successor.renewal_id,
    agreement.amount_yuan,
    successor.amount_yuan AS renewed_amount_yuan,
    agreement.reminded_at, agreement.reminded_precision,
    agreement.updated_at, agreement.updated_precision,
    agreement.end_reason,
    regexp_matches(coalesce(agreement.end_reason, ''), '电信|运营商|我方|产品退市|业务下线') AS is_ended_by_operator,
    coalesce(agreement.is_auto_renew, false) AS is_auto_renew,
    agreement.product,
    agreement.file, agreement.row, agreement.absent, agreement.version_n, agreement.file_month
FROM clean.agreements AS agreement
LEFT JOIN successor ON successor.agreement_id = agreement.agreement_id AND successor.choice = 1
LEFT JOIN assignment_span AS held
    ON held.customer_id = agreement.customer_id AND agreement.expires_on BETWEEN held.from_on AND held.to_on
LEFT JOIN customer ON customer.customer_id = agreement.customer_id
LEFT JOIN agent ON agent.agent_id = coalesce(held.agent_id, agreement.agent_id, customer.agent_id)
