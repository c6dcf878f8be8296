-- complaint: one row per complaint, with the reply that counts and the bounds of what only a day or nothing is known of (X13, X19, X24, X35)
-- key: source_id
WITH bounded AS (
    SELECT
        *,
        -- a bare day leaves its whole length open, a time that is missing everything up to the closing (X19, X35)
        CASE WHEN is_withdrawn THEN coalesce(withdrawn_at, received_at) END AS withdrawn_from_at,
        CASE WHEN is_withdrawn THEN CASE withdrawn_precision WHEN 'day' THEN withdrawn_at + INTERVAL 1 DAY ELSE withdrawn_at END END AS withdrawn_stamp_at,
        CASE closed_precision WHEN 'day' THEN closed_at + INTERVAL 1 DAY ELSE closed_at END AS closed_until_at
    FROM complaint_received
)
SELECT
    complaint.source_id, complaint.source_table, complaint.customer_id, complaint.agent_id,
    coalesce(agent.area_id, '-') AS area_id,
    CASE WHEN complaint.is_accepted_by_hotline THEN 'hotline' ELSE 'agent' END AS accepted_by,
    complaint.handler_id,
    coalesce(handler.area_id, agent.area_id, '-') AS handler_area_id,
    complaint.is_handled_by_hotline,
    agent.left_on AS agent_left_on,
    handler.left_on AS handler_left_on,
    -- between when and when it was handed over; open to the end where no time is given
    CASE WHEN complaint.handler_id <> complaint.agent_id THEN coalesce(complaint.handed_over_at, complaint.received_at) END AS handed_from_at,
    CASE complaint.handed_over_precision WHEN 'day' THEN complaint.handed_over_at + INTERVAL 1 DAY ELSE complaint.handed_over_at END AS handed_until_at,
    complaint.received_at, complaint.received_precision,
    complaint.replied_at, complaint.replied_precision, complaint.unread_reply_at, complaint.is_spot_unread,
    complaint.confirmed_at, complaint.closed_at, complaint.closed_precision,
    complaint.reported_up_at, complaint.reported_up_precision,
    complaint.is_on_spot, complaint.is_escalated, complaint.is_withdrawn,
    complaint.withdrawn_from_at,
    coalesce(complaint.withdrawn_stamp_at, CASE WHEN complaint.is_withdrawn THEN complaint.closed_until_at END) AS withdrawn_until_at,
    complaint.repeat_of,
    complaint.kind, complaint.file, complaint.row, complaint.absent, complaint.version_n, complaint.file_month
FROM bounded AS complaint
LEFT JOIN agent ON agent.agent_id = complaint.agent_id
LEFT JOIN agent AS handler ON handler.agent_id = complaint.handler_id
