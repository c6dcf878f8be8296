-- fact: one row per customer who is not key, of the newest complete month's base: contacted within its last 12 months or not
WITH newest AS (
    SELECT max(month) AS month, max(first_on) AS first_on, max(last_on) AS last_on FROM month WHERE CAST(last_on + 1 AS TIMESTAMP) <= {as_of}
)
SELECT
    'reach_12_months' AS measure_id, 'customers' AS part, held.agent_id, held.area_id, newest.month, held.customer_id AS unit_id,
    CASE WHEN contact.customer_id IS NOT NULL THEN 1.0 ELSE 0.0 END AS hit, 1.0 AS weight, false AS is_provisional
FROM assignment_span AS held
CROSS JOIN newest
JOIN class_span AS class
    ON class.customer_id = held.customer_id AND newest.last_on BETWEEN class.from_on AND class.to_on
    AND class.is_active AND NOT class.is_government AND NOT class.is_important
LEFT JOIN contact
    ON contact.customer_id = held.customer_id AND contact.counts
    AND CAST(contact.contacted_at AS DATE) BETWEEN newest.first_on - INTERVAL 11 MONTH AND newest.last_on
WHERE newest.last_on BETWEEN held.from_on AND held.to_on
