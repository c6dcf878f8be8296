-- How typed text becomes values. Nothing is guessed: what fits no form is NULL and ends in quarantine.

-- full-width letters, digits and marks to half-width; no-break blanks to blanks; empty to NULL
CREATE MACRO is_tidy(s) AS regexp_full_match(s, '[!-%''-~一-龥]+');
CREATE MACRO tidied(s) AS nullif(trim(regexp_replace(translate(replace(s, '&nbsp;', ' '),
    '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ：／－．＋　' || chr(160),
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:/-.+  '), '\s+', ' ', 'g')), '');
CREATE MACRO tidy(s) AS CASE WHEN is_tidy(s) THEN s ELSE tidied(s) END;

-- free text keeps its marks and line breaks
CREATE MACRO free_text(s) AS nullif(trim(replace(s, '&nbsp;', ' '), ' ' || chr(9) || chr(10) || chr(13) || '　' || chr(160)), '');

-- what most systems write needs none of the work below: 2026-10-03 08:05:09, 2026/10/3 8:05, 2026.10.3
CREATE MACRO is_plain(s) AS regexp_full_match(s, '\d{4}-\d{1,2}-\d{1,2}( ([01]?\d|2[0-3]):\d{2}(:\d{2})?)?');
CREATE MACRO is_nearly_plain(s) AS regexp_full_match(s, '\d{4}(/\d{1,2}/|\.\d{1,2}\.)\d{1,2}( ([01]?\d|2[0-3]):\d{2}(:\d{2})?)?');

-- one spelling of a time: 2026-10-3 8:05[:09][+08:00]
CREATE MACRO time_text(s) AS CASE WHEN is_plain(s) THEN s WHEN is_nearly_plain(s) THEN replace(replace(s, '/', '-'), '.', '-') ELSE trim(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
    replace(replace(replace(replace(replace(replace(replace(replace(tidied(s), '年', '-'), '月', '-'), '日', ' '), '号', ' '),
        '时', ':'), '点', ':'), '分', ':'), '秒', ''),
    '^(\d{4})[./](\d{1,2})[./](\d{1,2})', '\1-\2-\3'),
    '^(\d{4}-\d{1,2}-\d{1,2})[T ]*[ T]', '\1 '),
    '(星期|周|礼拜)[一二三四五六日天]', ''),
    '(^|[^0-9]):|[:-]\s*$', '\1')) END;

-- day-first and month-first spellings, only where a mapping says so
CREATE MACRO full_year(s) AS regexp_replace(regexp_replace(s,
    '^(\d{1,2}[-./]\d{1,2}[-./])([0-6]\d)(\D|$)', '\120\2\3'), '^(\d{1,2}[-./]\d{1,2}[-./])([7-9]\d)(\D|$)', '\119\2\3');
CREATE MACRO dmy_text(s) AS regexp_replace(full_year(tidy(s)), '^(\d{1,2})[-./](\d{1,2})[-./](\d{4})', '\3-\2-\1');
CREATE MACRO mdy_text(s) AS regexp_replace(full_year(tidy(s)), '^(\d{1,2})[-./](\d{1,2})[-./](\d{4})', '\3-\1-\2');

-- 12-hour clock: 2026-10-3 3:05 PM, 下午 3:05
CREATE MACRO is_afternoon(t) AS regexp_matches(t, '下午|晚上|[Pp]\.?[Mm]');
CREATE MACRO is_half_day(t) AS regexp_matches(t, '上午|下午|早上|晚上|凌晨|[AaPp]\.?[Mm]\.?\s*$');
CREATE MACRO bare_clock(t) AS trim(regexp_replace(regexp_replace(t, '\s*(上午|下午|早上|晚上|凌晨|[AaPp]\.?[Mm]\.?)\s*', ' '), '\s+', ' ', 'g'));
CREATE MACRO clock_hour(t) AS try_cast(regexp_extract(t, ' (\d{1,2}):', 1) AS INTEGER);
CREATE MACRO half_day_shift(t) AS
    CASE WHEN is_afternoon(t) AND clock_hour(bare_clock(t)) < 12 THEN INTERVAL 12 HOUR
         WHEN NOT is_afternoon(t) AND clock_hour(bare_clock(t)) = 12 THEN INTERVAL (-12) HOUR
         ELSE INTERVAL 0 HOUR END;

-- offsets go to Asia/Shanghai before anything is cut into months (X18); China has kept +08:00 since 1991
CREATE MACRO offset_text(t) AS regexp_extract(t, '([Zz]|[+-]\d{2}(?::?\d{2})?)$', 1);
CREATE MACRO has_offset(t) AS regexp_matches(t, '\d:\d{2}(:\d{2}(\.\d+)?)?\s*([Zz]|[+-]\d{2}(:?\d{2})?)$');
CREATE MACRO offset_minutes(o) AS
    CASE WHEN upper(o) = 'Z' THEN 0
         ELSE (CASE WHEN left(o, 1) = '-' THEN -1 ELSE 1 END)
              * (CAST(substr(o, 2, 2) AS INTEGER) * 60 + CASE WHEN length(o) > 3 THEN CAST(right(o, 2) AS INTEGER) ELSE 0 END) END;

