"""Files that are taken over together: what they become is what they would become one by one."""

from __future__ import annotations

import random
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT  # noqa: F401
from damaging import damaged_files

from ruralkpi.exports.mappings import with_mappings
from ruralkpi.intake import load
from ruralkpi.intake.leftovers import leftovers
from ruralkpi.intake.readers.files import discover
from ruralkpi.intake.rows.plain import Plain

COMPLAINTS = "投诉编号,客户编号,受理时间,受理人,首次回复时间,备注"
FAULTS = "故障单号,客户编号,申告时间,产品,修复时间,备注"
AWKWARD = (
    "", ",,,,,", " ,\u3000,,\t,,", COMPLAINTS, COMPLAINTS.replace(",备注", ""), FAULTS, "客户编号,受理人", "合计,,,,,", "合计,12,,,,",
    "填报人：张三", "说明,见下,,,,", "C8;K8;2026-10-08 10:00;0007;;", "C8", "12345", '"C9","K9","2026-10-09 10:00","0007","",""',
    '"C9","K9","2026-10-09 10:00","0007","","一行\n两行"', 'C9,K9,2026-10-09 10:00,0007,,"说了""好"""', 'C9,K9,2026-10-09 10:00,0007,,说"好"',
    "C9,K9,2026-10-09 10:00,0007,,,越界", "C9,K9,2026-10-09 10:00,0007,,,,,,,,,,,,,,,,远", "C9,K9", "张三,李四,下周,王五,,", "库存编号,单价,数量,,,",
    '="007",K9,2026-10-09 10:00,0007,,', "C9 , K9 ,2026-10-09 10:00,0007,,\u00a0", "例,K1,2026-10-01 10:00,0007,,",
    "同上,同上,2026-10-09 10:00,同上,,", "C\u200b9,K9,2026-10-09 10:00,0007,,", "编号,客户编号,通话时间,工号,是否接通,备注",
)  # fmt: skip
_TABLES = ("source_file", "note", *(f"raw.{name}" for name in ("complaints", "faults", "calls")))


def became(folder: Path, is_alone: bool, monkeypatch: pytest.MonkeyPatch) -> tuple[object, ...]:
    """Every row of the raw tables, with what was told; and how many files were plain."""
    plain_n = 0

    class Counted(Plain):
        def __init__(self, con: duckdb.DuckDBPyConnection, sources: object, exports: object) -> None:
            nonlocal plain_n
            super().__init__(con, [] if is_alone else sources, exports)  # type: ignore[arg-type]
            plain_n = len(self.found)

    monkeypatch.setattr(load, "Plain", Counted)
    with duckdb.connect() as con:
        exports = with_mappings(None)
        done = load.ingest(con, discover(folder), exports)
        left = leftovers(done.tables, exports, done.unread)
        tables = [con.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in _TABLES]
    return [one.as_json({}) for one in done.readings], done.tables, left, tables, plain_n


def same_both_ways(folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    """How many files were plain, after proving that this changes nothing."""
    *alone, none = became(folder, True, monkeypatch)
    *together, plain_n = became(folder, False, monkeypatch)
    assert together == alone and none == 0
    return int(str(plain_n))


def complaint(n: int) -> str:
    return f"C{n},K{n},2026-10-{n % 28 + 1:02d} 10:00,{n:04d},2026-10-{n % 28 + 1:02d} 11:00,{'当面' if n % 3 else ''}"


@pytest.mark.parametrize("seed", range(3))
def test_awkward_rows_become_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    mix = random.Random(seed)
    for number in range(60):
        rows = [complaint(n) for n in range(mix.randrange(1, 90))]
        for _ in range(mix.randrange(0, 3)):
            rows.insert(mix.randrange(0, len(rows) + 1), mix.choice(AWKWARD))
        text = mix.choice(("\n", "\r\n")).join([COMPLAINTS, *rows]) + mix.choice(("", "\n", "\r\n\r\n"))
        name = f"{mix.choice(('投诉', '故障', '某表'))}_{number}_2026-10.csv"
        (tmp_path / name).write_bytes(text.encode(mix.choice(("gb18030", "utf-8", "utf-8-sig"))))
    assert same_both_ways(tmp_path, monkeypatch) > 10


def test_damaged_files_become_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, content in damaged_files(200, 11):
        if name.endswith(".csv"):
            (tmp_path / name).write_bytes(content)
    same_both_ways(tmp_path, monkeypatch)


def test_plain_ones_are_taken_together_whatever_their_encoding_and_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "\r\n".join([COMPLAINTS, *map(complaint, range(40))])
    for encoding in ("gb18030", "utf-8", "utf-8-sig", "utf-16"):
        (tmp_path / f"投诉_{encoding}_2026-10.csv").write_bytes(rows.encode(encoding))
    (tmp_path / "投诉_引号_2026-10.csv").write_bytes(rows.replace("当面", '"当面"').encode())
    (tmp_path / "投诉_空格_2026-10.csv").write_bytes(rows.replace("当面", " ").encode())
    (tmp_path / "投诉_制表_2026-10.csv").write_bytes(rows.replace(",", "\t").encode())
    assert same_both_ways(tmp_path, monkeypatch) == 7
