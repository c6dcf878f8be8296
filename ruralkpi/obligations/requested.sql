-- requested: one row per request for a correction, with the obligation of that agent it asks about and what became of it
WITH held AS (
    SELECT rule_id, source_table, source_id, agent_id, month, outcome, {code} AS code
    FROM obligation
    WHERE agent_id IN (SELECT agent_id FROM request)
), asked AS (
    SELECT
        request.*, held.rule_id, held.source_table, held.source_id, held.month, held.outcome,
        count(held.rule_id) OVER (PARTITION BY request.file, request.row) AS held_n
    FROM request
    LEFT JOIN held ON held.agent_id = request.agent_id AND held.code = request.code
)
SELECT
    code, rule_id, source_table, source_id, agent_id, month, reason_code, proof, approver_name,
    CASE
        WHEN held_n = 0 THEN 'no_such_code'
        WHEN held_n > 1 THEN 'two_of_this_code'
        WHEN outcome NOT IN {asked} THEN 'not_missed'
        WHEN approver_name IS NULL THEN 'waiting'
        ELSE 'approved'
    END AS state,
    file, row
FROM asked
ORDER BY file, row, rule_id, source_id
