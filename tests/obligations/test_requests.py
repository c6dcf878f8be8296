"""Requests for correction: a miss is asked about by its code, and what is approved is exempt (X21, section 6)."""

from __future__ import annotations

import openpyxl
import pytest
from conftest import Office

from ruralkpi.obligations.requested import code
from ruralkpi.quality.report import quality_report

RULE = "complaint_first_reply"
HEAD = "申请码,工号,原因,依据,批准人\n"
# C1 late, C2 late, C3 never, C4 kept
COMPLAINTS = """投诉编号,客户编号,受理时间,受理人,首次回复时间
C1,K1,2026-01-05 10:00:00,0007,2026-01-09 16:00:00
C2,K1,2026-01-06 10:00:00,0007,2026-01-10 16:00:00
C3,K1,2026-01-07 10:00:00,0008,
C4,K1,2026-01-12 10:00:00,0007,2026-01-13 09:00:00"""


def printed(record: str) -> str:
    return code(RULE, "complaints", record)


@pytest.fixture
def asked(office: Office) -> Office:
    office.csv("代理人员.csv", "工号,片区,姓名,区县\n0007,北片区,张三,甲县\n0008,北片区,李四,甲县")
    office.csv("投诉_2026-01.csv", COMPLAINTS)
    return office


def states(office: Office) -> dict[str, str]:
    with office.book() as book:
        return book.quality("requests").set_index("code")["state"].to_dict()


def test_a_code_is_read_as_people_type_it(asked: Office) -> None:
    """Full-width, with marks between or before: the width of a letter is no other code (X25)."""
    wide = "".join(chr(ord(mark) + 0xFEE0) for mark in printed("C1"))
    dashed, marked = f"{printed('C2')[:3]}－{printed('C2')[3:]}", f"#{printed('C3').lower()}"
    lines = [f"{wide},0007,道路中断,,王经理", f"{dashed},0007,道路中断,,王经理", f"{marked},0008,道路中断,,王经理"]
    asked.csv("更正申请_2026-01.csv", HEAD + "\n".join(lines))
    asked.make("2026-01-31")
    assert {one: outcome for one, outcome, _ in asked.outcomes(RULE)} == {
        "C1": "exempt", "C2": "exempt", "C3": "exempt", "C4": "met",
    }  # fmt: skip


def test_an_approved_request_exempts_its_miss_and_nothing_else(asked: Office) -> None:
    lower = printed("C1").lower()
    lines = [f"{lower},0007,道路中断,照片 3,王经理", f"{printed('C2')},0007,客户外出,,", f"{printed('C4')},0007,系统故障,,王经理"]
    lines += [f"{printed('C3')},0007,道路中断,,王经理", "000000,0007,道路中断,,王经理"]
    asked.csv("更正申请_2026-01.csv", HEAD + "\n".join(lines))
    asked.make("2026-01-31")
    outcomes = {one: outcome for one, outcome, _ in asked.outcomes(RULE)}
    assert outcomes == {"C1": "exempt", "C2": "missed_late", "C3": "missed_open", "C4": "met"}
    assert states(asked) == {
        printed("C1"): "approved",
        printed("C2"): "waiting",
        printed("C3"): "no_such_code",
        printed("C4"): "not_missed",
        "000000": "no_such_code",
    }
    with asked.book() as book:
        row = book.sql("SELECT reason, outcome_unexempted FROM obligation WHERE source_id = 'C1' AND rule_id = ?", [RULE])
        assert row.values.tolist() == [["道路中断", "missed_late"]]
        told = " ".join(book.quality("told")["zh"])
        figure = book.kpi("2026-01", rule=RULE, by="province").iloc[0]
    assert (figure["met_n"], figure["owed_n"]) == (1, 3)
    for record in ("C2", "C3", "C4"):
        assert printed(record) in told
    assert "0007 000000" in told and printed("C1") not in told


def test_a_request_whose_approver_has_not_approved_waits(asked: Office) -> None:
    asked.csv("更正申请_2026-01.csv", HEAD + f"{printed('C1')},0007,道路中断,,待批\n{printed('C2')},0007,无,,王经理")
    asked.make("2026-01-31")
    assert states(asked) == {printed("C1"): "waiting"}  # the other says nothing of its reason, and is kept out


def test_the_newest_line_of_a_code_counts(asked: Office) -> None:
    asked.csv("2026-01/更正申请.csv", HEAD + f"{printed('C1')},0007,道路中断,,")
    asked.csv("2026-02/更正申请.csv", HEAD + f"{printed('C1')},0007,道路中断,,王经理")
    asked.make("2026-01-31")
    assert states(asked) == {printed("C1"): "approved"}


def test_an_edition_tells_an_approved_request_as_a_mend(asked: Office) -> None:
    asked.make("2026-01-31")
    assert asked.run("publish", "--month", "2026-01").code == 0
    asked.csv("更正申请_2026-01.csv", HEAD + f"{printed('C1')},0007,道路中断,照片,王经理\n{printed('C2')},0007,客户外出,,")
    asked.make("2026-01-31")
    moved = [row for row in asked.json("changes", "--month", "2026-01") if row["rule_id"] == RULE]
    assert {row["cause"] for row in moved} == {"mends"}


def test_a_code_is_printed_beside_each_miss_that_is_explained(asked: Office) -> None:
    asked.make("2026-01-31")
    rows = asked.json("explain", RULE, "--month", "2026-01")
    assert {row["source_id"]: row["code"] for row in rows} == {
        "C1": printed("C1"),
        "C2": printed("C2"),
        "C3": printed("C3"),
        "C4": None,
    }


def test_the_workbook_to_mend_has_a_list_for_requests(asked: Office) -> None:
    asked.csv("投诉_2026-01.csv", COMPLAINTS + "\nC5,K1,昨天,0007,")
    asked.make("2026-01-31")
    with asked.book() as book:
        quality_report(book.con, asked.folder / "reports", "2026-01", {}, print, "zh")
    path = next((asked.folder / "reports").rglob("待更正_2026-01_0007.xlsx"))
    book = openpyxl.load_workbook(path)
    sheet = book["更正申请"]
    assert [cell.value for cell in sheet[3]] == HEAD.strip().split(",")
    for place, text in enumerate((printed("C1"), "0007", "道路中断", "照片", "王经理"), start=1):
        sheet.cell(4, place, text)
    book.save(asked.folder / "raw" / path.name)
    asked.make("2026-01-31")
    assert states(asked) == {printed("C1"): "approved"}
    assert {one: outcome for one, outcome, _ in asked.outcomes(RULE)}["C1"] == "exempt"
