-- How a written time becomes one spelling, 2026-10-03[ 08:05[:09]], which is then cast (X18, X19, X29). What fits no form as
-- a whole keeps a leading ? and is no time: nothing is guessed, nothing passed over. spelling.py calls time_worded →
-- year_first → time_parts → moment_of → spelled, each over a column of its own, so that nothing is worked out twice.

-- what most systems write needs none of this: 2026-10-03 08:05:09
CREATE MACRO is_plain_time(s) AS regexp_full_match(s, '[12]\d{3}-\d{1,2}-\d{1,2}( ([01]?\d|2[0-3]):\d{2}(:\d{2})?)?');
-- what a cast reads as it is: this, and 2026/10/3 8:05
CREATE MACRO is_cast_time(s) AS
    regexp_full_match(s, '[12]\d{3}(-\d{1,2}-\d{1,2}|/\d{1,2}/\d{1,2})( ([01]?\d|2[0-3]):\d{2}(:\d{2})?)?');
CREATE MACRO is_by_slash(s) AS regexp_full_match(s, '[12]\d{3}/\d{1,2}/\d{1,2}( ([01]?\d|2[0-3]):\d{2}(:\d{2})?)?');
-- and what needs next to none: 2026年10月3日 8:05, 2026.10.3, 2026-10-03T08:05:09.000+08:00
CREATE MACRO is_by_han(s) AS regexp_full_match(s, '[12]\d{3}年\d{1,2}月\d{1,2}日( ([01]?\d|2[0-3]):\d{2}(:\d{2})?)?');
CREATE MACRO is_by_point(s) AS regexp_full_match(s, '[12]\d{3}\.\d{1,2}\.\d{1,2}( ([01]?\d|2[0-3]):\d{2}(:\d{2})?)?');
CREATE MACRO is_local_iso(s) AS
    regexp_full_match(s, '[12]\d{3}-\d\d-\d\d[T ]([01]\d|2[0-3]):\d\d:\d\d(\.0+)?(\+08:?00)?');
CREATE MACRO is_by_slash_year_last(s) AS
    regexp_full_match(s, '\d{1,2}[-./]\d{1,2}[-./][12]\d{3}( ([01]?\d|2[0-3]):\d{2}(:\d{2})?)?');
CREATE MACRO in_plain_time(s, date_order) AS CASE WHEN is_plain_time(s) THEN s WHEN is_by_slash(s) THEN replace(s, '/', '-')
    WHEN is_by_han(s) THEN replace(replace(replace(s, '年', '-'), '月', '-'), '日', '') WHEN is_by_point(s) THEN replace(s, '.', '-')
    WHEN is_local_iso(s) THEN replace(left(s, 19), 'T', ' ')
    WHEN date_order IN ('dmy', 'mdy') AND is_by_slash_year_last(s) THEN regexp_replace(s, '^(\d{1,2})[-./](\d{1,2})[-./](\d{4})',
        CASE date_order WHEN 'dmy' THEN '\3-\2-\1' ELSE '\3-\1-\2' END) END;

-- a day and a clock from cells of their own: either may hold more than it shows, the clock may be blank
CREATE MACRO joined_time(s) AS regexp_replace(without_blank_end(s), '^([12]\d{3}[-/.]\d{1,2}[-/.]\d{1,2})' ||
    '(?:[ T]0?0:00(?::00)?(?:\.0+)?)?(?: (?:1899[-/.]12[-/.]3[01]|1900[-/.]0?1[-/.]0?[01]))?([ T]\d{1,2}:\d{2})', '\1\2');

-- marks of other widths; Chinese numerals as digits (二〇二六年十月三十一日), but for 初, 廿 and 卅, which may be lunar; days of the week, which say nothing new;
-- 8点, 8点半, 8点一刻, 9-10点 with their minutes; a clock before its day goes behind it
CREATE MACRO in_time_marks(t) AS CASE WHEN regexp_matches(t, '[^ -~一-龥]')
    THEN translate(t, '—–‒―−﹣〜～∼∶︰﹕。·•、，（）', '------~~~:::....,()') ELSE t END;
