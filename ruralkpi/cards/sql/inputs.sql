-- grain: one row per agent: the hash of every row its card is made from.
WITH piece AS (
    SELECT agent_id, agent::TEXT AS words FROM agent
    UNION ALL
    SELECT agent_id, 'c' || customer_id || coalesce(is_key, FALSE)::TEXT AS words FROM customer WHERE is_active
    UNION ALL
    SELECT agent_id, own::TEXT AS words FROM kpi_agent_month AS own WHERE month BETWEEN $trend AND $month
    UNION ALL
    SELECT agent.agent_id, area_month::TEXT AS words
    FROM kpi_area_month AS area_month
    INNER JOIN agent ON agent.area_id = area_month.area_id
    WHERE area_month.month = $month
    UNION ALL
    SELECT obligation.agent_id, obligation::TEXT || coalesce(customer.customer_name, '') AS words
    FROM obligation
    LEFT JOIN customer ON customer.customer_id = obligation.customer_id
    WHERE obligation.outcome = 'pending'
       OR (obligation.month = $month AND obligation.outcome <> 'met')
       OR (obligation.source_table = 'key_slot' AND obligation.month BETWEEN $grid AND $month)
)
SELECT agent_id, md5(string_agg(md5(words), '' ORDER BY md5(words))) AS inputs
FROM piece
WHERE agent_id IS NOT NULL
GROUP BY agent_id
