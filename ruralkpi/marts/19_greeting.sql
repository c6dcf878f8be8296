-- greeting: one row per greeting sent, by any channel; `counts` is NULL where it does not say what for, or by a word in no list
-- key: source_id
SELECT
    coalesce(greeting_id, file || ':' || CAST(row AS VARCHAR)) AS source_id,
    customer_id,
    agent_id,
    greeted_at, greeted_precision,
    occasion_means AS occasions,
    CASE WHEN occasion_means IS NULL OR list_contains(occasion_means, '?') THEN CAST(NULL AS BOOLEAN) ELSE true END AS counts,
    coalesce(list_contains(occasion_means, '?'), false) AS is_word_unknown,
    file, row
FROM clean.greetings
