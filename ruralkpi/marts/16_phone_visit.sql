-- phone_visit: one row per connected outgoing call, or one of which nobody says whether it came about; one that stands among the visits too is counted once, as the call (X23)
-- key: source_table, source_id
WITH called AS NOT MATERIALIZED (
    SELECT
        'calls' AS source_table, call_id AS given_id, customer_id, agent_id, called_at, called_precision,
        -- "nothing changed" is said in the call's own record
        coalesce(file_updated_at, CASE WHEN is_unchanged THEN called_at END) AS file_updated_at,
        CASE WHEN file_updated_at IS NOT NULL THEN file_updated_precision ELSE called_precision END AS file_updated_precision,
        is_connected IS NULL AS is_connection_blank,
        file, row, absent, version_n, file_month
    FROM clean.calls
    WHERE coalesce(is_connected, is_connected_means IS NULL) AND coalesce(direction_means, 'outgoing') = 'outgoing'
        AND coalesce(channel_means, 'call') = 'call'
), listed AS (
    SELECT * FROM called
    UNION ALL
    SELECT
        'visits', visit.visit_id, visit.customer_id, visit.agent_id, visit.visited_at, visit.visited_precision,
        visit.file_updated_at, visit.file_updated_precision, visit.result_means IS NULL, visit.file, visit.row, visit.absent, visit.version_n, visit.file_month
    FROM clean.visits AS visit
    WHERE visit.mode_means = 'call' AND coalesce(visit.result_means, 'done') = 'done' AND NOT EXISTS (
        SELECT 1 FROM called
        WHERE called.customer_id = visit.customer_id AND called.agent_id = visit.agent_id
            AND CAST(called.called_at AS DATE) = CAST(visit.visited_at AS DATE)
    )
)
SELECT
    coalesce(listed.given_id, listed.file || ':' || CAST(listed.row AS VARCHAR)) AS source_id,
    listed.source_table,
    listed.customer_id,
    listed.agent_id,
    coalesce(agent.area_id, '-') AS area_id,
    listed.called_at, listed.called_precision,
    listed.file_updated_at, listed.file_updated_precision,
    listed.is_connection_blank,
    listed.file, listed.row, listed.absent, listed.version_n, listed.file_month
FROM listed
LEFT JOIN agent ON agent.agent_id = listed.agent_id
