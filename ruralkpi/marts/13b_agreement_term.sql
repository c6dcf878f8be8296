-- agreement_term: one row per agreement and term; one renewed under its own number keeps a row for each earlier term (section 5)
-- key: source_id
WITH ordered AS (
    SELECT
        held.*,
        lag(expires_on) OVER w AS past_expires_on,
        lag(starts_on) OVER w AS past_starts_on,
        lead(expires_on) OVER w AS next_expires_on,
        lead(starts_on) OVER w AS next_starts_on,
        lead(renewed_at) OVER w AS next_renewed_at,
        lead(renewed_precision) OVER w AS next_renewed_precision,
        lead(reminded_at) OVER w AS next_reminded_at,
        lead(reminded_precision) OVER w AS next_reminded_precision,
        -- the newer row was there by its file's month, and by the day on which it was kept up
        least(CAST(lead(updated_at) OVER w AS DATE), last_day(CAST(lead(nullif(file_month, '')) OVER w || '-01' AS DATE))) AS next_known_on
    FROM clean.agreements AS held
    WINDOW w AS (PARTITION BY agreement_id, customer_id ORDER BY expires_on)
), term AS (
    SELECT
        *,
        next_expires_on IS NULL AS is_current,
        year(expires_on) >= 2099 AS is_open_ended,
        -- an unchanged start is the first term's
        CASE WHEN past_expires_on IS NULL OR starts_on > past_starts_on THEN starts_on ELSE past_expires_on + 1 END AS term_starts_on
    FROM ordered
), measured AS (
    SELECT
        *,
        (year(expires_on + 1) - year(term_starts_on)) * 12 + month(expires_on + 1) - month(term_starts_on) AS month_n,
        day(expires_on + 1) - day(term_starts_on) AS over_n
    FROM term
)
SELECT
    CASE WHEN is_current THEN agreement_id ELSE agreement_id || '/' || CAST(expires_on AS VARCHAR) END AS source_id,
    agreement_id, customer_id, agent_id, product,
    term_starts_on AS starts_on, expires_on, is_current, is_open_ended,
    past_expires_on IS NOT NULL AS is_continued,
    next_expires_on, next_starts_on, next_known_on,
    -- in a record renewed under its own number, the day of signing is that of the renewal that began its newest term
    CASE WHEN next_renewed_at IS NOT NULL THEN next_renewed_at WHEN past_expires_on IS NULL THEN renewed_at END AS renewed_at,
    CASE WHEN next_renewed_at IS NOT NULL THEN next_renewed_precision WHEN past_expires_on IS NULL THEN renewed_precision END AS renewed_precision,
    CASE WHEN reminded_at IS NULL AND CAST(next_reminded_at AS DATE) <= expires_on THEN next_reminded_at ELSE reminded_at END AS reminded_at,
    CASE WHEN reminded_at IS NULL AND CAST(next_reminded_at AS DATE) <= expires_on THEN next_reminded_precision ELSE reminded_precision END AS reminded_precision,
    updated_at, updated_precision,
    nullif(renewal_id, agreement_id) AS renewal_id,
    end_reason,
    coalesce(end_reason_means = 'by_operator', false) AS is_ended_by_operator,
    coalesce(is_auto_renew, false) AS is_auto_renew,
    amount_yuan,
    -- a month's worth (section 5): 月租 is one; an amount for a term is divided by its months, up to the same day or the day before it
    CASE WHEN monthly_yuan IS NOT NULL THEN monthly_yuan
         WHEN NOT is_open_ended AND expires_on >= term_starts_on
         THEN amount_yuan / (month_n + CASE WHEN over_n IN (0, 1) AND month_n > 0 THEN 0 ELSE over_n / 30.4375e0 END) END AS monthly_yuan,
    file, row, absent, version_n, file_month
FROM measured