CREATE MACRO in_digits(t) AS CASE WHEN regexp_matches(t, '[〇零○一二三四五六七八九十两]') THEN
    replace(regexp_replace(regexp_replace(regexp_replace(
        translate(t, '〇零○一二三四五六七八九两', '0001234567892'),
        '(\d)十(\d)', '\1\2', 'g'), '(\d)十', '\10', 'g'), '十(\d)', '1\1', 'g'), '十', '10') ELSE t END;
CREATE MACRO without_weekday(t) AS regexp_replace(t, '\((?:星期|礼拜|周)?[一二三四五六日天]\)|(?:星期|礼拜|周)[一二三四五六日天]' ||
    '|\b(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\b[.,]?', ' ');
CREATE MACRO with_minutes(t) AS regexp_replace(regexp_replace(regexp_replace(
    replace(replace(replace(translate(t, '時點时至到號', '点点点~~号'), '点半', '点30'), '点1刻', '点15'), '点3刻', '点45'),
    '点[钟整正]', '点'), '([^\d-])(\d{1,2}) ?[-~] ?(\d{1,2}点)', '\1\2点~\3'), '点 ?([^\d ]|$)', ':00\1', 'g');
-- 2026-10-03-08.05.09.123456, as some databases write a clock
CREATE MACRO dotted_clock(t) AS regexp_replace(t, '(\d)[- ](\d\d)\.(\d\d)\.(\d\d)(\.\d+)?( |$)', '\1 \2:\3:\4\5\6');
CREATE MACRO clock_last(t) AS regexp_replace(t,
    '^\? ?([^\d]{0,2} ?\d{1,2}:\d{1,2}(?::\d{1,2})?(?: ?[ap]m)?)[ ,]+([^:]*\d{4}[^:]*)$', '?\2 \1');
-- day-first and month-first spellings, and years of two digits, only where a mapping says so (date_order)
CREATE MACRO full_year(t) AS regexp_replace(regexp_replace(t,
    '^\?([0-6]\d[-年])', '?20\1'), '^\?([7-9]\d[-年])', '?19\1');
CREATE MACRO ordered(t, date_order) AS CASE WHEN date_order = '' THEN t
    WHEN date_order <> 'ymd' AND regexp_matches(t, '^\?\d\d-\d{1,2}-\d(\D|$)') THEN t ELSE full_year(regexp_replace(t,
    CASE date_order WHEN 'ymd' THEN '^\?(\d\d)[-./](\d{1,2})[-./](\d{1,2})(\D|$)'
        ELSE '^\?(\d{1,2})[-./](\d{1,2})[-./](\d{4}|\d\d)(\D|$)' END,
    CASE date_order WHEN 'ymd' THEN '?\1-\2-\3\4' WHEN 'dmy' THEN '?\3-\2-\1\4' ELSE '?\3-\1-\2\4' END)) END;

-- from here on a text bears its ?; a blank is NULL
CREATE MACRO time_worded(t, date_order) AS ordered(regexp_replace(clock_last(with_minutes(in_digits(without_weekday(in_time_marks(
    dotted_clock('?' || without_blank(lower(without_quote(tidied(t)))))))))), '^\? +', '?'), date_order);

-- what else says which number is the year: a month's name (22-Apr-15 is a day of 2015), 20261003, 20261003T080509
CREATE MACRO month_named(t) AS list_position(['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'],
    regexp_extract(t, '(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)(?:uary|ruary|ch|il|e|y|ust|t|tember|ober|ember)?(?:[^a-z]|$)', 1));
