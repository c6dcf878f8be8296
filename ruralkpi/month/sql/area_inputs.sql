-- grain: one row per area: the hash of its trend's figures, its measures and what it owes without an agent, in the month; summed
-- as those of cards are.
WITH piece AS (
    SELECT area_id, hash('area', own) AS h FROM area AS own
    UNION ALL
    SELECT area_id, hash('figure', own) AS h FROM kpi_area_month AS own WHERE month BETWEEN $trend AND $month
    UNION ALL
    SELECT area_id, hash('measure', own) AS h FROM measure AS own WHERE agent_id IS NULL AND month = $month
    UNION ALL
    SELECT area_id, hash('owed', owed) AS h
    FROM obligation AS owed
    -- nobody's, or of an agent without a card, which would be hashed by itself
    WHERE (agent_id IS NULL OR agent_id NOT IN (SELECT agent_id FROM kpi_agent_month WHERE month = $month))
      AND (outcome IN ('pending', 'missed_open') OR (month = $month AND outcome IN ('missed_late', 'missed_open')))
)
SELECT area_id, count(*) || ' ' || sum(h) || ' ' || sum(hash(h)) AS inputs
FROM piece
GROUP BY area_id
