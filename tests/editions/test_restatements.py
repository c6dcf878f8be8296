"""A month is published, and then everything happens to it at once: what moved, and why, worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest
from conftest import Office

from ruralkpi.editions import again

HEAD = "投诉编号,客户编号,受理时间,受理人,首次回复时间\n"
# January, as it stood when it was published at its end. Received at 10:00, 48 hours; 0007 unless it says 0008.
BEFORE = {
    "C1": "2026-01-05 10:00,0007,2026-01-06 10:00",  # in time
    "C2": "2026-01-06 10:00,0007,",  # no reply yet
    "C3": "2026-01-07 10:00,0007,2026-01-12 10:00",  # days late
    "C4": "2026-01-08 10:00,0007,2026-01-09 10:00",  # in time
    "C5": "2026-01-09 10:00,0007,",  # no reply
    "C6": "2026-01-10 10:00,0007,",  # no reply
    "C7": "2026-01-11 10:00,0007,2026-01-13 12:00",  # after 50 hours
    "C8": "2026-01-12 10:00,0007,2026-01-20 10:00",  # after days
    "C10": "2026-01-29 10:00,0007,2026-02-03 10:00",  # replied after the cut-off: not taken in
    "C12": "2026-01-14 10:00,0007,",  # no reply
}
# The same file as it was sent again, and one of February that knows more.
AGAIN = BEFORE | {
    "C3": "2026-01-07 10:00,0007,2026-01-08 10:00",  # corrected: in time
    "C5": "2026-01-09 10:00,0008,",  # it was 0008's
    "C8": "2026-01-12 10:00,0007,2026-01-14 17:00",  # after 55 hours: in time only under the new limit too
}
LATER = {
    "C2": "2026-01-06 10:00,0007,2026-01-07 10:00",
    "C12": "2026-01-14 10:00,0007,2026-01-15 10:00",  # and exempted: either would do
}
EXPECTED = {
    "C2": ("data", "missed_open", "met"),
    "C3": ("data", "missed_late", "met"),
    "C4": ("data", "met", None),
    "C5": ("data", "missed_open", "missed_open"),
    "C6": ("mends", "missed_open", "exempt"),
    "C7": ("rules", "missed_late", "met"),
    "C8": ("together", "missed_late", "met"),
    "C10": ("cut_off", None, "missed_late"),
    "C11": ("mappings", "unknown", "met"),
    "C12": ("together", "missed_open", "exempt"),
}


def complaints(rows: dict[str, str]) -> str:
    return HEAD + "\n".join(f"{one},K{one},{row}" for one, row in rows.items())


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Edition 1 of January 2026, and the office after everything has happened."""
    office = Office(tmp_path_factory.mktemp("moved"))
    office.csv("代理人员.csv", "工号,片区,姓名,区县\n0007,北片区,张三,甲县\n0008,南片区,李四,甲县")
    office.csv("投诉_2026-01.csv", complaints(BEFORE))
    # another county's reply stands under a header that nobody knows yet
    office.csv(
        "乙县_投诉_2026-01.csv", "投诉编号,客户编号,受理时间,受理人,答复时刻\nC11,KC11,2026-01-15 10:00,0007,2026-01-16 10:00"
    )
    # Thursday; two working days are over on Monday the 12th, unless Friday was off
    office.csv(
        "拜访_2026-01.csv",
        "拜访编号,客户编号,工号,拜访时间,方式,结果,遗留问题,问题类型,回复时间\nV1,K1,0007,2026-01-08 10:00,上门,完成,换机,咨询,2026-01-13 10:00",
    )
    office.make("2026-01-31")
    published = office.run("publish", "--month", "2026-01", "--on", "2026-02-05", "--note", "一月")
    assert published.code == 0 and "第 1 版" in published.err, published.err

    sent = {one: row for one, row in AGAIN.items() if one != "C4"}  # C4 is withdrawn
    office.csv("投诉_2026-01.csv", complaints(sent))
    office.csv("投诉_2026-02.csv", complaints(LATER))
    office.csv("例外.csv", "规则,记录编号,原因代码,批准人\ncomplaint_first_reply,C6,R1,王五\ncomplaint_first_reply,C12,R1,王五")
    mapping = 'export = "complaints"\nfiles = ["乙县_投诉*"]\n[columns]\nfirst_reply_at = { headers = ["答复时刻"] }\n'
    (office.folder / "mappings" / "yi.toml").write_text(mapping, encoding="utf-8")
    (office.folder / "calendar.toml").write_text('[2026]\noff = ["2026-01-09"]\n', encoding="utf-8")
    office.configure('calendar = "calendar.toml"\n[rules.complaint_first_reply]\nlimit = "60 hours"\n')
    return office.make("2026-02-10")


