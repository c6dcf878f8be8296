-- agreement: one row per agreement and term, with its renewal: signed, linked, matched, or under its own number (section 5)
-- key: source_id
WITH followed AS (
    SELECT
        term.*,
        CASE WHEN term.is_current THEN next.starts_on ELSE term.next_starts_on END AS follows_on,
        coalesce(next.agreement_id, CASE WHEN NOT term.is_current THEN term.agreement_id END) AS successor_id,
        CASE WHEN term.is_current THEN renewal.means ELSE 'in_place' END AS means,
        coalesce(next.amount_yuan, own.amount_yuan) AS next_amount_yuan,
        -- several agreements that were made one share its worth by their own; whole millionths add up to the same in any order
        coalesce(next.monthly_yuan, own.monthly_yuan) * CASE WHEN count(*) OVER joined > 1 AND renewal.successor_id IS NOT NULL
            THEN term.monthly_yuan / nullif(sum(floor(term.monthly_yuan * 1e6 + 0.5e0)) OVER joined / 1e6, 0) ELSE 1.0 END AS next_monthly_yuan
    FROM agreement_term AS term
    LEFT JOIN renewal ON renewal.ended_id = term.source_id
    LEFT JOIN agreement_term AS next ON next.source_id = renewal.successor_id
    LEFT JOIN agreement_term AS own ON NOT term.is_current AND own.agreement_id = term.agreement_id AND own.customer_id = term.customer_id
        AND own.expires_on = term.next_expires_on
    WINDOW joined AS (PARTITION BY renewal.successor_id)
), standing AS (
    -- whom a list names for a customer without a day since when: he stands until it ends, also before the list
    SELECT customer_id, agent_id, CASE WHEN NOT is_assignment_dated THEN assigned_to_on END AS to_on
    FROM (
        SELECT *, row_number() OVER (PARTITION BY customer_id, agent_id ORDER BY list_no DESC, assigned_from_on DESC, file_no DESC, class_from_on DESC, row DESC) AS newness
        FROM customer_history
    ) AS ranked
    WHERE newness = 1
), dated AS (
    SELECT
        *,
        CASE WHEN follows_on > coalesce(starts_on, follows_on - 1) THEN
            -- a successor in force without a gap was agreed on by the expiry day at the latest
            CASE WHEN follows_on <= expires_on + 1 THEN least(follows_on, expires_on) ELSE follows_on END
             WHEN next_known_on <= expires_on THEN next_known_on END AS followed_on
    FROM followed
), named AS (
    SELECT
        dated.*,
        held.agent_id AS held_id,
        coalesce(held.agent_id, dated.agent_id, customer.agent_id) AS named_id
    FROM dated
    LEFT JOIN assignment_span AS held
        ON held.customer_id = dated.customer_id AND dated.expires_on BETWEEN held.from_on AND held.to_on
    LEFT JOIN customer ON customer.customer_id = dated.customer_id
), placed AS (
    SELECT
        named.*,
        coalesce(agent.area_id, '-') AS area_id,
        coalesce(agent.hired_on, DATE '1900-01-01') AS named_from_on,
        -- a day that a list gives leaves him nothing but the span that it dates
        least(coalesce(agent.left_on, DATE '2199-12-31'),
            CASE WHEN standing.agent_id IS NULL THEN DATE '2199-12-31' ELSE coalesce(standing.to_on, DATE '1899-12-31') END) AS named_to_on
    FROM named
    LEFT JOIN agent ON agent.agent_id = named.named_id
    LEFT JOIN standing ON standing.customer_id = named.customer_id AND standing.agent_id = named.named_id
)
SELECT
    agreement.source_id,
    'agreements' AS source_table,
    agreement.customer_id,
    CASE WHEN agreement.held_id IS NOT NULL OR agreement.expires_on BETWEEN agreement.named_from_on AND agreement.named_to_on THEN agreement.named_id END AS agent_id,
    -- who stands where no list names the one who holds the customer on a day, and in which time
    agreement.named_id, agreement.named_from_on, agreement.named_to_on,
    agreement.area_id,
    agreement.starts_on,
    agreement.expires_on,
    CAST(agreement.expires_on AS TIMESTAMP) AS expires_at,
    'day' AS expires_precision,
    agreement.is_current,
    agreement.is_continued,
    agreement.is_open_ended,
    coalesce(agreement.renewed_at, CAST(agreement.followed_on AS TIMESTAMP)) AS renewed_at,
    CASE WHEN agreement.renewed_at IS NOT NULL THEN agreement.renewed_precision WHEN agreement.followed_on IS NOT NULL THEN 'day' END AS renewed_precision,
    coalesce(agreement.means = 'matched' AND agreement.renewed_at IS NULL, false) AS is_matched,
    NOT agreement.is_current AS is_in_place,
    -- why nobody can tell whether or when it was renewed
    CASE WHEN agreement.renewed_at IS NOT NULL OR agreement.followed_on IS NOT NULL THEN CAST(NULL AS VARCHAR)
         WHEN agreement.renewal_id IS NOT NULL OR NOT agreement.is_current THEN 'renewal_undated'
         WHEN agreement.means = 'open' THEN 'renewal_open'
         WHEN list_contains(string_split(agreement.absent, ' '), 'renewed_at') AND list_contains(string_split(agreement.absent, ' '), 'renewal_id')
             AND list_contains(string_split(agreement.absent, ' '), 'starts_on') THEN 'no_renewal_column' END AS renewal_doubt,
    agreement.successor_id AS renewal_id,
    agreement.amount_yuan,
    agreement.next_amount_yuan AS renewed_amount_yuan,
    agreement.monthly_yuan,
    agreement.next_monthly_yuan AS renewed_monthly_yuan,
    agreement.reminded_at, agreement.reminded_precision,
    agreement.updated_at, agreement.updated_precision,
    agreement.end_reason,
    agreement.is_ended_by_operator,
    agreement.is_auto_renew,
    agreement.product,
    agreement.file, agreement.row, agreement.absent, agreement.version_n, agreement.file_month
FROM placed AS agreement