CREATE MACRO in_numbers(t, month) AS CASE
    WHEN regexp_matches(t, '^\?\d{4}') THEN regexp_replace(t,
        '^\?(\d{4})[-/ .]{0,2}[a-z]{3,9}[-/ .]{0,2}(\d{1,2})(?:st|nd|rd|th)?([ ,t]+|$)', '?\1-' || month || '-\2\3')
    WHEN regexp_matches(t, '^\?\d') THEN full_year(regexp_replace(regexp_replace(t,
        '^\?(\d{1,2})(?:st|nd|rd|th)?[-/ ,.]{0,2}[a-z]{3,9}[-/ ,.]{0,2}(\d{4})(:|[ ,t]+|$)', '?\2-' || month || '-\1 '),
        '^\?(\d{1,2})[-/ ]?[a-z]{3,9}[-/ ]?(\d\d)([ ,]+|$)', '?\2-' || month || '-\1 '))
    ELSE regexp_replace(t,
        '^\?[a-z]{3,9}[-/ .]{0,2}(\d{1,2})(?:st|nd|rd|th)?[-/ ,]{1,2}(\d{4})([ ,]+|$)', '?\2-' || month || '-\1 ') END;
CREATE MACRO unpacked(t) AS regexp_replace(regexp_replace(
    regexp_replace(t, '^\?(\d{4})(\d\d)(\d\d)(t?)[ _]?', '?\1-\2-\3 \4'),
    '([ t])(\d\d)(\d\d)(\d\d)([.,]\d+)?(\D|$)', '\1\2:\3:\4\5\6'), '([ t])(\d\d)(\d\d)(\D|$)', '\1\2:\3\4');
CREATE MACRO year_first(t) AS CASE
    WHEN regexp_matches(t, '^\?\d{4}[-/.,年][^a-z]') THEN t
    WHEN regexp_matches(t, '^\?(?:(?:19|20)\d\d|9999)(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:$|[ t_]|\d{4}$|\d{6}$)') THEN unpacked(t)
    -- 03-10月-26, as one make of database writes the name of the month
    WHEN regexp_matches(t, '^\?\d{1,2}-\d{1,2}月 ?-') THEN
        full_year(regexp_replace(t, '^\?(\d{1,2})-(\d{1,2})月 ?-(\d{4}|\d\d)( |$)', '?\3-\2-\1 '))
    WHEN month_named(t) > 0 THEN in_numbers(t, month_named(t)) ELSE t END;

-- year-first texts taken apart: day, mark before the clock, half of the day, clock, am or pm, offset or end of a span
CREATE MACRO half_days() AS '上午|午前|早上|早晨|清晨|清早|早|凌晨|中午|正午|晌午|下午|午后|傍晚|黄昏|晚上|晚间|夜晚|当晚|晚|' ||
    '夜里|夜间|深夜|半夜|午夜|[ap]\.?m\.?';
CREATE MACRO time_form() AS '^\?([12]\d{3}|9999) ?[-/.,年] ?(\d{1,2}) ?[-/.,月] ?(\d{1,2})(?:' ||
    -- a span of days is its first
    '[日号]? ?[-~] ?\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}[日号]?|[日号]? ?~ ?(?:\d{1,2}[-/.月])?\d{1,2}[日号]?|' ||
    '([ _,日号]*t?)(' || half_days() || ')? ?(?:(\d{1,2})(?: ?[:点] ?(\d{1,2})(?: ?[:分] ?(\d{1,2})(?:[.,](\d{1,9}))?)? ?[分秒]?)?' ||
    ' ?([ap]\.?m\.?|上午|下午)? ?(z|utc|gmt|(?:utc|gmt)?[-+]\d{1,2}(?::?\d\d)?)?(?: ?\(中国标准[^)]*\))?' ||
    -- a span of times is its start
    '(?: ?(?:[-~]|to) ?(?:次日|第2天|翌日|隔日|当日|当天)? ?(?:\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}[ 日号]*)?' ||
    '(' || half_days() || ')? ?(?:[01]?\d|2[0-4])[:点][0-5]?\d(?::[0-5]\d)?分? ?([ap]\.?m\.?)?)?)?)[ .,;]*$';
CREATE MACRO time_parts(t) AS regexp_extract(t, time_form(),
    ['y', 'm', 'd', 'glue', 'half', 'h', 'min', 's', 'f', 'ampm', 'zone', 'end_half', 'end_ampm']);

