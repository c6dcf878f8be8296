-- fact: one row per agreement that no cohort asks to be renewed: auto-renewed by month of expiry, open-ended in the newest complete month
WITH newest AS (
    SELECT max(month) AS month, max(last_on) AS last_on FROM month WHERE CAST(last_on + 1 AS TIMESTAMP) <= {as_of}
)
SELECT
    'renewal_aside' AS measure_id, 'auto_renewed' AS part, agent_id, area_id, strftime(expires_on, '%Y-%m') AS month, CAST(NULL AS VARCHAR) AS unit_id,
    1.0 AS hit, CAST(NULL AS DOUBLE) AS weight, false AS is_provisional
FROM agreement
WHERE is_auto_renew AND NOT is_ended_by_operator AND CAST(expires_on + 1 AS TIMESTAMP) <= {as_of}
UNION ALL
SELECT 'renewal_aside', 'open_ended', agent_id, area_id, newest.month, NULL, 1.0, CAST(NULL AS DOUBLE), false
FROM agreement
CROSS JOIN newest
WHERE is_open_ended AND NOT is_ended_by_operator
    AND coalesce(starts_on, newest.last_on) <= newest.last_on
