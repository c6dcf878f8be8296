-- expiring_month: one row per area whose agreements come without reminders, and month in which some of them expire
-- key: source_id
WITH silent AS (
    SELECT area_id
    FROM agreement
    GROUP BY area_id
    HAVING count(reminded_at) = 0
), expiring AS (
    SELECT agreement.area_id, slot.start_on AS month_on, slot.has_export, count(*) AS agreement_n
    FROM agreement
    JOIN silent ON silent.area_id = agreement.area_id
    JOIN slot ON slot.slot_kind = 'list_month' AND agreement.expires_on BETWEEN slot.start_on AND slot.end_on
    GROUP BY agreement.area_id, slot.start_on, slot.has_export
), delivered AS (
    SELECT
        area_id, file, row, absent, version_n, file_month, delivered_at, delivered_precision,
        strftime(list_month, '%Y-%m') AS month,
        row_number() OVER (PARTITION BY area_id, strftime(list_month, '%Y-%m') ORDER BY delivered_at, row) AS nth
    FROM clean.expiring_lists
)
SELECT
    expiring.area_id || '/' || strftime(expiring.month_on, '%Y-%m') AS source_id,
    'expiring_month' AS source_table,
    CAST(NULL AS VARCHAR) AS customer_id,
    CAST(NULL AS VARCHAR) AS agent_id,
    expiring.area_id,
    expiring.month_on - 1 AS due_day,
    CAST(expiring.month_on AS TIMESTAMP) AS month_at,
    expiring.agreement_n,
    expiring.has_export,
    delivered.delivered_at, delivered.delivered_precision,
    delivered.file, delivered.row,
    coalesce(delivered.absent, '') AS absent, coalesce(delivered.version_n, 1) AS version_n, coalesce(delivered.file_month, '') AS file_month
FROM expiring
LEFT JOIN delivered ON delivered.area_id = expiring.area_id AND delivered.month = strftime(expiring.month_on, '%Y-%m') AND delivered.nth = 1
