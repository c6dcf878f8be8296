-- grain: one row per agent: the hash of every row its card is made from.
WITH shown AS (
    SELECT *
    FROM obligation
    WHERE outcome = 'pending'
       OR (outcome = 'missed_open' AND coalesce(mend_until_at > $as_of, TRUE))
       OR (month = $month AND (outcome <> 'met' OR contains(flags, 'restated')))
       OR (source_table = 'key_slot' AND month BETWEEN $grid AND $month)
), held AS (
    SELECT DISTINCT agent_id, customer_id FROM shown WHERE source_table = 'key_slot'
), touch AS (
    SELECT
        customer_id,
        md5(string_agg(day || kind || coalesce(CAST(counts AS VARCHAR), '?'), ' ' ORDER BY day, kind, counts)) AS words
    FROM (
        SELECT customer_id, CAST(CAST(contacted_at AS DATE) AS VARCHAR) AS day, kind, counts
        FROM contact
        WHERE contacted_at >= $first AND contacted_at < $after
        UNION ALL
        SELECT customer_id, CAST(CAST(max(contacted_at) AS DATE) AS VARCHAR) AS day, 'last' AS kind, TRUE AS counts
        FROM contact
        WHERE contacted_at < $first AND kind = 'onsite' AND counts
        GROUP BY customer_id
        UNION ALL
        SELECT customer_id, from_on || ' ' || to_on AS day, agent_id AS kind, TRUE AS counts
        FROM assignment_span
        WHERE from_on < $after
    ) AS contacted
    GROUP BY customer_id
), faulty AS (
    SELECT
        quarantine::TEXT AS words, severity, code,
        unnest(list_distinct(json_extract_string(record, ['$.工号', '$.受理人', '$.维修人', '$.填报人']))) AS agent_id
    FROM quarantine
), area_warning AS (
    SELECT agent.area_id, faulty.code || CAST(count(*) AS VARCHAR) AS words
    FROM faulty
    INNER JOIN agent ON agent.agent_id = faulty.agent_id
    WHERE faulty.severity = 'warn'
    GROUP BY agent.area_id, faulty.code
), piece AS (
    SELECT agent_id, agent::TEXT AS words FROM agent
    UNION ALL
    SELECT agent_id, 'c' || customer_id || coalesce(is_key, FALSE)::TEXT AS words FROM customer WHERE is_active
    UNION ALL
    SELECT agent_id, own::TEXT AS words FROM kpi_agent_month AS own WHERE month BETWEEN $trend AND $month
    UNION ALL
    SELECT agent.agent_id, area_month::TEXT AS words
    FROM kpi_area_month AS area_month
    INNER JOIN agent ON agent.area_id = area_month.area_id
    WHERE area_month.month BETWEEN $trend AND $month
    UNION ALL
    SELECT shown.agent_id, shown::TEXT || coalesce(customer.customer_name, '') || coalesce(customer.village_name, '') || coalesce(CAST(customer.is_government AS VARCHAR), '') AS words
    FROM shown
    LEFT JOIN customer ON customer.customer_id = shown.customer_id
    UNION ALL
    SELECT held.agent_id, held.customer_id || touch.words AS words
    FROM held
    INNER JOIN touch ON touch.customer_id = held.customer_id
    UNION ALL
    SELECT agent_id, words FROM faulty
    UNION ALL
    SELECT agent_id, signal::TEXT AS words FROM signal WHERE month = $month AND flagged_n > 0
    UNION ALL
    SELECT agent.agent_id, area_warning.words
    FROM area_warning
    INNER JOIN agent ON agent.area_id = area_warning.area_id
)
SELECT agent_id, md5(string_agg(md5(words), '' ORDER BY md5(words))) AS inputs
FROM piece
WHERE agent_id IS NOT NULL
GROUP BY agent_id
