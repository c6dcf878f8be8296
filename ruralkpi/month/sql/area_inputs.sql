-- grain: one row per area: the hash of its trend's figures, its measures and what it owes without an agent, in the month.
WITH piece AS (
    SELECT area_id, area::TEXT AS words FROM area
    UNION ALL
    SELECT area_id, own::TEXT AS words FROM kpi_area_month AS own WHERE month BETWEEN $trend AND $month
    UNION ALL
    SELECT area_id, measure::TEXT AS words FROM measure WHERE agent_id IS NULL AND month = $month
    UNION ALL
    SELECT area_id, obligation::TEXT AS words
    FROM obligation
    -- nobody's, or of an agent without a card, which would be hashed by itself
    WHERE (agent_id IS NULL OR agent_id NOT IN (SELECT agent_id FROM kpi_agent_month WHERE month = $month)) AND (outcome IN ('pending', 'missed_open') OR (month = $month AND outcome LIKE 'missed%'))
)
SELECT area_id, md5(string_agg(md5(words), '' ORDER BY md5(words))) AS inputs
FROM piece
GROUP BY area_id
