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
        CASE WHEN due_precision = 'day' AND NOT is_day_due THEN due_at + INTERVAL 1 DAY ELSE due_at END AS due_until,
        -- where the export that alone could show it falls silent (X28); and, unless it holds the record itself, from when it
        -- speaks (X34), and whether it says nothing of the months
        CASE WHEN heard.is_early OR heard.is_header_only THEN coalesce(heard.last_on, DATE '1900-01-01') END AS silent_after_on,
        CASE WHEN judged.source_table <> {evidence} THEN coalesce(heard.first_on, spoken.first_on) END AS silent_before_on,
        judged.source_table <> {evidence} AND coalesce(gap_begun.month, gap_due.month) IS NOT NULL AS is_in_gap
    FROM judged
    LEFT JOIN exemption
        ON exemption.rule_id = {rule_id} AND exemption.source_id = judged.source_id
    LEFT JOIN agent AS ower ON ower.agent_id = judged.owner_id
    LEFT JOIN area AS place ON place.area_id = judged.owner_area_id
    LEFT JOIN (SELECT source_table, county_id FROM freshness WHERE county_id = '*') AS everywhere
        ON everywhere.source_table = {evidence}
    LEFT JOIN freshness AS heard
        ON heard.source_table = {evidence} AND heard.county_id = coalesce(everywhere.county_id, ower.county_id, place.county_id)
    LEFT JOIN period AS spoken ON spoken.source_table = {evidence} AND NOT spoken.is_state
    LEFT JOIN silent_month AS gap_begun
        ON gap_begun.source_table = heard.source_table AND gap_begun.county_id = heard.county_id AND gap_begun.month = strftime(begun_at, '%Y-%m')
    LEFT JOIN silent_month AS gap_due
        ON gap_due.source_table = heard.source_table AND gap_due.county_id = heard.county_id AND gap_due.month = strftime(due_on, '%Y-%m')
), ended AS (
    SELECT
        *,
        -- a cut-off at 24:00 decides the day (X5); an hour's deadline is open until it has passed
        ({as_of} > due_at AND {as_of} >= due_until) OR (is_day_due AND {as_of} = due_at) AS is_over
    FROM bounded
), decided AS (
    SELECT
        *,
        CASE
            WHEN done_at IS NULL THEN CASE WHEN is_over THEN 'missed_open' ELSE 'pending' END
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
    FROM ended
), doubted AS (
    SELECT
        *,
        CASE
            WHEN unknown_reason IS NOT NULL THEN unknown_reason
            WHEN by_the_clock IN ('missed_open', 'missed_late') AND unsure_reason IS NOT NULL THEN unsure_reason
            WHEN by_the_clock = 'missed_open' AND due_on > silent_after_on THEN 'no_data'
            WHEN by_the_clock IN ('missed_open', 'missed_late') AND least(CAST(begun_at AS DATE), due_on) < silent_before_on THEN 'before_data'
            WHEN by_the_clock IN ('missed_open', 'missed_late') AND is_in_gap THEN 'no_data'
            WHEN by_the_clock = 'unknown' THEN 'days_only'
        END AS doubt
    FROM decided
), weighed AS (
    SELECT
        *,
        -- what is not due yet is pending, whatever the evidence lacks
        CASE WHEN doubt IS NULL THEN by_the_clock WHEN due_at IS NULL OR is_over THEN 'unknown' ELSE 'pending' END AS unexempted
    FROM doubted
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
        ELSE unexempted
    END AS outcome,
    CASE
        WHEN void_reason IS NOT NULL THEN void_reason
        WHEN coalesce(reason_code, exempt_reason) IS NOT NULL THEN coalesce(reason_code, exempt_reason)
        WHEN unexempted = 'unknown' THEN doubt
    END AS reason,
    rule_flags AS flags,
    coalesce(done_file, file) AS file,
    coalesce(done_row, row) AS row,
    start_exact AS start_precision,
    done_exact AS done_precision,
    -- what the outcome would be if nothing were exempt (X21: both rates are available)
    CASE WHEN void_reason IS NOT NULL THEN 'void' ELSE unexempted END AS outcome_unexempted,
    -- until when it can be done, if late: its deadline where nothing can be made good after it, NULL without end (section 6)
    {mend_until} AS mend_until_at,
    -- since when the matter stands: a month of an open complaint's news, since its receipt
    {since} AS since_at
FROM weighed
