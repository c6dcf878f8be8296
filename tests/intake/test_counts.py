"""Every row counts (X32): rows by an independent reader = rows accounted for, over sheets stacked, repeated, damaged, merged."""

from __future__ import annotations

import csv
import io
import random
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape

import duckdb
import openpyxl
import pytest
from oldbook import old_book

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.mappings import with_mappings
from ruralkpi.intake.load import ingest
from ruralkpi.intake.readers import sheets
from ruralkpi.intake.readers.files import discover

Rows = list[list[str]]
HEADS = {
    "complaints": ["投诉编号", "客户编号", "受理时间", "受理人", "首次回复时间"],
    "faults": ["故障单号", "客户编号", "申告时间", "产品", "修复时间"],
    "visits": ["拜访编号", "客户编号", "工号", "拜访时间", "方式"],
    "agents": ["工号", "片区", "姓名"],
}
ASIDES = ["十月明细", "单位：某县分公司", "注：本表由系统导出，未经审核。", "制表人：张三", "（续）", "说明"]
OTHER = ["库存编号,名称,数量", "S1,鞋套,10", "S2,雨衣,5"]


def record(export: str, n: int) -> list[str]:
    at = f"2026-10-{1 + n % 28:02d} 10:00"
    made = {
        "complaints": [f"C{n}", f"K{n}", at, "0007", at],
        "faults": [f"F{n}", f"K{n}", at, "宽带", at],
        "visits": [f"V{n}", f"K{n}", "0007", at, "上门"],
        "agents": [f"{n:04d}", "竹园片区", "张三"],
    }
    return made[export]


def damaged(row: list[str], mix: random.Random) -> list[str]:
    """A row as it should not be: cut short, shifted, odd, or words of headers where none stand."""
    kinds: list[Callable[[], list[str]]] = [
        lambda: row[: mix.randrange(1, len(row))],
        lambda: ["多", *row],
        lambda: ["", *row[1:]],
        lambda: [*row[:-1], "客户编号"],
        lambda: ["合计", "9"],
        lambda: ["同上", *row[1:]],
        lambda: [cell if mix.random() < 0.5 else "备注" for cell in row],
        lambda: ["竹园片区", "青川县"],
        lambda: ["\u200b" + row[0], *row[1:]],
    ]
    return mix.choice(kinds)()


def sheet(mix: random.Random) -> tuple[Rows, dict[str, set[str]]]:
    """A sheet of one to four tables, and the ids of the records in it that nothing was done to, by export."""
    rows: Rows = []
    good: dict[str, set[str]] = {}
    n = 0
    for _ in range(mix.randrange(1, 5)):
        export = mix.choice(sorted(HEADS))
        rows += [[mix.choice(ASIDES)] for _ in range(mix.randrange(0, 2))]
        star = mix.choice(["", "*", "\ufeff"])
        rows.append([star + head for head in HEADS[export]])
        for _ in range(mix.randrange(2, 9)):
            n += 1
            row, luck = record(export, n), mix.random()
            if luck < 0.75:
                rows.append(row)
                good.setdefault(export, set()).add(row[0])
            elif luck < 0.85:
                rows.append(damaged(row, mix))
            elif luck < 0.9:
                rows.append(list(HEADS[export]))
            else:
                rows.append([])
        if mix.random() < 0.2:
            rows += [[], *(line.split(",") for line in OTHER), []]
    return rows, good


def as_csv(rows: Rows) -> bytes:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerows(rows)
    return out.getvalue().encode("utf-8-sig")


def as_xlsx(rows: Rows) -> bytes:
    book, out = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    hidden = book.create_sheet("旧")
    hidden.append(HEADS["complaints"])
    hidden.append(record("complaints", 999))
    hidden.sheet_state = "hidden"
    book.save(out)
    return out.getvalue()


def as_xls(rows: Rows) -> bytes:
    return old_book([list(row) for row in rows])


def as_ods(rows: Rows) -> bytes:
    cell = '<table:table-cell office:value-type="string"><text:p>{}</text:p></table:table-cell>'
    lines = "".join(
        f"<table:table-row>{''.join(cell.format(escape(text)) if text else '<table:table-cell/>' for text in row)}</table:table-row>"
        for row in rows
    )
    spaces = " ".join(f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr(
            "content.xml",
            f'<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name="1">{lines}'
            "</table:table></office:spreadsheet></office:body></office:document-content>",
        )
    return out.getvalue()


KINDS: dict[str, Callable[[Rows], bytes]] = {"csv": as_csv, "xlsx": as_xlsx, "xls": as_xls, "ods": as_ods}


def said_n(rows: Rows) -> int:
    """Rows that a person sees something in."""
    return sum(1 for row in rows if any(cell.strip(" \ufeff\u200b") for cell in row))


@pytest.mark.parametrize("seed", range(24))
@pytest.mark.parametrize("kind", [*sorted(KINDS), "large csv"])
def test_rows_by_an_independent_count_are_the_rows_accounted_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, seed: int
) -> None:
    if kind == "large csv":
        monkeypatch.setattr(sheets, "SMALL", 0)
    rows, good = sheet(random.Random(seed))
    ending = kind.removeprefix("large ")
    (tmp_path / f"十月_2026-10.{ending}").write_bytes(KINDS[ending](rows))
    with duckdb.connect() as con:
        done = ingest(con, discover(tmp_path), with_mappings(None))
        assert not done.refused
        kept = " UNION ALL ".join(f"SELECT file_no FROM raw.{name}" for name in built_in())
        read_n, none_n = con.execute("SELECT sum(read_n), sum(blank_n) FROM source_file").fetchone() or (0, 0)
        kept_n = (con.execute(f"SELECT count(*) FROM ({kept})").fetchone() or (0,))[0]
        assert read_n == said_n(rows) == none_n + kept_n
        for export, ids in good.items():
            key = built_in()[export].key[0]
            found = [row[0] for row in con.execute(f'SELECT "{key}" FROM raw.{export}').fetchall()]
            aside = [row[0] for row in con.execute("SELECT text FROM note WHERE kind = 'other'").fetchall()]
            assert {one: found.count(one) + aside.count(one) for one in ids} == dict.fromkeys(ids, 1)


def test_a_record_merged_over_rows_counts_each_row_that_says_something(tmp_path: Path) -> None:
    book, out = openpyxl.Workbook(), io.BytesIO()
    page = book.active
    for row in (
        ["十月投诉"],
        [],
        HEADS["complaints"],
        record("complaints", 1),
        ["", "", "", "", "2026-10-09 10:00"],
        [],
        record("complaints", 2),
    ):
        page.append(row)
    for cells in ("A1:E2", "A4:A6", "B4:B6", "C4:C6", "D4:D6"):
        page.merge_cells(cells)
    book.save(out)
    (tmp_path / "投诉_2026-10.xlsx").write_bytes(out.getvalue())
    independent = sum(1 for row in openpyxl.load_workbook(tmp_path / "投诉_2026-10.xlsx").active.values if any(row))
    with duckdb.connect() as con:
        ingest(con, discover(tmp_path), with_mappings(None))
        assert con.execute("SELECT read_n FROM source_file").fetchone() == (independent,) == (5,)
        assert con.execute("SELECT complaint_id, progress_ats FROM raw.complaints ORDER BY row").fetchall() == [
            ("C1", None), ("C1", None), ("C2", None)
        ]  # fmt: skip
