"""Every cell comes out of the store as it was written, whether its value tells it or not."""

from __future__ import annotations

from itertools import cycle, islice

import pytest
from conftest import Office

from ruralkpi.exports.declared import built_in
from ruralkpi.intake.cells import OTHERS
from ruralkpi.sql import name

TIMES = {
    "a database's": ["2026-10-03 08:05:09", "2026-10-03 00:00:00", "2026-10-03", "2026-10-03 08:05", "2026-12-31 23:59:59"],
    "a spreadsheet's": ["2026/10/3 8:05", "2026/1/12 18:05", "2026/10/3", "2026/10/3 0:00", "2026/11/12 8:05:09"],
    "with two digits": ["2026/10/03 08:05", "2026/01/12 18:05", "2026/10/03", "2026/10/03 00:00", "2026/01/02 08:05:09"],
    "of all kinds": [
        "2026-10-3 8:05", "2026年10月3日 8:05", "2026/10/03 8:5", "8点", "", "2026-10-03T08:05:09.000+08:00", "2026-10-03 08:05:09.25",
        "2026/10/3 08:05", " 2026-10-03 08:05", "46298.5", "2026-10-03 24:00", "03/10/2026", "9999-12-31", "2026.10.3 08:05",
    ],
}  # fmt: skip
IDS = ["K1", "007", " K2", "Ｋ３", "", "12.0", "'0012"]
WORDS = {"is_connected": ["是", "接通", "", "说不清"], "channel": ["", " 座机 ", "手机", "没人认识"], "note": ["", " 甲 ", "乙"]}


def rows(times: list[str], n: int = 60) -> list[list[str]]:
    columns = [IDS, IDS, times, WORDS["is_connected"], WORDS["channel"], WORDS["note"], times[::-1]]
    cells = [list(islice(cycle(column), start, start + n)) for start, column in enumerate(columns)]
    return [[f"C{place}", *row] for place, row in enumerate(zip(*cells, strict=True), start=1)]


@pytest.mark.parametrize("style", TIMES)
def test_each_cell_is_as_it_was_written(office: Office, style: str) -> None:
    columns = ["call_id", "customer_id", "agent_id", "called_at", "is_connected", "channel", "note", "file_updated_at"]
    titles = [built_in()["calls"].columns[column].title for column in columns]
    written = rows(TIMES[style])
    office.csv("2026-10/电话拜访_2026-10.csv", "\n".join(map(",".join, [titles, *written])))
    assert office.run("ingest").code == 0
    with office.staging() as con:
        found = con.execute(f"SELECT {', '.join(map(name, columns))} FROM raw.calls ORDER BY row").fetchall()
        kept = con.execute("SELECT DISTINCT time_style FROM read_parquet(?)", [pack(office)]).fetchall()
    assert [[cell or "" for cell in row] for row in found] == written
    assert kept == {"a database's": [(None,)], "a spreadsheet's": [("y/m/d",)], "with two digits": [("y/mm/dd",)]}.get(
        style, kept
    )


def pack(office: Office) -> str:
    (path,) = (office.folder / "marts" / "book.store").rglob("calls.parquet")
    return str(path)


def test_what_a_value_tells_is_not_kept_twice(office: Office) -> None:
    """But for one cell of a time that is written otherwise than its row."""
    office.csv(
        "2026-10/电话拜访_2026-10.csv",
        "通话编号,客户编号,工号,拨打时间,资料更新时间\nC1,K1,0007,2026/10/3 8:05,2026/10/3 9:00\nC2,K2,0007,2026/10/3 8:05,2026-10-03 09:00",
    )
    assert office.run("ingest").code == 0
    with office.staging() as con:
        found = con.execute(f"SELECT call_id, {OTHERS} FROM read_parquet(?) ORDER BY row", [pack(office)]).fetchall()
        cells = con.execute("SELECT file_updated_at FROM raw.calls ORDER BY row").fetchall()
    assert found == [("C1", None), ("C2", {"file_updated_at": "2026-10-03 09:00"})]
    assert cells == [("2026/10/3 9:00",), ("2026-10-03 09:00",)]
