"""Rules of an office's own: a new one, and a later edition of a built-in one."""

NEW = """\
id = "complaint_closed_in_time"
clause = ["县规 3"]
dimension = "complaint"
use = "I"
owner = "agent"
version = "1"

[settings]
limit = { value = "5 days", set_by = "甲县办法" }

[label]
zh = "投诉 {limit}内办结"
en = "Complaint closed within {limit}"

[how]
zh = "自受理起 {limit}内办结。"
en = "Closed within {limit} of receipt."

[words]
zh = { thing = "投诉 {source_id}", start = "受理", duty = "{limit}内应办结", done = "办结" }
en = { thing = "Complaint {source_id}", start = "received", duty = "to be closed within {limit}", done = "closed" }

[owed]
each = "complaint"
start = "received_at"
due = { within = "limit" }

[done]
at = "closed_at"

[void]
"热线受理的" = "accepted_by = 'hotline'"

[[case]]
name = { zh = "第 5 天办结：按时；第 6 天：迟办；没有办结：漏办", en = "on the fifth day, the sixth, never" }
complaints = [
    { complaint_id = "1", received_at = "2026-03-02 09:00:00", closed_at = "2026-03-07 23:00:00" },
    { complaint_id = "2", received_at = "2026-03-02 09:00:00", closed_at = "2026-03-08 00:00:01" },
    { complaint_id = "3", received_at = "2026-03-02 09:00:00" },
    { complaint_id = "4", received_at = "2026-03-02 09:00:00", channel = "10000号" },
]
expect = [{ outcome = "met" }, { outcome = "missed_late" }, { outcome = "missed_open" }, { outcome = "void", reason = "热线受理的" }]
"""
RULE = "complaint_first_reply"
LATER = """\
id = "complaint_first_reply"
from = 2026-01-10
clause = ["2.4.2", "2.4.3", "1.3.4.2(8)"]
dimension = "complaint"
use = "S"
owner = "agent"
version = "甲县 2"
label = { zh = "投诉 {limit}内回复或办结", en = "Complaint replied to or closed within {limit}" }
how = { zh = "回复或办结都算。", en = "A reply or the closing." }

[settings]
limit = { value = "24 hours", set_by = "甲县办法" }

[words]
zh = { thing = "投诉 {source_id}", start = "受理", duty = "{limit}内应回复或办结", done = "回复" }
en = { thing = "Complaint {source_id}", start = "received", duty = "reply or closing due within {limit}", done = "replied" }

[owed]
each = "complaint"
start = "received_at"
due = { within = "limit" }

[done]
at = "least(replied_at, closed_at)"
precision = "'second'"

[[case]]
name = { zh = "正好 24 小时办结：按时；晚 1 秒：迟办", en = "closed on the second, one later" }
complaints = [
    { complaint_id = "1", received_at = "2026-03-02 09:00:00", closed_at = "2026-03-03 09:00:00" },
    { complaint_id = "2", received_at = "2026-03-02 09:00:00", closed_at = "2026-03-03 09:00:01" },
]
expect = [{ outcome = "met" }, { outcome = "missed_late" }]
"""
