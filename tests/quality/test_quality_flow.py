"""From a faulty row to its workbook, back in corrected form, and to the gate; one run at a time; killed runs heal."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import random
import signal
import subprocess
import sys
import time
from html import unescape
from pathlib import Path

import duckdb
import openpyxl
import pytest
import xlsxwriter
from conftest import ROOT, Office, tables
from python_calamine import CalamineWorkbook

from ruralkpi.cards.facts.content import collect
from ruralkpi.cards.show import Card
from ruralkpi.intake.file_names import Named
from ruralkpi.obligations.requested import code
from ruralkpi.quality.mend import following
from ruralkpi.quality.verdict import undelivered

HEAD = "投诉编号,客户编号,受理时间,受理人,首次回复时间"
AGENTS = "工号,片区,姓名\n007,南片区,张三\n008,南片区,李四"


def lines(n: int, agent: str = "007", start: int = 1) -> list[str]:
    return [f"C{k},K{k},2026-10-05 10:00:00,{agent},2026-10-06 10:00:00" for k in range(start, start + n)]


def office_with(office: Office, rows: list[str]) -> Office:
    office.csv("代理人员_2026-10.csv", AGENTS)
    office.csv("投诉_2026-10.csv", "\n".join([HEAD, *rows]))
    return office


def report(office: Office, lang: str = "zh") -> Path:
    from ruralkpi import settings
    from ruralkpi.quality.report import quality_report

    with office.book() as book:
        return quality_report(book.con, office.folder / "reports", "2026-10", settings.Settings().quality, lang=lang)


def mended(path: Path, to: Path, put: dict[str, str], without: tuple[str, ...] = ()) -> None:
    """The workbook as a person hands it in again: some cells of its first row corrected, the rows of some sheets deleted."""
    with CalamineWorkbook.from_path(str(path)) as book:
        names = book.sheet_names
        pages = [book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in names]
    new = xlsxwriter.Workbook(to)
    for name, rows in zip(names, pages, strict=True):
        sheet = new.add_worksheet(name)
        for number, row in enumerate(rows[:3] if name in without else rows):
            for place, cell in enumerate(row):
                title = rows[2][place]
                text = put[title] if number == 3 and title in put else str(cell)
                if text:
                    sheet.write_string(number, place, text)
    new.close()


def test_a_mended_row_replaces_the_quarantined_one_and_the_history_shows_it(office: Office) -> None:
    office_with(office, [*lines(5), "C6,K6,下周三,007,2026-10-06 10:00:00", ",K7,2026-10-05 10:00:00,007,"]).make("2026-10-31")
    page = report(office)
    workbook = page.parent / "mend" / "待更正_2026-10_007.xlsx"
    assert "下周三" in page.read_text(encoding="utf-8") and workbook.exists()
    mended(workbook, office.folder / "raw" / workbook.name, {"受理时间": "2026-10-05 09:00:00"})
    office.make("2026-10-31")
    with office.book() as book:
        found = book.sql("SELECT file, row, code, by_file, by_row FROM mended").to_dict("records")
        left = book.sql("SELECT file, row, code FROM quarantine WHERE severity = 'reject' ORDER BY file").to_dict("records")
        counts = book.sql(
            "SELECT sum(superseded_n) AS old, sum(quarantined_n) AS bad, sum(clean_n) AS good FROM source_count"
        ).iloc[0]
    assert found == [{"file": "投诉_2026-10.csv", "row": 7, "code": "bad_time", "by_file": f"{workbook.name}#投诉", "by_row": 4}]
    with office.book() as book:  # the empty list of requests in it says nothing
        assert not book.quality("told")["code"].isin(["header_only", "hidden_sheet", "second_table"]).any()
    assert [(row["file"], row["row"], row["code"]) for row in left] == [(f"{workbook.name}#投诉", 5, "missing_value")]
    assert (counts["old"], counts["bad"], counts["good"]) == (2, 1, 8)
    assert ("C6", "met", "2026-10") in office.outcomes("complaint_first_reply")
    assert "已更正的行" in report(office).read_text(encoding="utf-8")


def test_a_row_that_is_returned_with_its_fault_is_the_same_fault(office: Office) -> None:
    """Nine faulty rows hold nothing back; nor do they where one of them is mended and eight come back as they were."""
    office_with(office, [*lines(60), *(f"C{n},K{n},下周三,007,2026-10-06 10:00:00" for n in range(200, 209))])
    assert office.run("run", "--as-of", "2026-10-31").code == 0
    folder = office.folder / "reports" / "2026-10" / "quality" / "mend"
    mended(
        folder / "待更正_2026-10_007.xlsx", office.folder / "raw" / "待更正_2026-10_007.xlsx", {"受理时间": "2026-10-05 09:00:00"}
    )
    result = office.run("run", "--as-of", "2026-10-31")
    assert result.code == 0 and "bad_time 8）" in result.err, result.err
    with office.book() as book:
        counts = book.quality("file").set_index("file")
        left = book.sql("SELECT file, row FROM quarantine WHERE severity = 'reject' ORDER BY row").to_numpy().tolist()
        why = book.sql("SELECT why, count(*) AS n FROM superseded GROUP BY ALL ORDER BY ALL").to_numpy().tolist()
        gone = book.sql("SELECT row FROM mended")["row"].tolist()
        judged = book.sql("SELECT sum(n) AS n FROM row_month WHERE source_table = 'complaints'")["n"].tolist()
    parts = ["blank_n", "clean_n", "superseded_n", "quarantined_n"]
    assert (counts["read_n"] == counts[parts].sum(axis=1)).all()
    assert counts.loc["投诉_2026-10.csv", parts].tolist() == [1, 60, 9, 0]
    assert left == [["待更正_2026-10_007.xlsx#投诉", row] for row in range(5, 13)]
    assert why == [["mended", 1], ["returned", 8]] and gone == [62] and judged == [69]
    with CalamineWorkbook.from_path(str(max(folder.iterdir()))) as sheets:
        rows = sheets.get_sheet_by_name("投诉").to_python()[3:]
    assert [row[:2] for row in rows] == [["投诉_2026-10.csv", str(row)] for row in range(63, 71)]


def test_a_second_workbook_put_back_as_it_is_undoes_nothing_of_the_first(office: Office) -> None:
    """It has a name of its own, which comes after the first's; so the first's mends and its approved requests count on."""
    bad = ["C6,K6,下周三,007,2026-10-06 10:00:00", "C7,K7,下周三,007,2026-10-06 10:00:00"]
    office_with(office, [*lines(5), "C8,K8,2026-10-05 10:00:00,007,2026-10-09 10:00:00", *bad])
    folder = office.folder / "reports" / "2026-10" / "quality" / "mend"
    run = ("run", "--as-of", "2026-10-31")

    def hand_in(name: str, put: dict[str, str]) -> None:
        mended(folder / name, office.folder / "raw" / name, put)

    assert office.run(*run).code == 0
    hand_in("待更正_2026-10_007.xlsx", {"受理时间": "2026-10-05 09:00:00"})
    asked = openpyxl.load_workbook(office.folder / "raw" / "待更正_2026-10_007.xlsx")
    for place, text in enumerate((code("complaint_first_reply", "complaints", "C8"), "007", "道路中断", "", "王经理"), start=1):
        asked["更正申请"].cell(4, place, text)
    asked.save(office.folder / "raw" / "待更正_2026-10_007.xlsx")
    expected = {("C6", "met", "2026-10"), ("C8", "exempt", "2026-10")}
    assert office.run(*run).code == 0 and expected <= set(office.outcomes("complaint_first_reply"))
    assert [path.name for path in folder.iterdir()] == ["待更正_2026-10_007~2.xlsx"]
    first = (folder / "待更正_2026-10_007~2.xlsx").read_bytes()
    assert office.run(*run).code == 0 and (folder / "待更正_2026-10_007~2.xlsx").read_bytes() == first
    hand_in("待更正_2026-10_007~2.xlsx", {"首次回复时间": "2026-10-06 11:00:00"})  # and the time still no time
    assert office.run(*run).code == 0 and expected <= set(office.outcomes("complaint_first_reply"))
    hand_in("待更正_2026-10_007~3.xlsx", {"受理时间": "2026-10-05 09:00:00"})
    assert office.run(*run).code == 0 and expected | {("C7", "met", "2026-10")} <= set(office.outcomes("complaint_first_reply"))
    assert not list(folder.iterdir())
    with office.book() as book:
        assert sorted(book.sql("SELECT DISTINCT by_file FROM mended")["by_file"].tolist()) == [
            "待更正_2026-10_007.xlsx#投诉", "待更正_2026-10_007~3.xlsx#投诉",
        ]  # fmt: skip
        assert book.sql("SELECT * FROM quarantine WHERE severity = 'reject'").empty


def test_a_row_of_a_file_named_by_a_day_of_the_next_month_is_mended_too(office: Office) -> None:
    office.csv("代理人员_2026-10.csv", AGENTS)
    bad = ["C6,K6,2026-10-05 10:00:00,007,2026-10-04 10:00:00", "C7,K7,2026-10-05 10:00:00,007,2026-10-04 10:00:00"]
    office.csv("投诉_20261102.csv", "\n".join([HEAD, *lines(5), *bad]))
    workbook = report(office.make("2026-10-31")).parent / "mend" / "待更正_2026-10_007.xlsx"
    mended(workbook, office.folder / "raw" / workbook.name, {"首次回复时间": "2026-10-06 10:00:00"})
    office.make("2026-10-31")
    with office.book() as book:
        left = book.sql("SELECT file, row FROM quarantine WHERE severity = 'reject'").to_numpy().tolist()
    assert left == [[f"{workbook.name}#投诉", 5]] and ("C6", "met", "2026-10") in office.outcomes("complaint_first_reply")


@pytest.mark.parametrize(
    ("handed_in", "next_one"),
    [("007 (1)", "007~2"), ("007改", "007~2"), ("007~3", "007~4"), ("007~2~新", "007~3"), ("0071", "007"), ("008", "007")],
)
def test_a_workbooks_name_comes_after_those_that_were_handed_in(office: Office, handed_in: str, next_one: str) -> None:
    with duckdb.connect() as con:
        con.execute("CREATE TABLE source_count AS SELECT ? AS file", [f"2026-10/待更正_2026-10_{handed_in}.xlsx#投诉"])
        assert following(con, "待更正_2026-10_007") == f"待更正_2026-10_{next_one}"
    assert (
        Named.of(f"待更正_2026-10_{handed_in}.xlsx").age < Named.of(f"2026-10/待更正_2026-10_{next_one}.xlsx").age
        or "~" not in next_one
    )


def test_a_returned_workbook_with_an_empty_list_and_a_sheet_without_rows_leaves_nothing_to_know(office: Office) -> None:
    office_with(office, [*lines(5), "C6,K6,下周三,007,2026-10-06 10:00:00"])
    visits = "拜访编号,客户编号,工号,拜访时间,方式,结果\nV1,K1,007,{},上门,完成"
    office.csv("拜访_2026-10.csv", visits.format("下周三"))
    given = ("run", "--as-of", "2026-10-31", "--strict")
    assert office.run(*given).code == 3
    workbook = next((office.folder / "reports").rglob("待更正_2026-10_007.xlsx"))
    mended(workbook, office.folder / "raw" / workbook.name, {"受理时间": "2026-10-05 09:00:00"}, without=("拜访",))
    office.csv("拜访_2026-10.csv", visits.format("2026-10-05 09:00"))  # mended where it came from
    result = office.run(*given)
    assert result.code == 0, result.err
    with office.book() as book:
        assert book.quality("told").empty
        heard = book.quality("freshness").set_index("source_table")
    assert set(heard.index) == {"agents", "complaints", "visits"} and not heard[["is_header_only", "is_early"]].any(axis=None)


def test_in_english_page_card_and_workbook_say_what_is_wrong_in_english_and_cells_as_written(office: Office) -> None:
    rows = ["C6,K6,下周三；相近的是 1,007,", "C7,K7,2026-10-05 10:00:00,007,2026-10-04 10:00:00", ",K8,2026-10-05 10:00:00,007,"]
    office_with(office, [*lines(3), *rows, "C9,K9,2026-10-05 10:00:00,老王；“”,"]).make("2026-10-31")
    page = report(office, "en")
    workbook = page.parent / "mend" / "待更正_2026-10_007.xlsx"
    unread = "received_at: 下周三；相近的是 1 is no date or time that can be read"
    early = "first reply 2026-10-04 10:00:00 before receipt 2026-10-05 10:00:00"
    lacking, unknown = "complaint_id is missing: fill it in", "agent_id: 老王；“” is not in the list of agents; check it"
    shown = unescape(page.read_text("utf-8"))
    assert all(text in shown for text in (unread, early, lacking, unknown, "first reply … before receipt …"))
    with office.book() as book:
        card = unescape(Card(collect(book.con, "007", "2026-10"), "en").mend.html).replace("\u00a0", " ")
        assert unknown in " ".join(book.quality("told")["en"]) and "老王；“””不在" in " ".join(book.quality("told")["zh"])
    assert all(text in card for text in (unread, early, lacking))
    with CalamineWorkbook.from_path(str(workbook)) as sheets:
        how, _, titles, *told = sheets.get_sheet_by_name("投诉").to_python(skip_empty_area=False)
    assert how[0].startswith("Mend the yellow cells") and titles[:3] == ["原文件", "原行号", "问题说明"]
    assert told[0][2].startswith(unread) and [row[2] for row in told[1:]] == [early, lacking]
    mended(workbook, office.folder / "raw" / workbook.name, {"受理时间": "2026-10-05 09:00:00"})
    office.make("2026-10-31")
    history = unescape(report(office, "en").read_text("utf-8")).split("Rows that were mended")[-1]
    assert unread in history and ("C6", "missed_open", "2026-10") in office.outcomes("complaint_first_reply")


def test_the_same_id_delivered_again_in_good_form_heals_the_row(office: Office) -> None:
    office_with(office, [*lines(2), "C6,K6,下周三,007,"])
    office.csv("投诉_2026-11.csv", "\n".join([HEAD, "C6,K6,2026-10-05 10:00:00,007,2026-10-06 10:00:00"]))
    office.make("2026-11-30")
    with office.book() as book:
        assert book.sql("SELECT count(*) AS n FROM mended").iloc[0]["n"] == 1
        assert book.sql("SELECT count(*) AS n FROM quarantine WHERE severity = 'reject'").iloc[0]["n"] == 0


def test_too_many_faulty_rows_hold_the_month_back(office: Office) -> None:
    bad = [line.replace("2026-10-05 10:00:00", "不详") for line in [*lines(15, "007", 100), *lines(15, "008", 200)]]
    office_with(office, [*lines(20), *lines(20, "008", 50), *bad])
    result = office.run("run", "--as-of", "2026-10-31")
    assert result.code == 3 and "bad_time" in result.err and "--publish-anyway" in result.err
    assert (
        not list((office.folder / "reports").rglob("007.html"))
        and (office.folder / "reports/2026-10/quality/index.html").exists()
    )
    result = office.run("run", "--as-of", "2026-10-31", "--publish-anyway")
    assert result.code == 0, result.err
    for agent in ("007", "008"):
        card = next((office.folder / "reports").rglob(f"{agent}.html")).read_text(encoding="utf-8")
        assert "未达发布门槛" in card
    held = office.run("publish", "--month", "2026-10")
    assert held.code == 3 and "bad_time" in held.err and not (office.folder / "marts" / "book.editions").exists()
    assert office.run("publish", "--month", "2026-10", "--on", "2026-11-02", "--publish-anyway").code == 0


def test_the_page_begins_with_a_verdict_that_its_own_table_does_not_contradict(office: Office) -> None:
    """One bad row of four is over 10 %, but under 10 rows: it may be published, and the page says why."""
    made = office_with(office, [*lines(3), "C9,K9,没有时间,007,"])
    made.csv("代理人员_2026-10.csv", "工号,片区,姓名,区县\n007,南片区,张三,青川县\n008,北片区,李四,剑阁县")
    page = report(made.make("2026-10-31")).read_text("utf-8")
    first = page.split('<p class="first">')[1].split("</p>")[0]
    assert first.startswith("可以发布：没有一项检查的错误行既超过 10.0\u00a0%、又满 10 行") and "（4 行里 1 行）" in first
    rows = [row for row in page.split('<table class="verdict">')[1].split("</table>")[0].split("<tr>") if ">投诉<" in row]
    assert "△ 4 行里 1 行待更正（25.0\u00a0%）" in rows[0] and "▼ 没有记录" in rows[0]
    assert "25.0\u00a0%" in page.split("没有通过的检查")[1]
    lacking = page.split('<p class="first held">')[1].split("</p>")[0]
    assert lacking.startswith("没有收到的导出：客户（该给谁上门、电访、问候）、拜访") and "故障（" in lacking
    assert "投诉" not in lacking and "代理人员" not in lacking


def test_only_the_agents_whose_fault_it_is_are_held_back(office: Office) -> None:
    bad = [line.replace("2026-10-05 10:00:00", "不详") for line in lines(15, "008", 200)]
    office_with(office, [*lines(60), *bad])
    result = office.run("run", "--as-of", "2026-10-31")
    assert result.code == 3 and "008" in result.err
    made = {path.stem for path in (office.folder / "reports").rglob("*.html")}
    assert "007" in made and "008" not in made
    card = next((office.folder / "reports").rglob("007.html")).read_text(encoding="utf-8")
    assert "未达发布门槛" not in card


def test_a_limit_of_its_own(office: Office) -> None:
    bad = [line.replace("2026-10-05 10:00:00", "不详") for line in lines(15, "008", 200)]
    office_with(office, [*lines(60), *bad])
    held = "SELECT source_table, code, agent_id FROM gate"
    assert office.make("2026-10-31").book().sql(held).to_numpy().tolist() == [["complaints", "bad_time", "008"]]
    office.configure('[quality.limits]\n"complaints.bad_time" = 0.5\n')
    assert office.make("2026-10-31").book().sql(held).to_numpy().tolist() == []
    office.configure('[quality.limits]\n"complaints.bad_tiem" = 0.5\n')
    result = office.run("build")
    assert result.code == 2 and "complaints.bad_time" in result.err


EVIL = [
    '=HYPERLINK("http://x")',
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "<script>alert(1)</script>",
    "'; DROP TABLE x; --",
    "../../evil",
    "a\x00b",
    "9" * 300,
]


def test_what_is_typed_never_becomes_a_formula_a_tag_a_path_or_sql(office: Office) -> None:
    quoted = ['"' + word.replace('"', '""') + '"' for word in EVIL]
    office.csv("代理人员_2026-10.csv", "\n".join(["工号,片区,姓名", *(f"{word},南片区,{word}" for word in quoted)]))
    office.csv(
        "投诉'; DROP TABLE x; --_2026-10.csv", "\n".join([HEAD, *(f"C{n},{word},不详,{word}," for n, word in enumerate(quoted))])
    )
    office.make("2026-10-31")
    page = report(office)
    assert "<script>alert" not in page.read_text(encoding="utf-8")
    books = list((office.folder / "reports").rglob("*.xlsx"))
    assert len(books) == len(EVIL) and all(path.parent.name == "mend" for path in books)
    assert all(path.is_relative_to(office.folder) for path in office.folder.rglob("*evil*"))
    import zipfile

    for path in books:
        with zipfile.ZipFile(path) as archive:
            assert not any(b"<f>" in archive.read(name) or b"hyperlink" in archive.read(name) for name in archive.namelist())


def test_signals_stand_beside_the_areas_share(sample: Office) -> None:
    with sample.book() as book:
        rows = book.sql("SELECT * FROM signal")
    assert (rows["share"] == rows["flagged_n"] / rows["base_n"]).all() and rows["area_share"].between(0, 1).all()
    assert not rows.duplicated(["signal", "month", "agent_id"]).any()


def test_an_office_that_has_all_exports_is_told_of_none_that_lacks(sample: Office) -> None:
    with sample.book() as book:
        assert undelivered(book.con) == "" and undelivered(book.con, "en") == ""


def test_signals_find_what_they_are_for(office: Office) -> None:
    head = "拜访编号,客户编号,工号,拜访时间,方式,到达时间,离开时间,结果,录入时间,备注"
    day = "2026-10-0{d} {a},上门,2026-10-0{d} {a},2026-10-0{d} {b},完成,2026-10-{e} 09:00:00,客户一切正常没有问题"
    rows = [
        "V1,K1,007," + day.format(d=1, a="09:00:00", b="10:00:00", e="02"),
        "V2,K2,007," + day.format(d=1, a="09:30:00", b="11:00:00", e="15"),
        *(
            f"V{n},K1,007," + day.format(d=n, a="09:00:00", b="09:00:00" if n == 3 else "10:00:00", e=e)
            for n, e in ((3, "03"), (4, "04"), (5, "13"), (6, "14"))  # the last two days of a half-month are the 14th and 15th
        ),
    ]
    office.csv("代理人员_2026-10.csv", AGENTS)
    office.csv("拜访_2026-10.csv", "\n".join([head, *rows]))
    office.make("2026-10-31")
    with office.book() as book:
        found = dict(book.sql("SELECT signal, flagged_n FROM signal WHERE flagged_n > 0").to_numpy().tolist())
    assert found == {"visit_overlap": 1, "visit_zero_minutes": 1, "note_copied": 6, "keyed_late": 3, "keyed_at_slot_end": 2}


def test_a_signal_stands_beside_the_share_of_the_area_in_which_the_agent_then_was(office: Office) -> None:
    """Whoever moved is in the area of the newest list until the month; two counties' areas of one name are two."""
    county = "工号,姓名,片区,区县\n"
    office.csv("代理人员_2026-09.csv", county + "007,张三,甲片区,青川县\n008,李四,甲片区,青川县\n101,王五,乙片区,剑阁县\n")
    office.csv("代理人员_2026-10.csv", county + "007,张三,乙片区,青川县\n008,李四,甲片区,青川县\n101,王五,乙片区,剑阁县\n")
    head = "拜访编号,客户编号,工号,拜访时间,方式,到达时间,离开时间,结果\n"
    for month in ("08", "09", "10"):
        met = [(agent, "09:00" if agent == "007" else "09:40") for agent in ("007", "008", "101")]
        day = f"2026-{month}-13"
        rows = [f"V{month}{agent},K{agent},{agent},{day} 09:00,上门,{day} 09:00,{day} {left},完成\n" for agent, left in met]
        office.csv(f"拜访_2026-{month}.csv", head + "".join(rows))
    office.make("2026-10-31")
    with office.book() as book:
        found = book.sql(
            "SELECT month, area_id, area_share FROM signal WHERE signal = 'visit_zero_minutes' AND agent_id = '007' ORDER BY month"
        )
        assert set(book.sql("SELECT area_id FROM signal")["area_id"]) <= set(book.sql("SELECT area_id FROM area")["area_id"])
    assert found.values.tolist() == [["2026-08", "甲片区", 0.5], ["2026-09", "甲片区", 0.5], ["2026-10", "青川县·乙片区", 1.0]]