-- the hour that a clock means, counted from its day's midnight; NULL where the words don't fit the clock
CREATE MACRO hour_of(half, h, past) AS CASE
    WHEN half = '' THEN CASE WHEN h <= 23 OR h = 24 AND past = 0 THEN h END
    WHEN half IN ('上午', '午前', '凌晨') OR starts_with(half, 'a') THEN CASE WHEN h <= 11 THEN h WHEN h = 12 THEN 0 END
    WHEN half IN ('下午', '午后') OR starts_with(half, 'p') THEN CASE WHEN h <= 11 THEN h + 12 WHEN h <= 23 THEN h END
    WHEN half IN ('早上', '早晨', '清晨', '清早', '早') THEN CASE WHEN h BETWEEN 1 AND 11 THEN h END
    WHEN half IN ('中午', '正午', '晌午') THEN CASE WHEN h BETWEEN 10 AND 14 THEN h WHEN h IN (1, 2) THEN h + 12 END
    WHEN half IN ('傍晚', '黄昏') THEN CASE WHEN h BETWEEN 4 AND 8 THEN h + 12 WHEN h BETWEEN 16 AND 20 THEN h END
    -- 12 is the midnight that ends the day; 1 or 2 at night is of this day or the next, nobody can tell
    WHEN half IN ('晚上', '晚间', '夜晚', '当晚', '晚') THEN CASE WHEN h BETWEEN 5 AND 12 THEN h + 12 WHEN h BETWEEN 17 AND 23 THEN h END
    ELSE CASE WHEN h BETWEEN 8 AND 12 THEN h + 12 WHEN h BETWEEN 20 AND 23 THEN h END END;
CREATE MACRO number_of(word) AS coalesce(try_cast(nullif(word, '') AS INTEGER), 0);
-- an hour needs minutes or am/pm, and something between itself and its day; 2:00-4:00pm does not say which 2:00
CREATE MACRO is_clock(p) AS (p.min <> '' OR p.ampm <> '') AND (p.half = '' OR p.ampm = '')
    AND (p.glue <> '' OR p.half <> '' OR length(p.d) + length(p.h) = 4) AND number_of(p.min) <= 59 AND number_of(p.s) <= 59
    AND (p.end_half || p.end_ampm = '' OR p.half || p.ampm <> '' OR regexp_full_match(p.h, '0\d|1[3-9]|2\d'));
CREATE MACRO clock_of(p) AS CASE
    WHEN p.h = '' THEN CASE WHEN p.half NOT IN ('夜里', '夜间', '深夜', '半夜', '午夜') THEN INTERVAL 0 SECOND END
    WHEN is_clock(p) THEN to_hours(hour_of(p.half || p.ampm, number_of(p.h), number_of(p.min) + number_of(p.s)))
        + to_seconds(number_of(p.min) * 60 + number_of(p.s)) + to_microseconds(CAST(rpad(left(p.f, 6), 6, '0') AS INTEGER)) END;

-- offsets go to Asia/Shanghai before anything is cut into months (X18); China has kept +08:00 since 1991.
-- A bare one is an offset only behind seconds or a T, and one that exists; -10:00 behind minutes is the end of a span (X29)
CREATE MACRO signed_minutes(o) AS (CASE WHEN left(o, 1) = '-' THEN -1 ELSE 1 END)
    * (number_of(regexp_extract(o, '^[-+](\d{1,2}?)(:?\d\d)?$', 1)) * 60 + number_of(regexp_extract(o, '^[-+]\d{1,2}?:?(\d\d)$', 1)));
