-- complaint_received: one row per complaint as it was written down: in the complaint export, or on a visit where it stands in none (X23)
-- key: source_id
WITH repeated AS (
    -- a named complaint is repeated only by a later one of the same customer (X15, X26)
    SELECT later.complaint_id AS repeating_id
    FROM clean.complaints AS later
    JOIN clean.complaints AS named ON named.complaint_id = later.repeat_of AND named.customer_id = later.customer_id
    WHERE later.repeat_of_means = 'record' AND (
        named.received_at < later.received_at
        OR (named.received_at = later.received_at AND (
            length(named.complaint_id) < length(later.complaint_id)
            OR (length(named.complaint_id) = length(later.complaint_id) AND named.complaint_id < later.complaint_id))))
)
SELECT
    complaint_id AS source_id, 'complaints' AS source_table, customer_id, agent_id, coalesce(owner_id, agent_id) AS handler_id,
    -- the hotline itself, by the word or number as a whole
    'hotline' IN (coalesce(channel_means, ''), coalesce(agent_id_means, '')) AS is_accepted_by_hotline,
    coalesce(CASE WHEN owner_id IS NOT NULL THEN owner_id_means ELSE agent_id_means END, '') = 'hotline' AS is_handled_by_hotline,
    received_at, received_precision, handed_over_at, handed_over_precision,
    -- an automatic acknowledgement is no reply; handled on the spot is a reply at receipt
    CASE WHEN first_reply_at IS NOT NULL AND coalesce(reply_kind_means, 'personal') = 'personal' THEN first_reply_at
         WHEN is_on_spot THEN received_at END AS replied_at,
    CASE WHEN first_reply_at IS NOT NULL AND coalesce(reply_kind_means, 'personal') = 'personal' THEN first_reply_precision
         WHEN is_on_spot THEN received_precision END AS replied_precision,
    -- a word in no list may be what would have said that it was answered (X25)
    CASE WHEN reply_kind_means = '?' THEN first_reply_at END AS unread_reply_at,
    coalesce(is_on_spot_means = '?', false) AS is_spot_unread,
    confirmed_at, closed_at, closed_precision, progress_ats, reported_up_at, reported_up_precision,
    coalesce(is_on_spot, false) AS is_on_spot,
    coalesce(is_escalated, false) AS is_escalated,
    coalesce(is_withdrawn, withdrawn_at IS NOT NULL) AS is_withdrawn,
    withdrawn_at, withdrawn_precision,
    CASE WHEN repeat_of_means = 'repeat' OR repeating_id IS NOT NULL THEN repeat_of END AS repeat_of,
    CASE WHEN repeat_of_means = 'record' AND repeat_of <> complaint_id AND repeating_id IS NULL THEN repeat_of END AS not_repeated_id,
    reopened_n > 0 AS is_reopened, kind, file, row, absent, version_n, file_month
FROM clean.complaints
LEFT JOIN repeated ON repeating_id = complaint_id
UNION ALL
SELECT
    CASE WHEN namesake.complaint_id IS NULL THEN visit.source_id ELSE 'visits/' || visit.source_id END,
    'visits', visit.customer_id, visit.agent_id, visit.agent_id, false, false,
    visit.visited_at, visit.visited_precision, NULL, NULL,
    visit.question_replied_at, visit.question_replied_precision, NULL, false,
    NULL, NULL, NULL, NULL, NULL, NULL,
    false, false, false, NULL, NULL, NULL, NULL, false, NULL, visit.file, visit.row,
    -- what visits say nothing of is as unknown as in a complaint export without the column
    CASE WHEN list_contains(string_split(visit.absent, ' '), 'question_replied_at') THEN 'first_reply_at ' ELSE '' END
        || 'closed_at confirmed_at progress_ats reported_up_at',
    visit.version_n, visit.file_month
FROM visit_complaint AS visit
LEFT JOIN (SELECT DISTINCT complaint_id FROM clean.complaints) AS namesake ON namesake.complaint_id = visit.source_id
WHERE visit.is_own
