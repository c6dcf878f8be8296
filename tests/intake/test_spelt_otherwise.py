"""Workbooks that say the same in another spelling: error cells, formulas without a value, filled zeros, names of parts and sheets."""

from __future__ import annotations

import struct

import pytest
from conftest import Office
from damaging import as_ods, as_xlsx, parts_of, zipped

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.box.limits import Count, Limits
from ruralkpi.intake.readers.files import content_kind
from ruralkpi.intake.readers.markup import tables_of
from ruralkpi.intake.readers.page import FORMULA, SINCE_1904, Page
from ruralkpi.intake.readers.workbooks import pages_of

HEAD = ["投诉编号", "客户编号", "受理时间", "受理人", "首次回复时间"]
SHEET, STYLES = "xl/worksheets/sheet1.xml", "xl/styles.xml"


def pages(content: bytes, kind: str = "zip") -> list[Page]:
    return pages_of(content, kind, Count("file", Limits()))


def with_cell(cell: str, part: str = SHEET, formats: str = "") -> bytes:
    """An xlsx whose second row is this cell, its sheet in this part, its cells of style 1 in this format."""
    parts = parts_of(as_xlsx([["a"]]))
    rels = "xl/_rels/workbook.xml.rels"
    sheet = parts.pop(SHEET).decode().replace("</sheetData>", f'<row r="2">{cell}</row></sheetData>')
    parts[rels] = parts[rels].replace(b"worksheets/sheet1.xml", part.removeprefix("xl/").encode())
    if formats:
        style = f'<numFmts count="1"><numFmt numFmtId="164" formatCode="{formats}"/></numFmts><fonts'
        more = '<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0"/></cellXfs>'
        text = parts[STYLES].decode().replace("<fonts", style, 1).replace("</cellXfs>", more)
        parts[STYLES] = text.encode()
    return zipped(parts | {part: sheet.encode()})


@pytest.mark.parametrize("part", [SHEET, "xl/sheets/s1.xml", "xl/worksheets/Sheet1.XML"])
@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ('<c r="A2" t="e"><v>#N/A</v></c>', "#N/A"),
        ("<c r='A2' t='e'><v>#N/A</v></c>", "#N/A"),
        ('<c r = "A2" t = "e"><v>#N/A</v></c>', "#N/A"),
        ('<c r="A2"><f>B2+1</f></c>', FORMULA),
        ('<c r="A2"><f><![CDATA[B2<1]]></f></c>', FORMULA),
        ('<c r="A2"><f>B2</f><v xml:space="preserve"></v></c>', FORMULA),
        ('<c r="A2"><!-- here --><f>B2</f></c>', FORMULA),
        ('<c r="A2"><v><![CDATA[7]]></v></c>', "7"),
        ("<c r='A2' t='str'><f>B2</f><v></v></c>", None),
    ],
)
def test_a_cell_of_an_xlsx_in_any_spelling(part: str, cell: str, says: str | None) -> None:
    (page,) = pages(with_cell(cell, part))
    assert page.rows[1:] == [[says]]
    assert page.has_formulas == (says == FORMULA)


@pytest.mark.parametrize("code", ["0000", "0000_ ", r"0000_);\(0000\)", "[Red]0000", "[&gt;0]0000", "#0000"])
def test_zeros_that_an_xlsx_shows(code: str) -> None:
    assert pages(with_cell("<c r='A2' s='1'><v>7</v></c>", formats=code))[0].rows[1:] == [["0007"]]
    assert pages(with_cell('<c r="A2" s="1" t="n"><f>6+1</f><v>7</v></c>', formats=code))[0].rows[1:] == [["0007"]]
    assert pages(with_cell('<c r="A2" s="1" t="str"><v>7</v></c>', formats=code))[0].rows[1:] == [["7"]]


def test_two_rows_of_one_number_are_refused() -> None:
    with pytest.raises(UserError):
        pages(with_cell('<c r="A2"><v>7</v></c></row><row r="2"><c r="A2"><v>8</v></c>'))


ERROR = '<table:table-cell office:value-type="{}" calcext:value-type="error"><office:annotation/><text:p>#N/A</text:p></table:table-cell>'
STYLE = (
    '<office:automatic-styles><number:number-style style:name="N4"><number:number number:min-integer-digits="4"/>'
    '</number:number-style><style:style style:name="ce1" style:family="table-cell" style:data-style-name="N4"/>'
    "</office:automatic-styles><office:body>"
)
SPACES = 'xmlns:number="n" xmlns:style="s" xmlns:calcext="c" '


def ods(row: str, old: str = "", new: str = "") -> bytes:
    parts = parts_of(as_ods(f"<table:table-row>{row}</table:table-row>"))
    text = parts["content.xml"].decode().replace("<office:body>", STYLE, 1).replace("xmlns:", f"{SPACES}xmlns:", 1)
    return zipped(parts | {"content.xml": text.replace(old, new, 1).encode()})


@pytest.mark.parametrize("kind", ["string", "float"])
def test_error_cells_of_an_ods(kind: str) -> None:
    assert pages(ods(ERROR.format(kind)))[0].rows[-1][0] == "#N/A"


def test_zeros_that_an_ods_shows_by_a_cells_style_or_its_columns() -> None:
    value = 'office:value-type="float" office:value="7"/>'
    assert pages(ods(f'<table:table-cell table:style-name="ce1" {value}'))[0].rows[-1][0] == "0007"
    column = '<table:table-column/><table:table-column table:default-cell-style-name="ce1"/><table:table-row'
    row = f"<table:table-cell {value}<table:table-cell {value}"
    assert pages(ods(row, "<table:table-row", column))[0].rows[-1][:2] == ["7", "0007"]