CREATE MACRO is_offset(o) AS regexp_full_match(o, '\+(0?\d|1[0-3])(:?(00|30|45))?|\+14(:?00)?|-(0?\d|1[01])(:?(00|30|45))?|-12(:?00)?');
CREATE MACRO east_of(p) AS CASE WHEN p.zone = '' THEN 480
    WHEN p.zone IN ('z', 'utc', 'gmt') THEN 0
    WHEN left(p.zone, 3) IN ('utc', 'gmt') THEN CASE WHEN is_offset(substr(p.zone, 4)) THEN signed_minutes(substr(p.zone, 4)) END
    WHEN (p.s <> '' OR suffix(p.glue, 't')) AND is_offset(p.zone) AND length(p.zone) <> 2 THEN signed_minutes(p.zone)
    WHEN regexp_full_match(p.zone, '-([01]?\d|2[0-4]):[0-5]\d') THEN 480 END;


CREATE MACRO moment_of(p) AS try_cast(p.y || '-' || p.m || '-' || p.d AS TIMESTAMP) + clock_of(p) + to_minutes(480 - east_of(p));
CREATE MACRO spelled(moment, p) AS CASE WHEN p.f <> '' THEN CAST(moment AS VARCHAR)
    WHEN p.s <> '' THEN strftime(moment, '%Y-%m-%d %H:%M:%S') WHEN p.h <> '' THEN strftime(moment, '%Y-%m-%d %H:%M')
    ELSE strftime(moment, '%Y-%m-%d') END;
-- the day whose 24:00 a time is: the day that a column of days means (X6)
CREATE MACRO ended_day(p) AS CASE WHEN clock_of(p) = INTERVAL 24 HOUR AND east_of(p) = 480 THEN p.y || '-' || p.m || '-' || p.d END;
-- from one day to another, of which only an event is the first
CREATE MACRO is_span(t) AS regexp_matches(t, '^\?\d{4}.*(?:~|\d[日号]? ?(?:-|to) ?[12]\d{3}[-/.年])');
-- days since 1900 as a spreadsheet counts them: 1954 to 2119
CREATE MACRO serial_day(t) AS CASE WHEN regexp_matches(t, '^\?[2-7]\d{4}(\.\d+)?$') THEN
    regexp_replace(strftime(TIMESTAMP '1899-12-30' + to_seconds(CAST(round(CAST(substr(t, 2) AS DOUBLE) * 86400) AS BIGINT)),
        '%Y-%m-%d %H:%M:%S'), CASE WHEN regexp_matches(t, '\.\d*[1-9]') THEN '^$' ELSE ' .*' END, '') END;

-- what the spelling says of its own exactness (X19); told from its length where that is enough
CREATE MACRO exactly(word) AS CAST(word AS ENUM ('day', 'minute', 'second'));
CREATE MACRO time_precision(t) AS CASE WHEN strlen(t) <= 10 THEN exactly('day') WHEN strlen(t) = 19 THEN exactly('second')
    WHEN strlen(t) < 19 THEN CASE WHEN t[-6] = ':' THEN exactly('second') ELSE exactly('minute') END
    ELSE CASE length(t) - length(replace(t, ':', ''))
        WHEN 2 THEN exactly('second') WHEN 1 THEN exactly('minute') ELSE exactly('day') END END;

-- a month without a day, 2026年10月 or 202610: its first day
CREATE MACRO month_only(t) AS try_cast(CASE
    WHEN regexp_matches(t, '^\?[12]\d{3}(?: ?[-/] ?\d{1,2}|\.\d\d| ?年 ?\d{1,2} ?月份?)$')
        THEN regexp_replace(t, '^\?(\d{4})\D+(\d+)\D*$', '\1-\2-01')
    WHEN regexp_matches(t, '^\?(19|20)\d\d(0[1-9]|1[0-2])$') THEN regexp_replace(t, '^\?(\d{4})(\d\d)$', '\1-\2-01')
    WHEN regexp_matches(t, '^\?\d{1,2}[-/][12]\d{3}$') THEN regexp_replace(t, '^\?(\d+)\D(\d{4})$', '\2-\1-01')
    WHEN regexp_matches(t, '^\?[a-z]{3,9}[-/ ,.]{1,2}[12]\d{3}$') THEN right(t, 4) || '-' || month_named(t) || '-01' END AS DATE);