@pytest.fixture(scope="module")
def rows(moved: Office) -> list[dict[str, Any]]:
    return moved.json("changes", "--month", "2026-01", "--rows", "--rule", "complaint_first_reply")


def test_each_row_has_the_cause_that_moved_it(rows: list[dict[str, Any]]) -> None:
    assert {row["source_id"]: (row["cause"], row["outcome_from"], row["outcome_to"]) for row in rows} == EXPECTED
    named = {row["source_id"]: row["causes"] for row in rows if row["cause"] == "together"}
    assert named == {"C8": "rules+data", "C12": "mends+data"}  # both needed; either would do


def test_books_that_are_made_side_by_side_tell_the_same(
    moved: Office, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(again, "_WORTH", 0)
    assert moved.json("changes", "--month", "2026-01", "--rows", "--rule", "complaint_first_reply") == rows


def test_a_sentence_says_what_it_was_what_it_is_why_and_where(rows: list[dict[str, Any]]) -> None:
    said = {row["source_id"]: row["sentence"] for row in rows}
    assert said["C2"] == "第 1 版漏办；现算按时，因补了首次回复（投诉_2026-02.csv 第 2 行）。"
    assert said["C3"] == "第 1 版迟办；现算按时，因更正（投诉_2026-01.csv 第 4 行）。"
    assert said["C4"] == "第 1 版按时；现算没有这一件，因记录已撤回（投诉_2026-01.csv 第 5 行）。"
    assert said["C5"] == "第 1 版漏办；现算漏办，因改归 0008（投诉_2026-01.csv 第 5 行）。"
    assert said["C6"].startswith("第 1 版漏办；现算免，因免责与更正（")
    assert said["C7"].startswith("第 1 版迟办；现算按时，因规则与设置（")
    assert said["C8"].startswith("第 1 版迟办；现算按时，因规则与设置＋数据（")
    assert said["C10"].startswith("第 1 版没有这一件；现算迟办，因数据截止（")


def test_figures_are_told_with_what_each_cause_moved_of_them(moved: Office, rows: list[dict[str, Any]]) -> None:
    """0007: 2 of 9 became 6 of 7; what is counted of each cause adds up to that."""
    parts: dict[str, tuple[int, int]] = {}
    for row in rows:
        met, owed = parts.get(row["cause"], (0, 0))
        is_owed = [one in ("met", "missed_late", "missed_open") for one in (row["outcome_from"], row["outcome_to"])]
        parts[row["cause"]] = (
            met + (row["outcome_to"] == "met") - (row["outcome_from"] == "met"),
            owed + is_owed[1] - is_owed[0],
        )
    assert parts == {
        "cut_off": (0, 1),
        "rules": (1, 0),
        "mappings": (1, 1),
        "mends": (0, -1),
        "data": (1, -1),
        "together": (1, -1),
    }
    before = moved.json("score", "--month", "2026-01", "--agent", "0007", "--kpi", "complaint_first_reply", "--edition", "1")
    after = moved.json("score", "--month", "2026-01", "--agent", "0007", "--kpi", "complaint_first_reply")
    assert [(one[0]["met_n"], one[0]["owed_n"]) for one in (before, after)] == [(2, 9), (6, 7)]
    behind = moved.json("explain", "complaint_first_reply", "--month", "2026-01", "--agent", "0007", "--edition", "1")
    assert len(behind) == 9 and sum(row["outcome"] == "met" for row in behind) == 2