def record(kind: int, body: bytes) -> bytes:
    return bytes((kind, len(body))) if kind < 128 else bytes((kind & 0x7F | 0x80, kind >> 7, len(body)))


def as_xlsb(cells: list[bytes]) -> bytes:
    """An xlsb of one row: cells as (kind and what it says)."""

    def said(kind: int, body: bytes = b"") -> bytes:
        return record(kind, body) + body

    def words(text: str) -> bytes:
        return struct.pack("<I", len(text)) + text.encode("utf-16-le")

    relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    about = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="{}" Target="{}"/></Relationships>'
    row = said(0, struct.pack("<IIHBBBI", 0, 0, 300, 0, 0, 0, 0))
    row += b"".join(said(cell[0], struct.pack("<II", column, 0) + cell[1:]) for column, cell in enumerate(cells))
    sheet = said(129) + said(148, struct.pack("<IIII", 0, 0, 0, len(cells) - 1)) + said(145) + row + said(146) + said(130)
    bundle = said(143) + said(156, struct.pack("<II", 0, 1) + words("rId1") + words("S")) + said(144)
    return zipped(
        {
            "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": about.format(f"{relation}/officeDocument", "xl/workbook.bin").encode(),
            "xl/_rels/workbook.bin.rels": about.format(f"{relation}/worksheet", "worksheets/sheet1.bin").encode(),
            "xl/workbook.bin": said(131) + said(153, struct.pack("<II", 0, 0) + words("")) + bundle + said(132),
            "xl/worksheets/sheet1.bin": sheet,
        }
    )


def test_error_cells_of_an_xlsb() -> None:
    number = b"\x05" + struct.pack("<d", 7.0)
    (page,) = pages(as_xlsb([number, b"\x03\x2a", b"\x0b\x17" + b"\0" * 10, number]))
    assert page.rows == [["7", "#N/A", "#REF!", "7"]]


def test_an_xlsb_says_from_when_it_counts_days() -> None:
    usual = as_xlsb([b"\x05" + struct.pack("<d", 44836.5)])
    parts = parts_of(usual)
    flags = record(153, b"\0" * 12) + struct.pack("<I", 0)
    parts["xl/workbook.bin"] = parts["xl/workbook.bin"].replace(flags, flags[:-4] + struct.pack("<I", 1))
    assert [pages(book)[0].day_zero for book in (usual, zipped(parts))] == [None, SINCE_1904]


def test_two_sheets_of_one_name_are_both_read(office: Office) -> None:
    parts = parts_of(as_xlsx([HEAD, ["C1", "K1", "2026-10-03 09:00", "0007", "2026-10-03 11:00"]], 2))
    parts["xl/workbook.xml"] = parts["xl/workbook.xml"].replace(b'"Sheet2"', b'"Sheet1"')
    (office.folder / "raw" / "投诉_2026-10.xlsx").write_bytes(zipped(parts))
    assert office.run("ingest").code == 0
    with office.staging() as con:
        read = con.execute("SELECT file FROM source_file ORDER BY file_no").fetchall()
    assert read == [("投诉_2026-10.xlsx#Sheet1",), ("投诉_2026-10.xlsx#Sheet1<2>",)]


def tables(text: str) -> list[list[list[str | None]]]:
    return [page.rows for page in tables_of(text, Count("file", Limits()))]


def line(*cells: str) -> str:
    return f"<tr>{''.join(f'<td>{cell}</td>' for cell in cells)}</tr>"


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("<table><tr><td>2026-10-06 11:00</td></tr></table>", "2026-10-06 11:00"),
        ("<table><tr><td>2026-10-06</td><td>11:00</td></tr></table>", "2026-10-06 11:00"),
        ("2026-10-06 <table><tr><td>11:00", "2026-10-06 11:00"),
        (f"<table>{line('x')}{line('y')}</table>2026-10-06 11:00", "2026-10-06 11:00"),
    ],
)
def test_a_cell_around_a_table(cell: str, says: str) -> None:
    assert tables(f"<table>{line('a', 'b')}{line('1', cell)}</table>")[0] == [["a", "b"], ["1", says]]


def test_a_row_in_a_table_of_its_own_is_not_lost() -> None:
    above = f"<table>{line('a', 'b', 'c')}{line('1', '2', '3')}</table>"
    assert tables(f"{above}<table>{line('4', '5', '6')}</table>")[1:] == [[["4", "5", "6"]]]
    assert tables(f"<table>{line('title')}</table>{above}<table>{line('page', '1')}</table>") == tables(above)


@pytest.mark.parametrize("start", ["center", "font", "h3", "p", "form", "link", "thead", "ss:Workbook"])
def test_a_page_by_any_first_tag(start: str) -> None:
    assert content_kind(f"\n<{start}>".encode()) == content_kind(f"<{start} a='b'>".encode()) == "markup"
    assert content_kind(b"<perhaps>,a") == "text"


@pytest.mark.parametrize("prefix", ["", "ss:"])
def test_xml_of_2003_with_filled_zeros_whatever_the_prefix(prefix: str) -> None:
    text = (
        '<?xml version="1.0"?><+Workbook xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet"><+Styles><+Style ss:ID="z">'
        '<+NumberFormat ss:Format="0000"/></+Style></+Styles><+Worksheet ss:Name="S"><+Table><+Row><+Cell><+Data ss:Type="String">'
        'a</+Data></+Cell></+Row><+Row><+Cell ss:StyleID="z"><+Data ss:Type="Number">7</+Data></+Cell><+Cell><+Data '
        'ss:Type="Number">7</+Data></+Cell></+Row></+Table></+Worksheet></+Workbook>'
    )
    assert tables(text.replace("<+", f"<{prefix}").replace("</+", f"</{prefix}")) == [[["a"], ["0007", "7"]]]
