-- What the views of a working database and the checks ask of a text or a value, beside reading itself.

-- full-width letters, digits and marks to half-width; no-break blanks to blanks; empty to NULL
CREATE MACRO is_tidy(s) AS regexp_full_match(s, '[!-%''-~一-龥]+');
CREATE MACRO half_width(s) AS CASE WHEN regexp_matches(s, '[^ -~一-龥]') THEN translate(s,
    '０１２３４５６７８９ＡＢＣＤＥＦＧＨＩＪＫＬＭＮＯＰＱＲＳＴＵＶＷＸＹＺａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ：／－．＋＇｀（）　' || chr(160),
    '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz:/-.+''`()  ') ELSE s END;
CREATE MACRO tidied(s) AS nullif(trim(regexp_replace(half_width(replace(s, '&nbsp;', ' ')), '\s+', ' ', 'g')), '');
CREATE MACRO tidy(s) AS CASE WHEN is_tidy(s) THEN s ELSE tidied(s) END;

-- free text keeps its marks and line breaks
CREATE MACRO has_blank_ends(s) AS regexp_matches(s, '^[ \t\n\r　\x{a0}]|[ \t\n\r　\x{a0}]$|&nbsp;');
CREATE MACRO free_text(s) AS CASE WHEN has_blank_ends(s)
    THEN nullif(trim(replace(s, '&nbsp;', ' '), ' ' || chr(9) || chr(10) || chr(13) || '　' || chr(160)), '') ELSE nullif(s, '') END;

-- the style in which a text shows a time, NULL for a database's own; and a time written so, as exactly as it was
CREATE MACRO time_style(t) AS CASE WHEN contains(t, '/') THEN
    CASE WHEN regexp_matches(t, '[/ ]0\d') THEN CAST('y/mm/dd' AS ENUM ('y/m/d', 'y/mm/dd')) ELSE CAST('y/m/d' AS ENUM ('y/m/d', 'y/mm/dd')) END END;
CREATE MACRO as_written(moment, exactness, style) AS CASE
    WHEN style IS NULL THEN CASE exactness WHEN 'second' THEN CAST(moment AS VARCHAR)
        WHEN 'minute' THEN left(CAST(moment AS VARCHAR), 16) ELSE left(CAST(moment AS VARCHAR), 10) END
    WHEN style = 'y/m/d' THEN CASE exactness WHEN 'second' THEN strftime(moment, '%Y/%-m/%-d %-H:%M:%S')
        WHEN 'minute' THEN strftime(moment, '%Y/%-m/%-d %-H:%M') ELSE strftime(moment, '%Y/%-m/%-d') END
    ELSE CASE exactness WHEN 'second' THEN strftime(moment, '%Y/%m/%d %H:%M:%S')
        WHEN 'minute' THEN strftime(moment, '%Y/%m/%d %H:%M') ELSE strftime(moment, '%Y/%m/%d') END END;

-- the latest moment that a stamp's own exactness leaves open (X19)
CREATE MACRO latest(moment, exactness) AS
    CASE exactness WHEN 'day' THEN moment + INTERVAL 1 DAY - INTERVAL 1 SECOND
                   WHEN 'minute' THEN moment + INTERVAL 59 SECOND ELSE moment END;
