-- How a written birthday becomes one spelling, marks and month-day: 10-05, L9-05, RL4-01; ? where nobody can read it (2.1.3).
-- L: what only the lunar calendar writes; S: said to be solar; R: a leap month; U: a day in Chinese numerals without 日,
-- which is of either calendar. spelling.py calls birthday_worded → birthday_spelled, each over a column of its own.

CREATE MACRO in_calendar_marks(t) AS regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    t, '除夕|大年三十|年三十', 'L12月30'), '农历|阴历|旧历|夏历|老历|大年', 'L', 'g'), '公历|阳历|新历|国历|西历', 'S', 'g'),
    '月([二三]?十[一二三四五六七八九]?|[一二三四五六七八九])$', '月U\1'), '[ ()（）\[\]:：]', '', 'g');
CREATE MACRO in_lunar_marks(t) AS replace(replace(replace(replace(replace(replace(replace(
    t, '正月', 'L1月'), '冬月', 'L11月'), '腊月', 'L12月'), '闰', 'R'), '初', 'L'), '廿', 'L二十'), '卅', 'L三十');
CREATE MACRO in_plain_birthday(s, date_order) AS CASE WHEN regexp_full_match(s, '[12]\d{3}-\d{1,2}-\d{1,2}')
        THEN CASE WHEN left(s, 4) NOT IN ('1900', '2099') THEN substr(s, 6) END
    WHEN date_order <> 'dmy' AND regexp_full_match(s, '\d{1,2}-\d{1,2}') THEN s END;

-- a midnight behind a whole day is a spreadsheet's; month and day may come from cells of their own
CREATE MACRO birthday_worded(s) AS in_digits(in_lunar_marks(in_calendar_marks(regexp_replace(regexp_replace(
    without_blank(lower(without_quote(tidied(s)))),
    '^([12]\d{3}[-/.]\d{1,2}[-/.]\d{1,2})[ t]0?0:00(:00(\.0+)?)?$', '\1'), '^(\d{1,2}) (\d{1,2})$', '\1-\2'))));

-- month-day as two numbers, or NULL. 10.1 may have been 10.10 before a spreadsheet took it for a number: not read
CREATE MACRO birthday_on(t, date_order) AS CASE
    WHEN regexp_matches(t, '^[LSR]*\d{1,2}\.[123][LSR]*$') THEN NULL
    WHEN regexp_matches(t, '^[LSR]*([12]\d{3}[-/.])?\d{1,2}[-/.]\d{1,2}[LSR]*$') THEN regexp_replace(t,
        '^[LSR]*(?:\d{4}[-/.])?(\d{1,2})[-/.](\d{1,2})[LSR]*$',
        CASE WHEN date_order = 'dmy' AND NOT regexp_matches(t, '\d{4}') THEN '\2-\1' ELSE '\1-\2' END)
    WHEN date_order IN ('dmy', 'mdy') AND regexp_matches(t, '^\d{1,2}[-/.]\d{1,2}[-/.]\d{4}$') THEN regexp_replace(t,
        '^(\d{1,2})[-/.](\d{1,2})[-/.]\d{4}$', CASE date_order WHEN 'dmy' THEN '\2-\1' ELSE '\1-\2' END)
    WHEN regexp_matches(t, '^[LSR]*(?:(?:\d\d|\d{4}|..)年|\d{4})?[LSR]*\d{1,2}月[LSRU]*\d{1,2}[日号]?[LS]*$') THEN regexp_replace(t,
        '^[LSR]*(?:(?:\d\d|\d{4}|..)年|\d{4})?[LSR]*(\d{1,2})月[LSRU]*(\d{1,2})[日号]?[LS]*$', '\1-\2')
    WHEN regexp_matches(t, '^[LSR]*([12]\d{3})?\d{4}[LS]*$') THEN regexp_replace(t, '^[LSR]*(?:\d{4})?(\d\d)(\d\d)[LS]*$', '\1-\2')
    WHEN regexp_matches(t, '^[1-4]\d{4}$') THEN strftime(DATE '1899-12-30' + CAST(t AS INTEGER), '%m-%d')
    WHEN regexp_matches(t, '^\d{1,2}[-/]?[a-z]{3,9}([-/,]?\d{4}|[-/]\d\d)?$') THEN month_named(t) || '-' || regexp_extract(t, '^\d+')
    WHEN regexp_matches(t, '^[a-z]{3,9}\d{1,2},\d{4}$') THEN month_named(t) || '-' || regexp_extract(t, '\d+') END;
-- a placeholder's year says that the day is one too (X20); 1970 may be true
CREATE MACRO has_no_year(t) AS regexp_matches(t, '^[LSR]*(1900|2099)([-/.年]|\d{4}[LS]*$)|[-/.,a-z](1900|2099)$');
CREATE MACRO birthday_spelled(t, date_order) AS CASE WHEN t IS NOT NULL THEN regexp_replace(t, '[^LSRU]', '', 'g')
    || coalesce(CASE WHEN NOT has_no_year(t) THEN birthday_on(t, date_order) END, '?') END;

CREATE MACRO birthday_month(text) AS try_cast(split_part(ltrim(text, 'LSRU'), '-', 1) AS INTEGER);
CREATE MACRO birthday_day(text) AS try_cast(split_part(ltrim(text, 'LSRU'), '-', 2) AS INTEGER);
CREATE MACRO is_lunar_day(text, is_flagged) AS contains(text, 'L') OR contains(text, 'R') OR coalesce(is_flagged, false);
CREATE MACRO is_date(month, day, is_lunar) AS CASE WHEN is_lunar THEN month BETWEEN 1 AND 12 AND day BETWEEN 1 AND 30
    ELSE try_cast('2024-' || month || '-' || day AS DATE) IS NOT NULL END;  -- 29 February is a birthday
-- why a birthday is not taken: nobody can read it, or text and flag don't agree on its calendar, or neither says which, as a
-- flag in no list does not (X25)
CREATE MACRO birthday_fault(text, is_flagged, is_unknown, month, day) AS CASE
    WHEN text IS NULL THEN NULL
    WHEN NOT coalesce(is_date(month, day, is_lunar_day(text, is_flagged)), false) THEN 'unread'
    WHEN is_unknown AND NOT is_lunar_day(text, NULL) AND NOT contains(text, 'S') THEN 'calendar'
    WHEN text < ':' THEN NULL
    WHEN is_lunar_day(text, NULL) AND (contains(text, 'S') OR NOT coalesce(is_flagged, true))
        OR contains(text, 'S') AND coalesce(is_flagged, false)
        OR contains(text, 'U') AND is_flagged IS NULL AND NOT is_lunar_day(text, NULL) AND NOT contains(text, 'S') THEN 'calendar' END;
