-- greeting: one row per greeting sent, by any channel; `counts` is NULL where it does not say what for
SELECT
    coalesce(greeting_id, file || ':' || CAST(row AS VARCHAR)) AS source_id,
    customer_id,
    agent_id,
    greeted_at, greeted_precision,
    CASE WHEN occasion LIKE '%生日%' OR occasion LIKE '%寿%' THEN '生日'
         WHEN occasion LIKE '%元旦%' OR occasion LIKE '%新年%' THEN '元旦'
         WHEN occasion LIKE '%春节%' OR occasion LIKE '%新春%' OR occasion LIKE '%过年%' OR occasion LIKE '%除夕%' THEN '春节'
         WHEN occasion LIKE '%中秋%' THEN '中秋'
         ELSE occasion END AS occasion,
    CASE WHEN occasion IS NOT NULL THEN true END AS counts,
    file, row
FROM clean.greetings