def test_a_second_run_stops_with_a_clear_word(office: Office) -> None:
    office_with(office, lines(3)).make("2026-10-31")
    with (office.folder / "marts" / "book.duckdb.lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        result = office.run("run")
    assert result.code == 2 and "另一个" in result.err
    assert office.run("ingest").code == 0


def test_a_killed_run_leaves_the_last_good_marts_and_the_next_one_heals(office: Office) -> None:
    office_with(office, lines(30)).make("2026-10-31")
    before = tables(office.folder / "marts" / "book.duckdb")
    exe = [str(Path(sys.executable).parent / "ruralkpi"), "run", "--as-of", "2026-10-31"]
    rng = random.Random(4)
    for _ in range(3):
        process = subprocess.Popen(
            exe, cwd=office.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(rng.uniform(0.5, 7))
        process.send_signal(signal.SIGKILL)
        process.wait()
        tables(office.folder / "marts" / "book.duckdb")
    office.make("2026-10-31")
    after = tables(office.folder / "marts" / "book.duckdb")
    assert list(before) == list(after) and all(before[name].equals(after[name]) for name in before)


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Office:
    from ruralkpi.sample import write

    made = Office(tmp_path_factory.mktemp("dirty"), second_opinion=True)
    made.planted = write(
        made.folder / "raw", agents=24, months=6, end="2026-10", seed=7, dirty=0.02, mappings=made.folder / "mappings"
    )  # type: ignore[attr-defined]
    return made.make()


CODES = {
    "end_before_start": {"V01", "C01"}, "sentinel_year": {"sentinel_year"}, "after_as_of": {"after_cut_off"},
    "unknown_agent": {"unknown_agent"},
    "missing_required": {"missing_value"}, "no_date": {"bad_time"}, "damaged_id": {"damaged_id"},
}  # fmt: skip


def test_every_planted_fault_is_found_by_its_code_and_no_clean_row_is_rejected(dirty: Office) -> None:
    planted = dirty.planted.dirt  # type: ignore[attr-defined]
    with dirty.book() as book:
        found = book.sql("SELECT file, row, code, severity FROM quarantine")
        signals = book.sql("SELECT file, row FROM signal_row WHERE signal = 'visit_zero_minutes'")
    codes = found.groupby(["file", "row"])["code"].agg(set).to_dict()
    zero = set(map(tuple, signals.to_numpy().tolist()))
    counted = 0
    for row in planted.to_dict("records"):
        place = (row["file"], row["row"])
        if row["kind"] == "duplicated_id":
            assert place not in codes
        elif row["kind"] == "zero_minutes":
            assert place in zero
        else:
            assert CODES[row["kind"]] & codes.get(place, set()), (row, codes.get(place))
        counted += 1
    assert counted > 80
    places = set(map(tuple, planted[["file", "row"]].to_numpy().tolist()))
    rejected = set(map(tuple, found[found["severity"] == "reject"][["file", "row"]].to_numpy().tolist()))
    assert rejected <= places


def test_the_report_is_one_page_without_a_network(dirty: Office) -> None:
    from ruralkpi.quality.report import quality_report

    with dirty.book() as book:
        page = quality_report(book.con, dirty.folder / "reports", "2026-10", {}).read_text(encoding="utf-8")
    assert "http" not in page.replace("http-equiv", "") and "<script" not in page and "数据质量报告" in page
    assert "各数一遍" in page and "second_opinion" not in page
    assert all(line in page for line in ("须知", "不在代理人员名单里的工号"))
    assert json.dumps(str(ROOT))[1:-1] not in page and str(dt.date.today().year + 1) not in page
    assert duckdb.__version__ not in page
