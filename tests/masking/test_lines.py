"""Lines that are told lose the names that the databases at hand know, whatever became of these databases meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from ruralkpi.databases import glancing
from ruralkpi.masking import told
from ruralkpi.masking.listed import EMPTY


def listing(path: Path, *names: str) -> Path:
    """A database that knows these people, in the place of whatever was there."""
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as con:
        con.execute(EMPTY)
        for name in names:
            con.execute("INSERT INTO known_name VALUES (?, ?, ?, 'staff')", [name, name, name[:2]])
    return path


@pytest.fixture(autouse=True)
def known(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    both = tmp_path / "one.duckdb", tmp_path / "two.duckdb"
    told.know(*both)
    yield both
    told.know()


LINES = ["王小明 没有上门", "李二妹 没有回电，王小明 也没有", "第三行", "13812345678 李二妹"]
HIDDEN = ["王* 没有上门", "李* 没有回电，王* 也没有", "第三行", "138****5678 李*"]


def test_lines_are_told_together_as_one_by_one(known: tuple[Path, Path]) -> None:
    one, two = known
    listing(one, "王小明")
    listing(two, "李二妹")
    assert list(told.all_masked(LINES).values()) == [told.masked(line) for line in LINES] == HIDDEN


def test_a_database_that_is_none_keeps_no_other_from_being_asked(known: tuple[Path, Path]) -> None:
    one, two = known
    for text in (b"", b"no database", b"x" * 20_000):
        one.write_bytes(text)
        listing(two, "王小明", "李二妹")
        assert list(told.all_masked(LINES).values()) == HIDDEN
    with duckdb.connect(str(listing(one))) as con:
        con.execute("DROP TABLE known_name")
    assert list(told.all_masked(LINES).values()) == HIDDEN


def test_a_database_that_took_anothers_place_is_the_one_that_is_asked(known: tuple[Path, Path]) -> None:
    one, _ = known
    listing(one, "王小明")
    assert told.masked(LINES[1]) == "李二妹 没有回电，王* 也没有"
    listing(one, "李二妹")
    assert told.masked(LINES[1]) == "李* 没有回电，王小明 也没有"


def test_lines_are_told_while_a_database_is_looked_into(known: tuple[Path, Path]) -> None:
    one, _ = known
    with glancing(listing(one, "王小明")) as con:
        assert told.masked(LINES[0]) == HIDDEN[0]
        assert con.execute("SELECT name FROM known_name").fetchall() == [("王小明",)]
