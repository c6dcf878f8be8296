-- slot: one row per kind and half-month (X7), week (X8) or month of the time that the kind's export speaks for,
-- the one in which that begins included (X34)
-- key: slot_kind, start_on
WITH known AS (
    SELECT 'half_month' AS span, half_month_start_on AS start_on, half_month_end_on AS end_on, is_workday FROM calendar_day
    UNION ALL
    SELECT 'week', week_start_on, week_end_on, is_workday FROM calendar_day
    UNION ALL
    SELECT 'month', month_start_on, max(day) OVER (PARTITION BY month_start_on), is_workday FROM calendar_day
), slot AS (
    SELECT span, start_on, end_on, CAST(sum(CASE WHEN is_workday THEN 1 ELSE 0 END) AS BIGINT) AS workday_n
    FROM known
    GROUP BY span, start_on, end_on
)
SELECT period.slot_kind, slot.start_on, slot.end_on, slot.workday_n, period.has_export
FROM slot
JOIN period ON period.span = slot.span
WHERE slot.end_on >= period.first_on AND slot.start_on <= period.last_on
