"""Records that are not whole: split by a line break in a cell without quotes, or cut off where the file ends (X32)."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Office
from test_tables import COMPLAINTS, Read, complaints

HEAD = f"{COMPLAINTS},备注,回复结果"


def lines(*numbers: int) -> list[str]:
    return [f"{line},无,满意" for line in complaints(*numbers).splitlines()]


def split(n: int, *parts: str) -> list[str]:
    """A record whose remark has line breaks."""
    return f"C{n},K{n},2026-10-{n:02d} 10:00,0007,2026-10-{n:02d} 11:00,{chr(10).join(parts)},满意".split("\n")


def whole(folder: Path, text: str) -> str:
    """The ids of complaints that are whole records."""
    read = Read(folder, {"投诉_2026-10.csv": text})
    read.counts()
    rows = read.con.execute("SELECT complaint_id FROM raw.complaints WHERE extra_n = 0 ORDER BY row").fetchall()
    return " ".join(str(one) for (one,) in rows)


@pytest.mark.parametrize(
    "parts",
    [
        ("客户说", "再联系"),
        ("客户说", "", "单独一行", "再联系"),
        ("联系人：张三", "电话：12"),
        ("一", "合计12户"),
        ("一", '"引，号"'),
    ],
)
def test_all_lines_of_a_split_record_are_kept_out(tmp_path: Path, size: str, parts: tuple[str, ...]) -> None:
    text = "\n".join([HEAD, *lines(1), *split(2, *parts), *lines(3), *split(4, *parts), *lines(5)]) + "\n"
    assert whole(tmp_path, text) == "C1 C3 C5"


def test_the_last_record_is_split(tmp_path: Path, size: str) -> None:
    assert whole(tmp_path, "\n".join([HEAD, *lines(1), *split(2, "一", "二"), "制表人：张三"]) + "\n") == "C1"
    assert whole(tmp_path, "\n".join([HEAD, *split(1, "一", "二")])) == ""


@pytest.mark.parametrize("last", [[], ["合计,,2,,"], ["制表人：张三,审核人：李四,,,"], ["单位：某县,x,x,x,x"]])
def test_rows_that_lack_their_last_empty_cells_are_records(tmp_path: Path, size: str, last: list[str]) -> None:
    short = ["C1,K1,2026-10-01 10:00", "C2,K2,2026-10-02 10:00,0007,2026-10-02 11:00", "C3,K3,2026-10-03 10:00"]
    for rows in (short, [*short, *lines(4)], [*lines(4), *short]):
        ids = " ".join(row.partition(",")[0] for row in rows)
        assert whole(tmp_path, "\n".join([HEAD, *rows, *last]) + "\n") == ids


def test_a_file_that_ends_inside_a_record(tmp_path: Path, size: str) -> None:
    full, cut = lines(1, 2), "C3,K3,2026-10-03 10:00,0007"
    assert whole(tmp_path, "\n".join([HEAD, *full, cut])) == "C1 C2"
    assert whole(tmp_path, "\n".join([HEAD, *full, cut, ""])) == "C1 C2 C3"
    assert whole(tmp_path, "\n".join([HEAD, *full, *lines(3)])) == "C1 C2 C3"
    assert whole(tmp_path, "\n".join([HEAD, full[0], "C2,K2,2026-10-02 10:00", cut])) == "C1 C2 C3"
    assert whole(tmp_path, "\n".join([HEAD, cut])) == "C3"


def test_a_record_that_is_not_whole_is_told(office: Office) -> None:
    rows = [HEAD, *lines(1), *split(2, "一", "二"), *lines(3), "C4,K4,2026-10-04 10:00"]
    (office.folder / "raw" / "投诉_2026-10.csv").write_text("\n".join(rows), encoding="utf-8")
    office.make("2026-10-31")
    with office.staging() as con:
        found = con.execute("SELECT DISTINCT row FROM quarantine WHERE code = 'broken_row' ORDER BY 1").fetchall()
        assert found == [(3,), (4,), (6,)]
        ((line,),) = con.execute("SELECT zh FROM told WHERE code = 'kept_out'").fetchall()
        assert "broken_row 3" in line
