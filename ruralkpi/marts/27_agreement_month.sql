-- agreement_month: one row per agreement and month at whose end it was in force
-- key: source_id
SELECT
    agreement.source_id || '/' || strftime(slot.end_on, '%Y-%m') AS source_id,
    'agreement_month' AS source_table,
    agreement.source_id AS agreement_id,
    agreement.customer_id,
    agreement.named_id, agreement.named_from_on, agreement.named_to_on,
    agreement.area_id,
    slot.end_on,
    CAST(slot.end_on + 1 AS TIMESTAMP) AS ended_at,
    agreement.updated_at, agreement.updated_precision,
    agreement.file, agreement.row, agreement.absent, agreement.version_n, agreement.file_month
FROM agreement
JOIN slot ON slot.slot_kind = 'file_month'
    AND agreement.is_current AND (agreement.is_continued OR coalesce(agreement.starts_on, slot.end_on) <= slot.end_on) AND agreement.expires_on >= slot.end_on
