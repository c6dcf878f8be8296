-- agent: one row per agent, known from 代理人员 or only from the records that name one
WITH seen AS (
    SELECT agent_id FROM clean.customers
    UNION SELECT agent_id FROM clean.visits
    UNION SELECT agent_id FROM clean.calls
    UNION SELECT agent_id FROM clean.complaints
    UNION SELECT agent_id FROM clean.faults
    UNION SELECT repairer_id FROM clean.faults
    UNION SELECT agent_id FROM clean.agreements
    UNION SELECT agent_id FROM clean.opportunities
    UNION SELECT agent_id FROM clean.greetings
    UNION SELECT agent_id FROM clean.jobs
    UNION SELECT agent_id FROM clean.inspections
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
FROM clean.agents AS known
FULL OUTER JOIN (SELECT agent_id FROM seen WHERE agent_id IS NOT NULL AND agent_id NOT LIKE '10000%') AS seen
    ON seen.agent_id = known.agent_id
