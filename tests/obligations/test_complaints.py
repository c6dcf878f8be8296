"""Complaints from file to sentence: those raised on a visit (X23), and a month's news told with its numbers (2.4.3)."""

from __future__ import annotations

import pytest
from conftest import Office

from ruralkpi.book.words import sentence

VISITS = "拜访编号,客户编号,工号,拜访时间,方式,结果,遗留问题,问题类型,投诉编号,回复时间\n"
RAISED = "V1,K1,007,2026-01-05 10:00:00,上门,完成,乱收费,投诉,,2026-01-07 10:00:00\nV2,K2,007,2026-01-06 10:00:00,上门,完成,乱收费,投诉,,\nV3,K3,007,2026-01-06 11:00:00,上门,完成,换机,咨询,,"
COMPLAINTS = "投诉编号,客户编号,受理时间,受理人,首次回复时间,进度告知时间,办结时间\n"


def test_a_complaint_raised_on_a_visit_is_one_without_any_complaint_export(office: Office) -> None:
    office.csv("拜访.csv", VISITS + RAISED)
    office.make("2026-01-31")
    assert office.outcomes("complaint_first_reply") == [("V1", "met", "2026-01"), ("V2", "missed_open", "2026-01")]
    assert office.outcomes("visit_question_replied") == [("V3", "missed_open", "2026-01")]
    told = office.json("explain", "complaint_first_reply", "--month", "2026-01")
    assert [row["flags"] for row in told] == ["raised_on_visit"] * 2 and told[1]["file"] == "拜访.csv"


@pytest.mark.parametrize(
    ("complaint", "expected"),
    [
        ("C1,K2,2026-01-06 16:00:00,007,2026-01-07 09:00:00,,", [("C1", "met")]),  # the same customer and day
        ("C1,K2,2026-01-07 16:00:00,007,2026-01-08 09:00:00,,", [("C1", "met"), ("V2", "missed_open")]),  # another day
        ("C1,K2,2026-01-06 16:00:00,10000,,,", []),  # the export wins: hotline 10000 took it
    ],
)
def test_the_complaint_export_wins_and_there_is_one_obligation(
    office: Office, complaint: str, expected: list[tuple[str, str]]
) -> None:
    office.csv("拜访.csv", VISITS + RAISED)
    office.csv("投诉.csv", COMPLAINTS + complaint)
    rows = office.make("2026-01-31").outcomes("complaint_first_reply")
    assert [(source_id, outcome) for source_id, outcome, _ in rows if source_id != "V1"] == expected
    assert [row[0] for row in office.outcomes("visit_question_replied")] == ["V3"]


def test_a_visits_complaint_number_ties_it_whatever_the_day(office: Office) -> None:
    office.csv("拜访.csv", VISITS + "V1,K1,007,2026-01-09 10:00:00,上门,完成,乱收费,投诉,C1,")
    office.csv("投诉.csv", COMPLAINTS + "C1,K1,2026-01-05 16:00:00,007,2026-01-06 09:00:00,,")
    assert office.make("2026-01-31").outcomes("complaint_first_reply") == [("C1", "met", "2026-01")]


