-- impossible_travel: an on-site visit in another village within 5 minutes of leaving the last; no positions are used
SELECT
    'visits' AS source_table, visit.file_no, visit.row, visit.agent_id, strftime(visit.visited_at, '%Y-%m') AS month,
    village.village_name <> lag(village.village_name) OVER way
        AND visit.arrived_at < lag(visit.left_at) OVER way + INTERVAL 5 MINUTE AS is_flagged
FROM clean.visits AS visit
JOIN (SELECT customer_id, max(village_name) AS village_name FROM clean.customers GROUP BY 1) AS village
    ON village.customer_id = visit.customer_id AND village.village_name IS NOT NULL
WHERE visit.arrived_at IS NOT NULL AND visit.left_at IS NOT NULL AND visit.arrived_precision <> 'day'
WINDOW way AS (PARTITION BY visit.agent_id ORDER BY visit.arrived_at, visit.file_no, visit.row)
