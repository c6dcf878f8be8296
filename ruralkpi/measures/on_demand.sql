-- fact: one row per thing counted of on-demand visits: visits to customers who were not key that day (clauses 2.1.1(5), 2.1.2(4))
WITH visited AS (
    SELECT
        contact.source_id, contact.customer_id, contact.agent_id, agent.area_id, customer.village_name,
        strftime(contact.contacted_at, '%Y-%m') AS month
    FROM contact
    JOIN agent ON agent.agent_id = contact.agent_id
    JOIN class_span AS class
        ON class.customer_id = contact.customer_id AND CAST(contact.contacted_at AS DATE) BETWEEN class.from_on AND class.to_on
        AND NOT class.is_government AND NOT class.is_important
    LEFT JOIN customer ON customer.customer_id = contact.customer_id
    WHERE contact.kind = 'onsite' AND contact.counts
)
SELECT
    'on_demand' AS measure_id, part.part, agent_id, area_id, month,
    CASE part.part WHEN 'visits' THEN source_id WHEN 'customers' THEN customer_id ELSE village_name END AS unit_id,
    1.0 AS hit, CAST(NULL AS DOUBLE) AS weight, false AS is_provisional
FROM visited
CROSS JOIN (VALUES ('visits'), ('customers'), ('villages')) AS part(part)
WHERE part.part <> 'villages' OR village_name IS NOT NULL