def test_a_months_news_are_told_with_their_numbers_in_both_languages(office: Office) -> None:
    office.csv(
        "投诉.csv",
        COMPLAINTS
        + "C1,K1,2026-09-17 10:00:00,007,,2026-10-10 09:00:00；2026-10-10 12:00:00,2026-10-12 18:00:00\nC2,K2,2026-10-05 10:00:00,007,,2026-10-08 10:00:00,2026-10-09 18:00:00",
    )
    book = office.make("2026-10-31").book()
    rules = book.sql("SELECT * FROM rule").set_index("rule_id", drop=False)
    rows = book.obligations("complaint_progress_told", "2026-10", lang=None).to_dict("records")
    told = [
        sentence(row, rules.loc["complaint_progress_told"], lang=lang, at=book.as_of) for row in rows for lang in ("zh", "en")
    ]
    assert told == [
        "投诉 C2（10 月 5 日受理）未结：10 月 7 日 10:00 起，每 48 小时应告知进度，10 月 9 日 10:00 到期；1 段里 1 段有告知，最长 3 天没有消息，按时。",
        "Complaint C2 (received 5 Oct), open: from 7 Oct 10:00, news due every 48 hours, due 9 Oct 10:00; news in 1 of 1 blocks, longest silence 3 days: in time.",
        "投诉 C1（9 月 17 日受理）未结：9 月 29 日 10:00 起，每 48 小时应告知进度，10 月 11 日 10:00 到期；6 段里 1 段有告知，最长 22 天 23 小时没有消息，漏办，已不能补。",
        "Complaint C1 (received 17 Sep), open: from 29 Sep 10:00, news due every 48 hours, due 11 Oct 10:00; news in 1 of 6 blocks, longest silence 22 days 23 hours: missed, and too late to be made good.",
    ]
    steps = book.trail("complaint_progress_told", "C1/2026-10").set_index(["step", "name"])["value"]
    assert steps["file", "complaint_id"] == "C1" and steps["obligation", "outcome"] == "missed_open"


def test_a_month_that_is_over_is_not_listed_as_still_to_do(office: Office) -> None:
    office.csv("投诉.csv", COMPLAINTS + "C1,K1,2026-10-05 10:00:00,007,2026-10-05 11:00:00,,")
    book = office.make("2026-10-31").book()
    due = book.due(rule="complaint_progress_told")
    assert due[["source_id", "is_overdue"]].to_numpy().tolist() == [["C1/2026-11", False]]


def test_a_reason_names_the_column_that_the_visit_has_not(office: Office) -> None:
    office.csv("拜访.csv", VISITS.replace(",回复时间", "") + "V2,K2,007,2026-01-06 10:00:00,上门,完成,乱收费,投诉,")
    office.make("2026-01-31")
    rows = office.json("explain", "complaint_first_reply", "--month", "2026-01", "--outcome", "unknown")
    assert "没有“首次回复时间”一列" in rows[0]["sentence"]


REPEATS = "投诉编号,客户编号,受理时间,受理人,首次回复时间,重复标识\n"


def test_only_a_later_complaint_of_the_same_customer_repeats_the_one_it_names(office: Office) -> None:
    """Another customer's, a later one, one of a ring: nothing of it makes a complaint a duplicate (X15, X26)."""
    rows = [
        "1,K1,2026-01-05 10:00,007,,",
        "2,K1,2026-01-06 10:00,007,,1",  # an earlier one of his: a duplicate
        "3,K3,2026-01-06 10:00,007,,2",  # a code, or another customer's
        "4,K4,2026-01-06 10:00,007,,5",  # a ring: the later one repeats the earlier
        "5,K4,2026-01-07 10:00,007,,4",
        "9,K9,2026-01-07,007,,10",  # at one time: the smaller id is the first
        "10,K9,2026-01-07,007,,9",
        "11,K9,2026-01-08,007,,重复",  # which one is not said: his word holds
        "12,K1,2026-01-08 10:00,007,,12",
    ]
    office.csv("投诉.csv", REPEATS + "\n".join(rows))
    office.make("2026-01-31")
    outcomes = {one: outcome for one, outcome, _ in office.outcomes("complaint_first_reply")}
    assert {one for one, outcome in outcomes.items() if outcome == "void"} == {"2", "5", "10", "11"}
    assert {outcomes[one] for one in ("1", "3", "4", "9", "12")} == {"missed_open"}
    told = [line for line in office.book().quality("told")["zh"] if "重复标识" in line]
    assert len(told) == 1 and "3 件" in told[0] and "3 → 2" in told[0] and "4 → 5" in told[0] and "9 → 10" in told[0]
