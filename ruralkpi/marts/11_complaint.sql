-- complaint: one row per complaint, with the reply that counts (X13, X24)
SELECT
    complaint.complaint_id AS source_id,
    'complaints' AS source_table,
    complaint.customer_id,
    complaint.agent_id,
    coalesce(agent.area_id, '-') AS area_id,
    CASE WHEN coalesce(complaint.channel, '') LIKE '%10000%' OR complaint.agent_id LIKE '10000%' THEN 'hotline' ELSE 'agent' END AS accepted_by,
    coalesce(complaint.owner_id, complaint.agent_id) AS handler_id,
    coalesce(handler.area_id, agent.area_id, '-') AS handler_area_id,
    handler.left_on AS handler_left_on,
    complaint.received_at,
    complaint.received_precision,
    -- an automatic acknowledgement is no reply; handled on the spot is a reply at receipt
    CASE WHEN complaint.first_reply_at IS NOT NULL AND coalesce(complaint.reply_kind, '') NOT LIKE '%自动%' THEN complaint.first_reply_at
         WHEN complaint.is_on_spot THEN complaint.received_at END AS replied_at,
    CASE WHEN complaint.first_reply_at IS NOT NULL AND coalesce(complaint.reply_kind, '') NOT LIKE '%自动%' THEN complaint.first_reply_precision
         WHEN complaint.is_on_spot THEN complaint.received_precision END AS replied_precision,
    complaint.confirmed_at,
    complaint.closed_at,
    complaint.closed_precision,
    complaint.progress_ats,
    complaint.reported_up_at,
    complaint.reported_up_precision,
    coalesce(complaint.is_on_spot, false) AS is_on_spot,
    coalesce(complaint.is_escalated, false) AS is_escalated,
    coalesce(complaint.is_withdrawn, complaint.withdrawn_at IS NOT NULL) AS is_withdrawn,
    coalesce(complaint.withdrawn_at, complaint.closed_at) AS withdrawn_at,
    CASE WHEN upper(complaint.repeat_of) NOT IN ('否', '0', '无', 'N', 'NO', '-') THEN complaint.repeat_of END AS repeat_of,
    -- until when the customer waits: on the spot means not at all, NULL still
    CASE WHEN complaint.is_on_spot THEN complaint.received_at
         ELSE coalesce(complaint.closed_at, complaint.withdrawn_at, CASE WHEN complaint.is_withdrawn THEN complaint.received_at END) END AS open_until,
    complaint.kind,
    complaint.file,
    complaint.row,
    complaint.absent,
    complaint.version_n,
    complaint.file_month
FROM clean.complaints AS complaint
LEFT JOIN agent ON agent.agent_id = complaint.agent_id
LEFT JOIN agent AS handler ON handler.agent_id = coalesce(complaint.owner_id, complaint.agent_id)
