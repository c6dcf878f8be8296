"""What needs doing first and what earlier months left undone: against a second computation, and in the words of the review."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from itertools import pairwise
from typing import Any

from ruralkpi.book import Book
from ruralkpi.cards.facts import matters
from ruralkpi.cards.facts.content import Content
from ruralkpi.obligations.declared import rules
from ruralkpi.obligations.rule import MENDS

MONTH = "2026-10"
RULES: dict[str, dict[str, Any]] = {
    rule.id: {
        "rule_id": rule.id, "rule_no": n, "use": rule.words["use"], "mend": rule.mend, "mend_no": MENDS.get(rule.mend or ""),
        "words_zh": rule.sentence_words("zh"), "words_en": rule.sentence_words("en"),
    }
    for n, rule in enumerate(rules())
}  # fmt: skip
AT = dt.datetime(2026, 11, 1)


def owed(
    rule_id: str, source_id: str, since: str, due: dt.datetime, outcome: str = "missed_open", **given: Any
) -> dict[str, Any]:
    at = dt.datetime.fromisoformat(since)
    return {
        "rule_id": rule_id, "agent_id": "0004", "customer_id": "K1", "customer_name": "马鹿水电站", "is_firm": True, "village_name": "马鹿村",
        "source_table": "complaints", "source_id": source_id, "start_at": at, "since_at": at, "due_at": due, "due_on": due.date(),
        "month": f"{due:%Y-%m}", "done_at": None, "outcome": outcome, "reason": None, "flags": "", "mend_until_at": None, "file": None, **given,
    }  # fmt: skip


def page_one(*rows: dict[str, Any], lang: str = "zh") -> list[str]:
    content = Content(MONTH, {"agent_id": "0004"}, [], list(rows), {"as_of": str(AT)})
    return matters.headlines(content, RULES, lang)[0]


SILENT = owed(
    "complaint_progress_told", "284/2026-11", "2026-09-17 19:50", dt.datetime(2026, 11, 2, 19, 50), "pending",
    source_table="complaint_month", flags="block_n=1 told_n=0 silent_h=1060",
)  # fmt: skip


def test_a_complaint_is_one_line_that_says_who_waits_and_since_when() -> None:
    assert page_one(SILENT) == ["投诉 284（马鹿水电站，9 月 17 日受理）44 天没有消息"]
    late = owed("complaint_first_reply", "284", "2026-09-17 19:50", dt.datetime(2026, 9, 19, 19, 50))
    assert page_one(SILENT, late) == ["投诉 284（马鹿水电站，9 月 17 日受理）44 天未首次回复"]
    assert page_one(SILENT, late, lang="en") == ["Complaint 284 (马鹿水电站, received 17 Sep): not replied for 44 days"]


def test_customers_who_wait_come_longest_first_then_what_this_week_can_save() -> None:
    day = dt.datetime(2026, 10, 1)
    promises = [
        owed(
            "visit_promise_kept",
            f"V{n}",
            f"2026-09-0{n} 09:00",
            day,
            source_table="visits",
            customer_id=f"K{n}",
            customer_name=f"{n}站",
        )
        for n in (4, 2, 3, 1)
    ]
    slot = [
        owed("key_call_weekly", f"K{n}/2026-10-26", "2026-10-26", dt.datetime(2026, 11, 2), "pending", source_table="key_slot",
             customer_id=f"K{n}", customer_name=f"{n}厂", mend_until_at=dt.datetime(2026, 11, 2))
        for n in range(7)
    ]  # fmt: skip
    for row in slot:
        row["due_on"] = dt.date(2026, 11, 1)
    told = page_one(*slot, *promises)
    assert [line.split("（")[0] for line in told[:4]] == [f"拜访 V{n} 的承诺" for n in (1, 2, 3, 4)]
    assert told[4] == "0厂、1厂、2厂、3厂 等 7 户：11 月 1 日 24:00 前要电访，还有 24 小时"
    lost = owed(
        "key_call_weekly", "K1/2026-10-19", "2026-10-19", dt.datetime(2026, 10, 26), mend_until_at=dt.datetime(2026, 10, 26)
    )
    assert page_one(lost) == []


def test_what_no_line_tells_is_counted_by_what_is_still_to_be_done() -> None:
    """Every obligation that is overdue and can be done, or falls due within a week, whatever its rule: told or counted."""
    late = dt.datetime(2026, 9, 30)
    calls = [
        owed(
            "call_recorded", f"D{n}", "2026-09-25 09:00", late, source_table="calls", customer_id=f"K{n}", customer_name=f"{n}店"
        )
        for n in range(8)
    ]
    soon = [
        owed("key_call_weekly", f"K{n}/2026-11-02", "2026-11-02", dt.datetime(2026, 11, 8), "pending", source_table="key_slot",
             customer_id=f"K{n}", customer_name=f"{n}厂", mend_until_at=dt.datetime(2026, 11, 8))
        for n in range(7)
    ]  # fmt: skip
    far = owed("agreement_renewed_in_time", "XY1", "2026-10-01", dt.datetime(2026, 11, 20), "pending", source_table="agreements")
    unscored = owed(
        "visit_arrived_early", "V1", "2026-11-01 08:00", dt.datetime(2026, 11, 3, 8), "pending", source_table="visits"
    )
    lost = owed("key_call_weekly", "K1/2026-10-19", "2026-10-19", late, mend_until_at=late, source_table="key_slot")
    content = Content(MONTH, {"agent_id": "0004"}, [], [*calls, *soon, far, unscored, lost], {"as_of": str(AT)})
    told, more = matters.headlines(content, RULES, "zh")
    assert told[0].startswith("0厂、1厂、2厂、3厂 等 7 户：") and told[1] == "电访 D0（0店，9 月 25 日通话）36 天未更新"
    assert len(told) == 5 and more.startswith("另有逾期未补录 4 件、一周内到期 1 件，在")
    assert matters.headlines(content, RULES, "en")[1].endswith(": 4 overdue to be recorded, 1 due within a week")
    few = Content(MONTH, {"agent_id": "0004"}, [], [*calls[:2], far], {"as_of": str(AT)})
    assert len(matters.headlines(few, RULES, "zh")[0]) == 2 and matters.headlines(few, RULES, "zh")[1] == ""


def test_two_customers_of_one_name_are_told_apart() -> None:
    other = owed(
        "visit_promise_kept",
        "V9",
        "2026-09-02 09:00",
        dt.datetime(2026, 9, 4),
        source_table="visits",
        customer_id="K2",
        village_name="青溪村",
    )
    assert page_one(SILENT, other)[0].startswith("拜访 V9 的承诺（马鹿水电站·青溪村·K2，9 月 2 日答应）")


# the records themselves: what is open, by rule and by who owes it
UNDONE = """
SELECT o.agent_id, o.rule_id, count(DISTINCT o.source_id) FROM obligation AS o WHERE o.agent_id IS NOT NULL AND o.due_on < DATE '2026-10-01'
    AND o.outcome NOT IN ('void', 'exempt', 'unknown') AND (
    (o.rule_id = 'complaint_first_reply' AND o.source_id IN (SELECT source_id FROM complaint WHERE replied_at IS NULL AND closed_at IS NULL AND NOT is_withdrawn))
    OR (o.rule_id = 'fault_repaired_in_limit' AND o.source_id IN (SELECT source_id FROM fault WHERE repaired_at IS NULL))
    OR (o.rule_id = 'visit_promise_kept' AND o.source_id IN (SELECT source_id FROM visit WHERE promise_done_at IS NULL))
    OR (o.rule_id = 'visit_question_replied' AND o.source_id IN (SELECT source_id FROM visit_question WHERE question_replied_at IS NULL))
    OR (o.rule_id = 'agreement_renewed_in_time' AND o.source_id IN (SELECT source_id FROM agreement WHERE renewed_at IS NULL AND end_reason IS NULL))
    OR (o.rule_id = 'call_recorded' AND o.source_id IN (SELECT source_id FROM phone_visit WHERE file_updated_at IS NULL)))
