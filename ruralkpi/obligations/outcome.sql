-- The seven outcomes (STANDARD section 2), decided in one place for every rule, to the exactness of the stamps (X19).
, bounded AS (
    SELECT
        judged.*,
        exemption.reason_code,
        coalesce(begun_precision, 'second') AS start_exact,
        coalesce(done_precision, 'second') AS done_exact,
        coalesce(due_precision, 'second') AS due_exact,
        -- a bare day leaves its whole length open
        CASE WHEN done_precision = 'day' THEN done_at + INTERVAL 1 DAY ELSE done_at END AS done_until,
        CASE WHEN due_precision = 'day' AND NOT is_day_due THEN due_at + INTERVAL 1 DAY ELSE due_at END AS due_until
    FROM judged
    LEFT JOIN exemption
        ON exemption.rule_id = {rule_id} AND exemption.source_id = judged.source_id
), decided AS (
    SELECT
        *,
        CASE
            WHEN done_at IS NULL THEN
                -- a cut-off at 24:00 decides the day (X5); an hour's deadline is open until it has passed
                CASE WHEN {as_of} > due_at AND {as_of} >= due_until OR (is_day_due AND {as_of} = due_at)
                     THEN 'missed_open' ELSE 'pending' END
            WHEN is_day_due THEN
                CASE WHEN CASE WHEN done_exact = 'day' THEN CAST(done_at AS DATE) <= due_on ELSE done_at <= due_at END
                     THEN 'met' ELSE 'missed_late' END
            WHEN due_exact <> 'day' AND done_exact <> 'day' THEN
                CASE WHEN CASE WHEN due_exact = 'minute' OR done_exact = 'minute'
                               THEN date_trunc('minute', done_at) <= date_trunc('minute', due_at)
                               ELSE done_at <= due_at END
                     THEN 'met' ELSE 'missed_late' END
            WHEN is_minute_rule THEN 'unknown'
            WHEN done_until <= due_at THEN 'met'
            WHEN done_at >= due_until AND (due_exact = 'day' OR done_at > due_at) THEN 'missed_late'
            ELSE 'unknown'
        END AS by_the_clock
    FROM bounded
)
SELECT
    {rule_id} AS rule_id,
    {owner_role} AS owner_role,
    owner_id AS agent_id,
    owner_area_id AS area_id,
    customer_id,
    source_table,
    source_id,
    begun_at AS start_at,
    due_at,
    due_on,
    strftime({month_from}, '%Y-%m') AS month,
    done_at,
    CASE
        WHEN void_reason IS NOT NULL THEN 'void'
        WHEN coalesce(reason_code, exempt_reason) IS NOT NULL THEN 'exempt'
        WHEN unknown_reason IS NOT NULL THEN 'unknown'
        ELSE by_the_clock
    END AS outcome,
    coalesce(
        void_reason, reason_code, exempt_reason, unknown_reason,
        CASE WHEN by_the_clock = 'unknown' THEN 'days_only' END
    ) AS reason,
    rule_flags AS flags,
    coalesce(done_file, file) AS file,
    coalesce(done_row, row) AS row,
    start_exact AS start_precision,
    done_exact AS done_precision,
    -- what the outcome would be if nothing were exempt (X21: both rates are available)
    CASE WHEN void_reason IS NOT NULL THEN 'void' WHEN unknown_reason IS NOT NULL THEN 'unknown' ELSE by_the_clock END AS outcome_unexempted
FROM decided
