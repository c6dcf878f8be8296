-- renewal_pair: one row per agreement without a link and a successor that could be its renewal (section 5); place orders a customer's by nearness
-- key: ended_id, successor_id
WITH ended AS (
    SELECT
        *,
        row_number() OVER (PARTITION BY customer_id, product, expires_on ORDER BY CASE WHEN renewed_at IS NULL THEN 1 ELSE 0 END, agreement_id) AS nth
    FROM agreement_term
    WHERE is_current AND renewal_id IS NULL AND NOT is_open_ended AND NOT is_auto_renew AND NOT is_ended_by_operator
), successor AS (
    SELECT next.*, row_number() OVER (PARTITION BY next.customer_id, next.product, next.starts_on ORDER BY next.agreement_id) AS nth
    FROM agreement_term AS next
    LEFT JOIN (SELECT DISTINCT customer_id, renewal_id FROM agreement_term) AS link
        ON link.customer_id = next.customer_id AND link.renewal_id = next.agreement_id
    WHERE link.renewal_id IS NULL AND next.is_current AND NOT next.is_continued
)
SELECT
    ended.source_id AS ended_id,
    successor.source_id AS successor_id,
    row_number() OVER (
        PARTITION BY ended.customer_id, coalesce(ended.product, '')
        ORDER BY CASE WHEN ended.renewed_at IS NULL THEN 1 ELSE 0 END,  -- who says that it was renewed comes first
            abs(date_diff('day', ended.expires_on + 1, successor.starts_on)), successor.starts_on,
            abs(ended.nth - successor.nth), ended.source_id, successor.source_id
    ) AS place
FROM ended
JOIN successor
    ON successor.customer_id = ended.customer_id AND coalesce(successor.product, '') = coalesce(ended.product, '')
    AND successor.agreement_id <> ended.agreement_id
    AND successor.starts_on BETWEEN ended.expires_on - 90 AND ended.expires_on + 30
    AND successor.expires_on > ended.expires_on AND successor.starts_on > coalesce(ended.starts_on, successor.starts_on - 1)
