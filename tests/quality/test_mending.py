"""A row to mend shows its submitter's name, hides everybody else, and comes back whole; ids that are persons are refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter
from conftest import Office
from python_calamine import CalamineWorkbook

from ruralkpi.quality.mend import workbooks

AGENTS = "工号,片区,姓名,片区经理,入职日期\n007,南片区,张三丰,王文会,{day}\n008,南片区,李园,王文会,2020-01-01"
CUSTOMERS = "客户编号,名称,客户类型,工号,级别生效日期,村/场镇\nK1,赵家庄（户主）,个人,007,{day},高山村\nK2,竹园镇卫生院,政企,007,2020-01-01,高山村\n{phone},阿依古丽·买买提,个人,007,{day},高山村"
VISITS = "客户编号,工号,拜访时间,方式,结果,备注\nK1,007,{day},上门,完成,李园陪同，赵家庄留话：13812345678"
BAD = {"day": "前年", "phone": "13987654321"}


@pytest.fixture
def faulty(office: Office) -> Office:
    office.csv("代理人员_2026-10.csv", AGENTS.format(**BAD))
    office.csv("代理人员_2026-09.csv", AGENTS.format(day="2020-01-01"))
    office.csv("客户_2026-10.csv", CUSTOMERS.format(**BAD))
    office.csv("李园的拜访_2026-10.csv", VISITS.format(**BAD))
    return office.make("2026-10-31")


def handed_out(office: Office) -> Path:
    with office.book() as book:
        made = workbooks(book.con, office.folder / "reports", "2026-10")
    return office.folder / "reports" / made["007"]


def pages(path: Path) -> dict[str, list[list[str]]]:
    with CalamineWorkbook.from_path(str(path)) as book:
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


def test_it_shows_the_submitters_name_and_hides_the_others(faulty: Office) -> None:
    text = str(pages(handed_out(faulty)))
    assert "张三丰" in text and "前年" in text and "高山村" in text
    for shown in ("王*", "赵*（户主）", "阿*·买*", "李*陪同，赵*留话：138****5678", "李*的拜访_2026-10.csv", "139****4321"):
        assert shown in text
    for hidden in ("王文会", "赵家庄", "阿依古丽", "李园", "13812345678", "13987654321"):
        assert hidden not in text


def test_what_was_masked_comes_back(faulty: Office) -> None:
    path = handed_out(faulty)
    mended = xlsxwriter.Workbook(faulty.folder / "raw" / path.name)
    for name, rows in pages(path).items():
        sheet = mended.add_worksheet(name)
        for number, row in enumerate(rows):
            for place, cell in enumerate(row):
                text = str(cell).replace("前年", "2026-10-08") if place > 2 else str(cell)
                sheet.write_string(number, place, text)
    mended.close()
    faulty.make("2026-10-31")
    with faulty.book() as book:
        left = book.sql("SELECT code FROM quarantine WHERE severity = 'reject'")
        people = dict(book.sql("SELECT customer_id, customer_name FROM customer").to_numpy().tolist())
        managers = book.sql("SELECT DISTINCT manager_name FROM agent")["manager_name"].tolist()
    assert len(left) == 0 and managers == ["王文会"]
    assert people == {"K1": "赵家庄（户主）", "K2": "竹园镇卫生院", "13987654321": "阿依古丽·买买提"}
    note = "李园陪同，赵家庄留话：13812345678"
    with faulty.staging() as con:
        assert con.execute("SELECT note FROM clean.visits").fetchall() == [(note,)]


def test_what_was_changed_the_first_time_comes_back_the_second(faulty: Office) -> None:
    """A name that was written over and handed out again with stars is the new one, and the others are the first ones still."""
    for number, put in enumerate(({"赵*（户主）": "王家庄（户主）"}, {"前年": "2026-10-08"}), start=1):
        mended = xlsxwriter.Workbook(faulty.folder / "raw" / f"待更正_2026-10_007~{number}.xlsx")
        for name, rows in pages(handed_out(faulty)).items():
            sheet = mended.add_worksheet(name)
            for place, row in enumerate(rows):
                for column, cell in enumerate(row):
                    sheet.write_string(place, column, put.get(str(cell), str(cell)) if column > 2 else str(cell))
        mended.close()
        faulty.make("2026-10-31")
    with faulty.book() as book:
        assert book.sql("SELECT * FROM quarantine WHERE severity = 'reject'").empty
        people = dict(book.sql("SELECT customer_id, customer_name FROM customer").to_numpy().tolist())
    assert people == {"K1": "王家庄（户主）", "K2": "竹园镇卫生院", "13987654321": "阿依古丽·买买提"}


def test_with_the_flag_it_shows_everything(faulty: Office) -> None:
    from ruralkpi.masking import unmasked

    with unmasked.shown(faulty.folder / "marts" / "book.duckdb", "mend"):
        text = str(pages(handed_out(faulty)))
    assert all(name in text for name in ("张三丰", "王文会", "赵家庄（户主）", "13987654321", "13812345678"))


HEAD = "投诉编号,客户编号,受理时间,受理人,当前处理人"


def complaints(*who: tuple[str, str]) -> str:
    return "\n".join([HEAD, *(f"C{n},K1,2026-10-05 10:00:00,{a},{b}" for n, (a, b) in enumerate(who, start=1))])


def test_an_id_that_is_a_person_is_refused_and_told_what_to_use(office: Office) -> None:
    office.csv(
        "代理人员_2026-10.csv", "工号,片区,姓名\n007,南片区,张三\n008,南片区,李四\n13812345678,南片区,王五\n陈六,南片区,陈六"
    )
    given = ("007", "张三", "0008 李四", "13812345678", "13987654321", "陈六")
    office.csv("投诉_2026-10.csv", complaints(*((one, "") for one in given), ("008", "李四")))
    office.run("ingest")
    said = office.run("check", "--as-of", "2026-10-31")
    assert "138****5678 → P-" in said.err and "陈* → P-" in said.err and "张*" in said.err
    assert office.run("build").code == 0
    with office.book() as book:
        agents = book.sql("SELECT agent_id FROM agent ORDER BY ALL")["agent_id"].tolist()
        rows = book.sql("SELECT source_table, row, code, message FROM quarantine WHERE severity = 'reject' ORDER BY ALL")
        whose = book.sql("SELECT DISTINCT agent_id FROM flaw WHERE agent_id IS NOT NULL")["agent_id"].tolist()
    assert agents == ["007", "008"] and whose == ["008"]
    codes = {(table, row): code for table, row, code in rows[["source_table", "row", "code"]].to_numpy().tolist()}
    refused = {("agents", 4): "personal_id", ("agents", 5): "personal_id"}
    refused |= {("complaints", row): "unknown_agent" for row in (3, 4, 6, 8)} | {
        ("complaints", row): "personal_id" for row in (5, 7)
    }
    assert codes == refused
    said = " ".join(rows["message"])
    assert "相近的是 007" in said and "相近的是 008" in said and "改用 P-" in said and "138****5678" in said
    assert not any(name in said for name in ("13812345678", "13987654321", "张三", "李四", "陈六"))


def test_without_a_list_a_phone_is_no_id_either(office: Office) -> None:
    office.csv("投诉_2026-10.csv", complaints(("007", ""), ("13812345678", "")))
    office.make("2026-10-31")
    assert [one for one, _, _ in office.outcomes("complaint_first_reply")] == ["C1"]


def test_texts_in_ids_are_masked_and_stay_apart_and_exempted(office: Office) -> None:
    office.csv("代理人员_2026-10.csv", "工号,片区,姓名\n007,南片区,张三\n008,南片区,张四")
    head, row = "工号,日期,项目,条款,是否合格,检查人", "007,2026-10-08,{}家线路,1.1,不合格,张三"
    office.csv("检查_2026-10.csv", "\n".join([head, *(row.format(one) for one in ("张三", "张四", "赵家"))]))
    office.csv("例外_2026-10.csv", "规则,记录编号,原因代码,批准人\ninspection_passed,007/2026-10-08/张四家线路/1.1,张四同意,张三")
    office.make("2026-10-31")
    ids = {source_id.split("/")[2]: outcome for source_id, outcome, _ in office.outcomes("inspection_passed")}
    assert ids == {"张*家线路": "missed_open", "张*家线路~2": "exempt", "赵家家线路": "missed_open"}
    with office.book() as book:
        assert book.sql("SELECT reason FROM obligation WHERE outcome = 'exempt'")["reason"].tolist() == ["张*同意"]


def test_two_files_that_look_alike_when_masked_stay_two(office: Office) -> None:
    office.csv("代理人员_2026-10.csv", "工号,片区,姓名\n007,南片区,张三\n008,南片区,张四")
    for n, name in enumerate(("张三", "张四")):
        office.csv(f"投诉_{name}_2026-10.csv", complaints(("007", "")).replace("C1", f"C{n}"))
    office.make("2026-10-31")
    with office.book() as book:
        files = book.sql("SELECT file FROM source_count ORDER BY file")["file"].tolist()
    assert files == ["代理人员_2026-10.csv", "投诉_张*_2026-10.csv", "投诉_张*_2026-10.csv~2"]
    with office.staging() as con:
        assert con.execute("SELECT named FROM file_named ORDER BY named").fetchall() == [
            ("投诉_张三_2026-10.csv",), ("投诉_张四_2026-10.csv",)
        ]  # fmt: skip


def test_one_that_somebody_works_on_is_never_overwritten(faulty: Office) -> None:
    """The new one lies beside it and is told; what nobody has changed is replaced, and goes when nothing is left to mend."""
    told: list[str] = []

    def handed(month: str = "2026-10") -> dict[str, str]:
        with faulty.book() as book:
            return workbooks(book.con, faulty.folder / "reports", month, told.append)

    path, folder = faulty.folder / "reports" / handed()["007"], faulty.folder / "reports" / "mend"
    first = path.read_bytes()
    assert handed()["007"].endswith("待更正_2026-10_007.xlsx") and path.read_bytes() == first and told == []
    with xlsxwriter.Workbook(path) as own:
        own.add_worksheet("工号").write_string(0, 0, "改到一半")
    worked_on, notes = path.read_bytes(), folder / "待更正_说明.xlsx"
    notes.write_bytes(b"a person's own")
    for _ in range(2):
        assert handed()["007"] == "mend/待更正_2026-10_007~新.xlsx"
        assert path.read_bytes() == worked_on and (folder / "待更正_2026-10_007~新.xlsx").read_bytes() == first
    assert len(told) == 2 and "待更正_2026-10_007.xlsx" in told[0] and "007~新.xlsx" in told[0]
    handed("2026-01")  # nothing to mend
    assert {one.name for one in folder.iterdir()} == {path.name, notes.name}
