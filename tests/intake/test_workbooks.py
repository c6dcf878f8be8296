"""Workbooks and what is handed out as one: old xls, what cells show, merged cells, web pages and XML under the name .xls."""

from __future__ import annotations

import datetime as dt
import io

import pytest
import xlsxwriter
from conftest import Office
from damaging import as_ods, parts_of, zipped
from oldbook import Formula, old_book

from ruralkpi.intake.readers import page
from ruralkpi.intake.readers.box.limits import Count, Limits
from ruralkpi.intake.readers.workbooks import pages_of

HEAD = ["投诉编号", "客户编号", "受理时间", "受理人", "首次回复时间"]


def given(office: Office, name: str, content: bytes) -> Office:
    (office.folder / "raw" / name).write_bytes(content)
    return office


def read(office: Office) -> list[tuple[object, ...]]:
    """(id, customer, received, agent, replied) of the raw rows, as text."""
    result = office.run("ingest")
    assert result.code == 0, result.err
    with office.staging() as con:
        return con.execute(
            "SELECT complaint_id, customer_id, received_at, agent_id, first_reply_at FROM raw.complaints ORDER BY row"
        ).fetchall()


def xlsx(rows: list[list[object]], formats: dict[int, str] | None = None, options: dict[str, object] | None = None) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, options or {})
    sheet = book.add_worksheet()
    styles = {column: book.add_format({"num_format": code}) for column, code in (formats or {}).items()}
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str) and value.startswith("#"):
                sheet.write_formula(r, c, "=NA()", styles.get(c), value)
            else:
                sheet.write(r, c, value, styles.get(c))
    book.close()
    return out.getvalue()


@pytest.mark.parametrize("codepage", [1200, 1252, 936])
def test_an_old_xls_whatever_code_page_it_claims(office: Office, codepage: int) -> None:
    rows: list[list[object]] = [HEAD, ["C1", "K1", 46298.336909722224, 7, "#N/A"], ["C2", "客户二", 46298, 12, None]]
    given(office, "投诉.xls", old_book(rows, {2: 2, 3: 1}, codepage))
    assert read(office) == [
        ("C1", "K1", "2026-10-03 08:05:09", "0007", "#N/A"),
        ("C2", "客户二", "2026-10-03", "0012", None),
    ]


def test_days_since_1904_in_either_kind_of_workbook(office: Office) -> None:
    given(office, "投诉_1.xls", old_book([HEAD, ["C1", "K1", 44836.5, 7]], {2: 2}, is_1904=True))
    when = dt.datetime(2026, 10, 3, 12)
    given(office, "投诉_2.xlsx", xlsx([HEAD, ["C2", "K1", when, 7]], {2: "yyyy-mm-dd hh:mm"}, {"date_1904": True}))
    assert [row[2] for row in read(office)] == ["2026-10-03 12:00:00"] * 2


NULL_DATE = '<table:calculation-settings><table:null-date table:date-value="{}"/></table:calculation-settings>'


def ods_from(day: str) -> bytes:
    said = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    days = '<table:table-cell office:value-type="float" office:value="44836.5"><text:p>44836.5</text:p></table:table-cell>'
    cells = said.format("CX") + said.format("K1") + days + said.format("7")
    parts = parts_of(as_ods(f"<table:table-row>{cells}</table:table-row>"))
    text = parts["content.xml"].replace(b"<table:table ", NULL_DATE.format(day).encode() + b"<table:table ", 1)
    return zipped(parts | {"content.xml": text})


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("投诉.xls", old_book([HEAD, ["C1", "K1", 44836.5, 7, None]], is_1904=True)),
        ("投诉.xlsx", xlsx([HEAD, ["C1", "K1", 44836.5, 7, None]], options={"date_1904": True})),
        ("投诉.ods", ods_from("1904-01-01")),
    ],
)
def test_bare_days_since_1904_in_columns_of_times(office: Office, name: str, content: bytes) -> None:
    assert read(given(office, name, content))[-1][2:] == ("2026-10-03 12:00:00", "7", None)


def test_bare_days_from_other_days(office: Office) -> None:
    assert read(given(office, "投诉.ods", ods_from("1899-12-30")))[-1][2] == "44836.5"
    assert read(given(office, "投诉.ods", ods_from("1900-01-01")))[-1][2] == "2022-10-04 12:00:00"
    html = "<html xmlns:x='x'><xml><x:ExcelWorkbook><x:Date1904/></x:ExcelWorkbook></xml><table><tr>{}</tr><tr>{}</tr></table>"
    cells = ("".join(f"<td>{cell}" for cell in row) for row in (HEAD, ["C1", "K1", "44836.5", "44836", ""]))
    (office.folder / "raw" / "投诉.ods").unlink()
    assert read(given(office, "投诉.xls", html.format(*cells).encode()))[0][2:4] == ("2026-10-03 12:00:00", "44836")


def test_a_birthday_and_several_times_as_days_since_1904() -> None:
    assert page.counted_from(page.SINCE_1904, "33000") == "1994-05-08"
    assert page.counted_from(page.SINCE_1904, "44836.5；44837") == "2026-10-03 12:00:00；2026-10-04"
    assert [page.counted_from(page.SINCE_1904, text) for text in ("1005", "C44836", "144836", None)] == [
        "1005",
        "C44836",
        "144836",
        None,
    ]


def test_error_cells_and_shown_zeros_of_an_xlsx(office: Office) -> None:
    rows: list[list[object]] = [HEAD, ["C1", 440000000000000123, 46298.336909722224, 7, "#N/A"], ["C2", "K2", 46298, 12345, None]]
    given(office, "投诉.xlsx", xlsx(rows, {1: "0", 2: "yyyy/m/d h:mm", 3: "0000"}))
    assert read(office) == [
        ("C1", "4.400000E+17", "2026-10-03 08:05:09", "0007", "#N/A"),
        ("C2", "K2", "2026-10-03", "12345", None),
    ]


