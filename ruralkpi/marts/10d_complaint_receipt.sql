-- complaint_receipt: one row per receipt of a complaint, those of one that came again each (X17), with what was told since and until when it was open by that
-- key: source_id, received_at
WITH received AS (
    SELECT
        source_id, received_at, received_precision, is_on_spot, is_spot_unread, replied_at, unread_reply_at, progress_ats,
        is_withdrawn, withdrawn_at, withdrawn_precision, closed_at, closed_precision, absent
    FROM complaint_received
    WHERE NOT is_reopened
    UNION ALL
    SELECT
        complaint_id, received_at, received_precision, coalesce(is_on_spot, false), coalesce(is_on_spot_means = '?', false),
        CASE WHEN coalesce(reply_kind_means, 'personal') = 'personal' THEN first_reply_at END,
        CASE WHEN reply_kind_means = '?' THEN first_reply_at END, progress_ats,
        coalesce(is_withdrawn, withdrawn_at IS NOT NULL), withdrawn_at, withdrawn_precision, closed_at, closed_precision, absent
    FROM clean.complaints_receipts
)
SELECT
    source_id, received_at, received_precision, is_spot_unread, replied_at, unread_reply_at, progress_ats,
    -- until when the customer waits, at the earliest and at the latest: on the spot means not at all, NULL still. A bare day leaves
    -- its whole length open, a withdrawal without a time everything up to the closing (X19, X35), no column of closings everything
    CASE WHEN is_on_spot THEN received_at
         ELSE coalesce(
            least(closed_at, CASE WHEN is_withdrawn THEN coalesce(withdrawn_at, received_at) END),
            CASE WHEN list_contains(string_split(absent, ' '), 'closed_at') THEN received_at END) END AS open_until,
    CASE WHEN is_on_spot THEN received_at
         ELSE least(
            CASE closed_precision WHEN 'day' THEN closed_at + INTERVAL 1 DAY ELSE closed_at END,
            CASE WHEN is_withdrawn THEN CASE withdrawn_precision WHEN 'day' THEN withdrawn_at + INTERVAL 1 DAY ELSE withdrawn_at END END)
    END AS open_until_latest_at,
    absent
FROM received