GROUP BY ALL"""


def test_what_earlier_months_left_undone_stands_on_the_card_of_who_owes_it(book: Book, contents: dict[str, Content]) -> None:
    rules = {row["rule_id"]: row for row in book.sql("SELECT * FROM rule WHERE use <> 'M'").to_dict("records")}
    expected = {(agent, rule): n for agent, rule, n in book.con.execute(UNDONE).fetchall()}
    told: Counter[tuple[str, str]] = Counter()
    for agent, content in contents.items():
        for line in matters.carried(content, rules, "zh"):
            told[agent, line.rule["rule_id"]] += len(line.rows)
            assert "天" in line.over and line.row["month"] < MONTH
    listed = {key: n for key, n in told.items() if key[1] in {rule for _, rule in expected}}
    assert listed == expected and sum(expected.values()) > 800


def test_gaps_count_the_days_on_which_the_customer_was_his(book: Book, contents: dict[str, Content]) -> None:
    visits = book.con.execute(
        "SELECT customer_id, CAST(contacted_at AS DATE) FROM contact WHERE kind = 'onsite' AND counts"
    ).fetchall()
    spans = book.con.execute("SELECT agent_id, customer_id, from_on, to_on FROM assignment_span").fetchall()
    first, last, shown = dt.date(2025, 10, 1), dt.date(2026, 10, 31), dt.date(2026, 8, 1)
    on: dict[str, list[dt.date]] = {}
    for customer, day in visits:
        on.setdefault(customer, []).append(day)
    gaps: dict[tuple[str, str], int] = {}
    for agent, customer, begun, ended in spans:
        begin, end = max(begun, first), min(ended, last)
        days = sorted({begin, end, *(day for day in on.get(customer, []) if begin <= day <= end)})
        lengths = [(b - a).days for a, b in pairwise(days) if b >= shown] or ([0] if end >= shown else [])
        if lengths:
            gaps[agent, customer] = max(gaps.get((agent, customer), 0), *lengths)
    told = {(a, c): t["gap_d"] for a, content in contents.items() for c, t in content.touches.items() if t["gap_d"] is not None}
    assert told == {key: gaps[key] for key in told} and len(told) > 100
    moved = {(a, c) for a, content in contents.items() for c, t in content.touches.items() if t["others"]}
    assert moved and all(any(other != a and c == one for other, one, _, to in spans if to >= shown) for a, c in moved)


def test_headlines_begin_with_who_waits_longest(book: Book, contents: dict[str, Content]) -> None:
    rules = {row["rule_id"]: row for row in book.sql("SELECT * FROM rule WHERE use <> 'M'").to_dict("records")}
    query = """
