"""summary.xlsx: the marts' figures, ids as text, sheets that split."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import openpyxl
import pytest
import xlsxwriter
from cards_marts import MONTH, build

from ruralkpi.cards.facts.choices import choices
from ruralkpi.month import pour, workbook
from ruralkpi.press.batch import standard_notebook
from ruralkpi.press.plan import plan


@pytest.fixture(scope="module")
def marts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("book") / "marts.duckdb", key_n=3)


def made(marts: Path, folder: Path, area: str | None = None) -> openpyxl.Workbook:
    workbook.write_workbook(folder / "book.xlsx", marts, plan(marts, MONTH, None, standard_notebook()), area, "zh")
    return openpyxl.load_workbook(folder / "book.xlsx")


def rows(book: openpyxl.Workbook, sheet: str) -> list[dict[str, object]]:
    head, *body = book[sheet].iter_rows(values_only=True)
    return [dict(zip(head, row, strict=True)) for row in body]


def test_figures_and_misses_are_the_marts(marts: Path, tmp_path: Path) -> None:
    book = made(marts, tmp_path)
    with duckdb.connect(str(marts), read_only=True) as con:
        owed = con.execute("SELECT agent_id, rule_id, met_n, owed_n FROM kpi_agent_month WHERE month = ?", [MONTH]).fetchall()
        missed = con.execute("SELECT count(*) FROM obligation WHERE month = ? AND outcome LIKE 'missed%'", [MONTH]).fetchall()[0][
            0
        ]
    told = {(r["工号"], r["规则"]): (r["按时"], r["应办"]) for r in rows(book, "数字")}
    assert told == {(agent, rule): (met, n) for agent, rule, met, n in owed}
    assert len(rows(book, "漏办")) == missed
    assert all(r["比率"] == (r["按时"] / r["应办"] if r["应办"] else "无应办") for r in rows(book, "数字"))
    assert "007" in {r["工号"] for r in rows(book, "数字")}
    assert all(sheet.freeze_panes == "A2" and sheet.auto_filter.ref for sheet in book.worksheets[1:])


def test_an_area_has_its_own(marts: Path, tmp_path: Path) -> None:
    assert {r["工号"] for r in rows(made(marts, tmp_path, "木鱼镇代理区"), "数字")} == {"A0009"}


def test_a_long_sheet_is_split_and_says_so(marts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rows(made(marts, tmp_path), "漏办")
    monkeypatch.setattr(workbook, "choices", lambda: replace(choices(), sheet_rows=10))
    book = made(marts, tmp_path)
    parts = [name for name in book.sheetnames if name.startswith("漏办")]
    assert len(parts) == -(-len(whole) // 10) and [r for name in parts for r in rows(book, name)] == whole
    assert any("漏办" in str(row[0]) and "10" in str(row[0]) for row in book["说明"].iter_rows(values_only=True))


HOSTILE = [
    "=1+1",
    "@SUM(A1)",
    "007",
    "<b>&amp;</b>",
    " 两边 空格 ",
    "_x0041_",
    "a\x00\x0bb",
    "第一行\n第二行",
    "𠮷㙍",
    "http://x",
    "长" * 40000,
]


def test_text_stays_text_whatever_it_is(tmp_path: Path) -> None:
    """Through the real pouring, read back by another library: no formula, no link, no lost blank, nothing that XML forbids."""
    with xlsxwriter.Workbook(str(tmp_path / "form.xlsx")) as book:
        sheet = book.add_worksheet()
        sheet.write_string(0, 0, "文")
        for column, form in enumerate([book.add_format({"num_format": "@"}), book.add_format({"bold": True})]):
            sheet.write_blank(1, column, None, form)
    with duckdb.connect() as con:
        con.execute("CREATE TABLE t AS SELECT unnest(?) AS word, unnest(range(?)) AS n", [HOSTILE, len(HOSTILE)])
        cells = [pour.Cell("word", pour.text), pour.Cell("CASE WHEN n <> 3 THEN n END", pour.number)]

        def poured(form: str) -> list[str]:
            return [row for (row,) in con.execute(pour.row_sql("FROM t ORDER BY n", cells, form, 0, 100)).fetchall()]

        pour.pour(tmp_path / "form.xlsx", tmp_path / "book.xlsx", {"xl/worksheets/sheet1.xml": poured})
    sheet = openpyxl.load_workbook(tmp_path / "book.xlsx").active
    told = {"_x0041_": "_x005F_x0041_", "a\x00\x0bb": "ab", "长" * 40000: "长" * 32767}
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == [told.get(word, word) for word in HOSTILE]
    # (this library leaves _x005F_ as it stands, spreadsheets show an underscore)
    assert {row[0].data_type for row in sheet.iter_rows(min_row=2)} == {"s"}
    assert [row[1].value for row in sheet.iter_rows(min_row=2)] == [n if n != 3 else None for n in range(len(HOSTILE))]
    assert all(row[0].number_format == "@" and row[1].font.bold for row in sheet.iter_rows(min_row=2) if row[1].value is not None)


def test_flags_are_words(tmp_path: Path) -> None:
    marts = build(tmp_path / "marts.duckdb", key_n=3)
    with duckdb.connect(str(marts)) as con:
        con.execute("UPDATE obligation SET flags = 'by_other late_entry' WHERE source_id = 'TS2610-002' AND agent_id = '007'")
        con.execute("UPDATE obligation SET outcome = 'missed_late' WHERE source_id = 'TS2610-002' AND agent_id = '007'")
    told = {r["标记"] for r in rows(made(marts, tmp_path), "漏办")}
    assert told == {None, "由他人办理、到期后才录入"}
