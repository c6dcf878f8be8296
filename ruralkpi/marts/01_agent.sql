-- agent: one row per agent, known from 代理人员 or only from the records that name one; hotline 10000 is none
-- key: agent_id
WITH seen AS (
    SELECT agent_id FROM clean.customers WHERE agent_id_means IS NULL
    UNION SELECT agent_id FROM clean.visits WHERE agent_id_means IS NULL
    UNION SELECT agent_id FROM clean.calls WHERE agent_id_means IS NULL
    UNION SELECT agent_id FROM clean.complaints WHERE agent_id_means IS NULL
    UNION SELECT owner_id FROM clean.complaints WHERE owner_id_means IS NULL
    UNION SELECT agent_id FROM clean.faults WHERE agent_id_means IS NULL
    UNION SELECT repairer_id FROM clean.faults WHERE repairer_id_means IS NULL
    UNION SELECT agent_id FROM clean.agreements WHERE agent_id_means IS NULL
    UNION SELECT agent_id FROM clean.opportunities WHERE agent_id_means IS NULL
    UNION SELECT agent_id FROM clean.greetings WHERE agent_id_means IS NULL
    UNION SELECT agent_id FROM clean.jobs WHERE agent_id_means IS NULL
    UNION SELECT agent_id FROM clean.inspections WHERE agent_id_means IS NULL
)
SELECT
    coalesce(known.agent_id, seen.agent_id) AS agent_id,
    known.agent_name,
    coalesce(known.area_id, '-') AS area_id,
    coalesce(known.county_id, '-') AS county_id,
    known.town_name,
    known.manager_name,
    known.is_repairer,
    known.hired_on,
    known.left_on,
    known.agent_id IS NOT NULL AS is_listed
FROM (
    SELECT * FROM (SELECT *, row_number() OVER (PARTITION BY agent_id ORDER BY listed_from_on DESC) AS newness FROM listed_agent) AS listed
    WHERE newness = 1
) AS known
FULL OUTER JOIN (SELECT agent_id FROM seen WHERE agent_id IS NOT NULL) AS seen
    ON seen.agent_id = known.agent_id
