-- slot: one row per half-month (X7) and week (X8) of the time that visits and calls speak for
WITH known AS (
    SELECT 'half_month' AS slot_kind, half_month_start_on AS start_on, half_month_end_on AS end_on, is_workday FROM calendar_day
    UNION ALL
    SELECT 'week', week_start_on, week_end_on, is_workday FROM calendar_day
), slot AS (
    SELECT slot_kind, start_on, end_on, sum(CASE WHEN is_workday THEN 1 ELSE 0 END) AS workday_n
    FROM known
    GROUP BY slot_kind, start_on, end_on
)
SELECT slot.slot_kind, slot.start_on, slot.end_on, slot.workday_n, period.has_export
FROM slot
JOIN period ON period.slot_kind = slot.slot_kind
WHERE slot.start_on >= period.first_on AND slot.start_on <= period.last_on