SELECT source_id FROM obligation WHERE agent_id = $agent AND outcome = 'missed_open'
    AND rule_id IN ('complaint_first_reply', 'fault_repaired_in_limit', 'visit_promise_kept', 'visit_question_replied')
ORDER BY start_at, source_id LIMIT 1"""
    lines = {agent: matters.headlines(content, rules, "zh")[0] for agent, content in contents.items()}
    for agent, told in lines.items():
        assert len(told) <= 5
        longest = book.con.execute(query, {"agent": agent}).fetchall()
        assert not longest or any(longest[0][0] in line for line in told[:2])
    assert sum(len(told) >= 3 for told in lines.values()) > 15


def test_headlines_and_what_they_leave_are_all_that_is_urgent(book: Book, contents: dict[str, Content]) -> None:
    rules = {row["rule_id"]: row for row in book.sql("SELECT * FROM rule WHERE use <> 'M'").to_dict("records")}
    query = """
SELECT CASE WHEN outcome = 'pending' THEN '一周内到期' ELSE mend END AS kind, count(*)
FROM obligation JOIN rule USING (rule_id) CROSS JOIN (SELECT CAST(value AS TIMESTAMP) AS as_of FROM meta WHERE key = 'as_of')
WHERE agent_id = $agent AND use <> 'M' AND (
    (outcome = 'pending' AND due_at <= as_of + INTERVAL 7 DAY) OR (outcome = 'missed_open' AND coalesce(mend_until_at > as_of, true)))
GROUP BY ALL"""
    words = {
        "record": "逾期未补录",
        "renewal": "逾期未续签",
        "reply": "逾期未回复",
        "repair": "逾期未修复",
        "promise": "逾期未兑现",
    }
    records_n = 0
    for agent, content in contents.items():
        lines, more = matters.headlines(content, rules, "zh")
        urgent = {words.get(kind, kind): n for kind, n in book.con.execute(query, {"agent": agent}).fetchall()}
        left = {kind: int(n) for kind, n in re.findall(r"(逾期未..|一周内到期) (\d+) 件", more)}
        assert left.keys() <= urgent.keys() and all(n <= urgent[kind] for kind, n in left.items())
        assert bool(lines) == bool(urgent) and sum(urgent.values()) - sum(left.values()) >= len(lines)
        assert urgent.get("逾期未补录", 0) - left.get("逾期未补录", 0) <= 5
        records_n += left.get("逾期未补录", 0)
    assert records_n > 300