CREATE MACRO plain_time(t) AS coalesce(
    try_strptime(t, ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d %H:%M', '%Y-%m-%d', '%Y-%m-%d %H:%M:%S.%f']),
    CASE WHEN regexp_matches(t, '^\d{8}$|^\d{12}$|^\d{14}$|^\d{8} \d{1,2}:\d') THEN
        try_strptime(t, ['%Y%m%d%H%M%S', '%Y%m%d%H%M', '%Y%m%d', '%Y%m%d %H:%M:%S', '%Y%m%d %H:%M']) END,
    -- the 24:00 of a day is the 00:00 of the next
    CASE WHEN regexp_matches(t, ' 24:00(:00)?$') THEN try_strptime(regexp_replace(t, ' 24:00(:00)?$', ''), '%Y-%m-%d') + INTERVAL 1 DAY END,
    -- an Excel serial, 1954 to 2119
    CASE WHEN regexp_matches(t, '^[2-7]\d{4}(\.\d+)?$') THEN
        TIMESTAMP '1899-12-30' + to_seconds(CAST(round(CAST(t AS DOUBLE) * 86400) AS BIGINT)) END);

CREATE MACRO time_at(t) AS
    CASE WHEN is_plain(t) THEN try_strptime(t, ['%Y-%m-%d %H:%M:%S', '%Y-%m-%d', '%Y-%m-%d %H:%M'])
         WHEN has_offset(t)
         THEN plain_time(trim(replace(left(t, length(t) - length(offset_text(t))), 'T', ' ')))
              + to_minutes(480 - offset_minutes(offset_text(t)))
         WHEN is_half_day(t) THEN plain_time(bare_clock(t)) + half_day_shift(t)
         ELSE plain_time(t) END;

-- a month without a day, 2026年10月 or 202610: its first day, or its last where the column says "until"
CREATE MACRO month_only(t) AS CASE
    WHEN regexp_matches(t, '^\d{4}[-/]\d{1,2}$|^\d{4}\.\d\d$') THEN CAST(try_strptime(regexp_replace(t, '[/.]', '-'), '%Y-%m') AS DATE)
    WHEN regexp_matches(t, '^(19|20)\d\d(0[1-9]|1[0-2])$') THEN CAST(try_strptime(t, '%Y%m') AS DATE) END;

-- what the spelling says of its own exactness (X19): second, minute or day
CREATE MACRO time_precision(t) AS
    CASE WHEN is_plain(t) THEN CASE length(t) - length(replace(t, ':', '')) WHEN 2 THEN 'second' WHEN 1 THEN 'minute' ELSE 'day' END
         WHEN regexp_matches(t, '\d:\d{1,2}:\d') OR regexp_matches(t, '^\d{14}$') OR regexp_matches(t, '^\d{5}\.\d') THEN 'second'
         WHEN regexp_matches(t, '\d:\d') OR regexp_matches(t, '^\d{12}$') THEN 'minute'
         ELSE 'day' END;

-- several times in one cell, apart by ; ， 、 or a line break
CREATE MACRO stamps(s) AS list_filter(
    list_transform(string_split_regex(coalesce(s, ''), '[;；,，、\n|]+'), lambda x: time_at(time_text(x))),
    lambda x: x IS NOT NULL);
CREATE MACRO stamps_n(s) AS len(list_filter(string_split_regex(coalesce(s, ''), '[;；,，、\n|]+'), lambda x: tidy(x) IS NOT NULL));


-- 1,234.50 元 is an amount
-- 1.234,56 is refused rather than read as 1.23456: a comma stands only before three digits
CREATE MACRO bare_amount(s) AS CASE WHEN regexp_full_match(s, '[-+]?(\d+|\d{1,3}(,\d{3})+)?(\.\d*)?([eE][-+]?\d+)?')
    THEN try_cast(replace(s, ',', '') AS DOUBLE) END;
CREATE MACRO amount(t) AS bare_amount(regexp_replace(replace(t, '，', ','), '\s*(元|¥|￥)\s*', ''));
-- the latest moment that a stamp's own exactness leaves open (X19)
CREATE MACRO latest(moment, exactness) AS
    CASE exactness WHEN 'day' THEN moment + INTERVAL 1 DAY - INTERVAL 1 SECOND
                   WHEN 'minute' THEN moment + INTERVAL 59 SECOND ELSE moment END;
