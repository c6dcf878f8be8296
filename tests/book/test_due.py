"""What is still to do, and the sentences that say so: against the records, not against the page's own code."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from conftest import Office

from ruralkpi.book.words import SLOTS, sentence
from ruralkpi.errors import UserError
from ruralkpi.obligations.declared import rules
from ruralkpi.obligations.rule import Rule

RULES = {rule.id: rule for rule in rules()}
AT = dt.datetime(2026, 11, 1)


def row(rule: Rule, outcome: str, until: dt.datetime | None, **given: Any) -> dict[str, Any]:
    """An obligation of 17 September, due two days later; `until`: when it ceased to be mendable."""
    slot = next((name for name in SLOTS if name[:-1] in rule.words["owed"]["each"] or rule.id.endswith("told")), "x")
    start = dt.datetime(2026, 9, 17, 10)
    pending = outcome == "pending"
    due = dt.datetime(2026, 11, 4) if pending else start + dt.timedelta(hours=48)
    done = {"met": due - dt.timedelta(hours=1), "missed_late": due + dt.timedelta(hours=2)}.get(outcome)
    return {
        "rule_id": rule.id, "agent_id": "007", "customer_id": "K1", "source_table": slot if "key_" in rule.id else "complaints",
        "source_id": "C1", "start_at": start, "since_at": start, "due_at": due, "due_on": due.date() - dt.timedelta(days=pending), "done_at": done,
        "outcome": outcome, "reason": "word", "flags": "block_n=3 told_n=1 silent_h=90", "mend_until_at": until, **given,
    }  # fmt: skip


def told(rule_id: str, outcome: str, until: dt.datetime | None = None, lang: str = "zh", **given: Any) -> str:
    words = {f"words_{one}": RULES[rule_id].sentence_words(one) for one in ("zh", "en")}
    return sentence(row(RULES[rule_id], outcome, until, **given), words, "某某", lang, at=AT)


OVER = dt.datetime(2026, 9, 19, 10)
HEADS = {
    "zh": "投诉 C1：9 月 17 日 10:00 受理，48 小时内应首次回复，{} 到期；",
    "en": "Complaint C1: received 17 Sep 10:00, first reply due within 48 hours, due {}; ",
}
DUE = {"zh": "9 月 19 日 10:00", "en": "19 Sep 10:00"}
# outcome, until when it could be mended → what is said of it
TAILS = [
    ("met", None, "9 月 19 日 09:00 首次回复，按时。", "replied 19 Sep 09:00, in time."),
    ("missed_late", None, "9 月 19 日 12:00 首次回复，迟 2 小时。", "replied 19 Sep 12:00, 2 hours late."),
    ("missed_open", None, "至今未首次回复，漏办，已逾期 42 天，还能补办。", "not replied: missed, overdue by 42 days, can still be done."),
    ("missed_open", dt.datetime(2026, 12, 1), "至今未首次回复，漏办，已逾期 42 天，还能补办。", "not replied: missed, overdue by 42 days, can still be done."),
    ("missed_open", dt.datetime(2026, 10, 1), "未首次回复，漏办，已不能补。", "not replied: missed, and too late to be made good."),
    ("unknown", None, "证据不足，不计：记录里有不认识的词，判不了。", "undecidable, not counted: the record says it by a word in no list."),
    ("exempt", None, "免：记录里有不认识的词，判不了。", "exempt: the record says it by a word in no list."),
    ("void", None, "不计：记录里有不认识的词，判不了。", "not counted: the record says it by a word in no list."),
]  # fmt: skip


@pytest.mark.parametrize(("outcome", "until", "zh", "en"), TAILS)
def test_a_sentence_says_what_became_of_it(outcome: str, until: dt.datetime | None, zh: str, en: str) -> None:
    assert told("complaint_first_reply", outcome, until) == HEADS["zh"].format(DUE["zh"]) + zh
    assert told("complaint_first_reply", outcome, until, "en") == HEADS["en"].format(DUE["en"]) + en


def test_a_sentence_of_what_is_not_due_says_how_long_it_has() -> None:
    assert told("complaint_first_reply", "pending") == HEADS["zh"].format("11 月 3 日 24:00") + "尚未到期，还有 3 天。"
    assert told("complaint_first_reply", "pending", None, "en").endswith("due 3 Nov 24:00; not due yet, 3 days left.")


def test_a_day_of_another_year_is_told_with_its_year() -> None:
    old = {name: dt.datetime(2025, 10, 4, 9) + dt.timedelta(days=2 * k) for k, name in enumerate(("start_at", "due_at"))}
    sentence = told("complaint_first_reply", "missed_open", None, due_on=dt.date(2025, 10, 6), **old)
    assert sentence.startswith("投诉 C1：2025 年 10 月 4 日 09:00 受理，") and "已逾期 390 天" in sentence


def test_a_slot_that_is_over_and_blocks_without_news_cant_be_made_good() -> None:
    slot = told("key_visit_half_monthly", "missed_open", OVER, source_table="key_slot")
    assert slot == "某某：9 月 17 日至 9 月 19 日，应上门拜访一次；期内未上门，漏办，已不能补。"
    assert told("complaint_progress_told", "missed_open", OVER).endswith("最长 3 天 18 小时没有消息，漏办，已不能补。")


@pytest.mark.parametrize("rule_id", RULES)
def test_no_rule_calls_overdue_what_is_not_or_mendable_what_is_over(rule_id: str) -> None:
    has_numbers = "evidence" in RULES[rule_id].words["words"]["zh"]
    for lang, early, overdue, over in (("zh", "尚未到期", "已逾期", "不能补"), ("en", "not due yet", "overdue by", "too late")):
        pending = told(rule_id, "pending", None, lang)
        open_, lost = told(rule_id, "missed_open", None, lang), told(rule_id, "missed_open", OVER, lang)
        assert early in pending and overdue not in pending and over not in pending
        assert early not in open_ + lost and over in lost and overdue not in lost
        assert has_numbers or (overdue in open_ and over not in open_)


# What STANDARD section 6 lists as still to be mended: a reply, a repair, a renewal, a promise, a record; from the records.
OPEN = {
    "complaint_first_reply": """
        SELECT source_id FROM complaint WHERE accepted_by = 'agent' AND replied_at IS NULL AND closed_at IS NULL
            AND NOT is_withdrawn AND repeat_of IS NULL AND NOT EXISTS (SELECT 1 FROM exemption AS e
                WHERE e.rule_id = 'complaint_first_reply' AND e.source_id = complaint.source_id) AND received_at + INTERVAL 48 HOUR < $at""",
    "fault_repaired_in_limit": """
        SELECT source_id FROM fault WHERE repaired_at IS NULL AND NOT is_terminal AND NOT is_deferred
            AND reported_at + CASE WHEN is_urban THEN INTERVAL 48 HOUR ELSE INTERVAL 72 HOUR END
                < CASE WHEN source_id LIKE 'GZ02%' THEN TIMESTAMP '2026-10-21' ELSE $at END  -- whose newest export stops there""",
    "visit_promise_kept": """
        SELECT source_id FROM visit WHERE is_promise AND NOT is_vain AND promise_done_at IS NULL AND promised_at >= visited_at
            AND promised_at + CASE WHEN promised_precision = 'day' THEN INTERVAL 1 DAY ELSE INTERVAL 0 DAY END <= $at""",
    "agreement_renewed_in_time": """
        SELECT source_id FROM agreement WHERE renewed_at IS NULL AND renewal_doubt IS NULL AND end_reason IS NULL
            AND NOT is_auto_renew AND NOT is_open_ended AND expires_on < CAST($at AS DATE)""",
}  # fmt: skip


def test_due_lists_all_that_is_overdue_and_can_be_mended_however_old(sample: Office) -> None:
    with sample.book() as book:
        due = book.due(lang=None)
        for rule, query in OPEN.items():
            expected = {source_id for (source_id,) in book.con.execute(query, {"at": book.as_of}).fetchall()}
            listed = due[due["is_overdue"] & (due["rule_id"] == rule)]
            assert set(listed["source_id"]) == expected and len(expected) > 2, rule
        assert not set(due[due["is_overdue"]]["source_table"]) & {*SLOTS, "village_month", "greeting_day"}
        closed = {one for (one,) in book.con.execute("SELECT source_id FROM fault WHERE repaired_at IS NOT NULL").fetchall()}
        assert not closed & set(due[due["source_table"].eq("faults") & due["rule_id"].ne("fault_called_back")]["source_id"])


def test_due_begins_with_the_customer_who_waits_longest(sample: Office) -> None:
    with sample.book() as book:
        due = book.due()
        at, gravity = book.as_of, dict(book.con.execute("SELECT rule_id, mend_no FROM rule").fetchall())
    overdue, ahead = due[due["is_overdue"]], due[~due["is_overdue"]]
    order = [(gravity[one.rule_id], one.since_at) for one in overdue.itertuples()]
    assert order == sorted(order) and due["is_overdue"].tolist() == [True] * len(overdue) + [False] * len(ahead)
    assert ahead["due_at"].is_monotonic_increasing and (ahead["overdue_d"] == 0).all()
    assert overdue["overdue_d"].iloc[0] == (at - overdue["due_at"].iloc[0]).days > 31
    assert overdue["sentence"].str.contains("已逾期").all() and ahead["sentence"].str.contains("尚未到期").all()


def test_due_of_an_earlier_day_holds_what_was_mended_since(sample: Office) -> None:
    with sample.book() as book:
        at = dt.datetime(2026, 9, 10)
        late = """SELECT source_id FROM obligation
            WHERE rule_id = 'complaint_first_reply' AND outcome = 'missed_late' AND due_at <= $at AND done_at > $at"""
        mended = {one for (one,) in book.con.execute(late, {"at": at}).fetchall()}
        due = book.due(at, rule="complaint_first_reply")
        assert mended <= set(due[due["is_overdue"]]["source_id"]) and (due["start_at"] <= at).all()


def test_explain_names_the_days_on_which_a_customer_was_tried_in_vain(sample: Office) -> None:
    with sample.book() as book:
        rows = book.obligations("key_call_weekly", ("2026-08", "2026-10"), outcomes=["missed_open"])
        vain = "SELECT customer_id, contacted_at FROM contact WHERE kind = 'call' AND NOT counts"
        tried = {(who, at.date()) for who, at in book.con.execute(vain).fetchall()}
    for one in rows.itertuples():
        days = [one.start_at.date() + dt.timedelta(n) for n in range(7)]
        expected = [f"{day:%m-%d}" for day in days if (one.customer_id, day) in tried]
        assert ("（" + "、".join(expected) + " 未接通）" in one.sentence) == bool(expected)
    assert 0 < rows["sentence"].str.contains("未接通").sum() < len(rows)


def test_an_empty_month_is_told_with_the_months_that_there_are(sample: Office) -> None:
    with sample.book() as book, pytest.raises(UserError, match=f"{book.months[0]} 至 {book.months[-1]}"):
        book.kpi("2031-05")