def test_an_error_cell_ends_in_quarantine_not_in_silence(office: Office) -> None:
    given(office, "投诉.xlsx", xlsx([HEAD, ["C1", "K1", "2026-10-03", "7", "#N/A"]]))
    office.run("ingest")
    office.run("check")
    with office.staging() as con:
        assert con.execute("SELECT code, row FROM quarantine").fetchall() == [("bad_time", 2)]


EXCEL = 0x80C1  # as one that Excel has saved says it


@pytest.mark.parametrize(
    ("formulas", "history", "are_unvalued"),
    [
        ([Formula(None), Formula(0)], 0, [True, True]),  # by a program that works nothing out
        ([Formula(None), Formula(46298.5)], 0, [False, False]),
        ([Formula(None), Formula(0)], EXCEL, [False, False]),
        ([Formula(None, 2), Formula(0, 3)], EXCEL, [True, True]),  # to be worked out on opening
        ([Formula(46298.5, 2), Formula(0, 1)], EXCEL, [False, False]),
    ],
)
def test_formulas_of_an_old_xls_without_a_value(formulas: list[object], history: int, are_unvalued: list[bool]) -> None:
    content = old_book([HEAD, ["C1", "K1", "2026-10-03", 7, formulas[0]], ["C2", "K2", formulas[1], 7]], history=history)
    (sheet,) = pages_of(content, "ole", Count("file", Limits()))
    assert [sheet.rows[1][4] == page.FORMULA, sheet.rows[2][2] == page.FORMULA] == are_unvalued
    assert sheet.has_formulas == any(are_unvalued)


def test_an_old_xls_with_a_formula_without_a_value_is_told(office: Office) -> None:
    given(office, "投诉.xls", old_book([HEAD, ["C1", "K1", "2026-10-03", "7", Formula(None)], ["C2", "K1", "2026-10-03", "7"]]))
    office.run("ingest")
    office.run("check")
    with office.staging() as con:
        assert con.execute("SELECT code, row FROM quarantine").fetchall() == [("formula_without_value", 2)]


def test_a_time_a_breath_short_of_its_second(office: Office) -> None:
    given(office, "投诉.xlsx", xlsx([HEAD, ["C1", "K1", 46298.33690972221, "7"]], {2: "yyyy-mm-dd hh:mm:ss"}))
    assert read(office)[0][2] == "2026-10-03 08:05:09"


def test_a_cell_merged_over_several_rows_is_said_of_each(office: Office) -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.merge_range(0, 0, 0, 4, "十月投诉明细")
    sheet.write_row(1, 0, HEAD)
    for row in (2, 3, 4):
        sheet.write_row(row, 0, [f"C{row}", "K1", "2026-10-03"])
    sheet.merge_range(2, 3, 4, 3, "0007")
    book.close()
    given(office, "投诉.xlsx", out.getvalue())
    assert [row[3] for row in read(office)] == ["0007"] * 3


def test_more_merged_cells_than_a_person_merges_fill_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "_MOST_FILLED", 1)
    assert page.filled_down([["C1", "7"], ["C2"], ["C3"]], [(0, 2, 1)]) == [["C1", "7"], ["C2"], ["C3"]]


PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="gbk"><style>td {{mso-number-format:"\\@"}}</style></head>
<body><table border=1><tr><td colspan=5>投诉明细</td></tr><tr>{head}</tr>
<tr><td>C1<td>K&nbsp;1<td>2026-10-03 08:05<td rowspan=2>0007<td>a<br>b
<tr><td>C2</td><td>&lt;K2&gt;</td><td>2026-10-04</td><td></td></tr></table></body></html>"""


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig", "utf-16"])
def test_a_web_page_under_the_name_xls(office: Office, encoding: str) -> None:
    html = PAGE.format(head="".join(f"<th>{head}</th>" for head in HEAD))
    given(office, "投诉.xls", html.encode(encoding))
    assert read(office) == [
        ("C1", "K 1", "2026-10-03 08:05", "0007", "a\nb"),
        ("C2", "<K2>", "2026-10-04", "0007", None),
    ]


XML = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Styles><Style ss:ID="s"><NumberFormat ss:Format="@"/></Style></Styles><Worksheet ss:Name="明细"><Table>
<Row ss:Index="3">{head}</Row>
<Row><Cell><Data ss:Type="String">C1</Data><Comment><Data>核对</Data></Comment></Cell><Cell ss:Index="3"><Data ss:Type="DateTime">2026-10-03T08:05:09.000</Data></Cell>
<Cell><Data ss:Type="String">0007</Data></Cell><Cell><Data ss:Type="DateTime">2026-10-04T00:00:00.000</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


def test_xml_of_2003_under_the_name_xls(office: Office) -> None:
    text = XML.format(head="".join(f'<Cell><Data ss:Type="String">{head}</Data></Cell>' for head in HEAD))
    given(office, "投诉.xls", text.encode())
    assert read(office) == [("C1", None, "2026-10-03 08:05:09", "0007", "2026-10-04")]
    with office.staging() as con:
        assert con.execute("SELECT row FROM raw.complaints").fetchall() == [(4,)]


def test_a_page_whose_spans_would_fill_the_memory(office: Office) -> None:
    office.configure("[readers]\ncells = 10_000\n")
    (office.folder / "raw" / "投诉.xls").write_text("<table><tr><td>a</td><tr><td colspan=9999999>b</table>")
    result = office.run("ingest")
    assert result.code != 0 and "投诉.xls" in result.err and "Traceback" not in result.err and "10,000 格" in result.err
