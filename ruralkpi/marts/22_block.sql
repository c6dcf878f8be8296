-- block: one row per running number of a block of time; as many as the calendar has days
-- key: block_n
SELECT row_number() OVER (ORDER BY day) AS block_n
FROM calendar_day
