-- How typed text becomes ids, numbers, yes and no. Nothing is guessed: what fits no form is NULL and ends in quarantine.
-- Words for nothing (is_blank, without_blank, without_blank_end) are made of words.toml; times are read by times.sql.

-- what a spreadsheet puts to a value and a person never means: a quote before digits, the .0 of a whole number (X30)
CREATE MACRO without_quote(t) AS regexp_replace(t, '^[''`‘’´]+ ?(\d[^''`‘’]*)[''`‘’]?$', '\1');
CREATE MACRO without_point_zero(t) AS regexp_replace(t, '^(\d+)\.0+$', '\1');
CREATE MACRO has_quote(s) AS regexp_matches(s, '^\s*[''`‘’´＇｀]+ ?[\d０-９]');
CREATE MACRO has_point_zero(s) AS regexp_matches(s, '^\s*[''`‘’´]?\d+\.0+\s*$');
CREATE MACRO is_bare_id(s) AS regexp_full_match(s, '[1-9][!-%''-~一-龥]*|[!-%(-_a-~一-龥][!-%''-~一-龥]*[1-9][!-%''-~一-龥]*|[一-龥]{3}[!-%''-~一-龥]*')
    AND NOT suffix(s, '.0');
CREATE MACRO id_said(s) AS CASE WHEN is_bare_id(s) THEN s
    ELSE without_blank(without_point_zero(without_quote(tidied(s)))) END;

-- 1,234.50 元 and 1.2 万 are amounts; 1.234,56 is refused rather than read as 1.23456: a comma stands only before three
-- digits; (1,234) is a minus to one and a remark to another; a currency's sign stands at an end, never between digits
CREATE MACRO number_said(s) AS CASE WHEN regexp_full_match(s, '\d+(\.\d+)?') THEN s
    ELSE without_blank(regexp_replace(without_quote(replace(tidied(s), '，', ',')),
        '^(?:人民币|RMB|CNY|¥|￥) ?| ?(?:元整|元|圆|RMB|CNY)$', '', 'gi')) END;
CREATE MACRO is_amount(t) AS regexp_full_match(t, '[-+]?(\d+(,\d{3})*(\.\d*)?|\.\d+)([eE][-+]?\d+)?') AND NOT regexp_matches(t, '^[-+]?\d{4,},');
-- a million millions is an id or a slip, and more than can be added up exactly
CREATE MACRO plausible(n) AS CASE WHEN n BETWEEN -999999999999 AND 999999999999 THEN n END;
CREATE MACRO amount(t) AS plausible(CASE WHEN is_amount(t) THEN try_cast(replace(t, ',', '') AS DOUBLE)
    WHEN regexp_matches(t, '\d ?[万亿]$') AND is_amount(trim(left(t, length(t) - 1))) THEN
        CAST(try_cast(replace(trim(left(t, length(t) - 1)), ',', '') AS DECIMAL(18, 6))
            * CASE right(t, 1) WHEN '万' THEN 10000 ELSE 100000000 END AS DOUBLE) END);
CREATE MACRO whole_number(t) AS CASE WHEN regexp_full_match(t, '[-+]?\d+(\.0*)?') THEN
    plausible(try_cast(regexp_replace(t, '\.0*$', '') AS BIGINT)) END;
