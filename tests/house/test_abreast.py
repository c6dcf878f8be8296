"""Work done abreast: what needs something waits for it, rows lie in their order, a fault breaks all off, and the book is the
same as if one thing had been done after another."""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import Office, tables

from ruralkpi.abreast import Adding, abreast, in_turn
from ruralkpi.databases import temporary, working
from ruralkpi.marts import by_table


@pytest.fixture(autouse=True)
def cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 3)


@pytest.fixture
def con(tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        made.execute(f"ATTACH '{tmp_path}/own.duckdb' AS own")
        made.execute("SET search_path = 'own.main'")
        made.execute("CREATE TABLE line (n INTEGER)")
        yield made


def test_a_task_begins_once_what_it_needs_is_there(con: duckdb.DuckDBPyConnection) -> None:
    begun, gate = [], threading.Event()

    def slow(own: duckdb.DuckDBPyConnection) -> None:
        assert gate.wait(30)  # the task beside it, which needs nothing, lets it go on
        own.execute("CREATE TABLE first AS SELECT 1 AS n")

    def after(own: duckdb.DuckDBPyConnection) -> None:
        begun.append("after")
        own.execute("CREATE TABLE second AS SELECT n + 1 AS n FROM first")

    def beside(own: duckdb.DuckDBPyConnection) -> None:
        begun.append("beside")
        gate.set()

    abreast(con, {"first": slow, "second": after, "beside": beside}, {"second": "SELECT n + 1 AS n FROM first"})
    assert begun == ["beside", "after"]
    assert con.execute("SELECT n FROM second").fetchall() == [(2,)]


def test_rows_lie_in_the_order_of_the_tasks_however_long_each_takes(con: duckdb.DuckDBPyConnection) -> None:
    def add(number: int, own: duckdb.DuckDBPyConnection, adding: Adding) -> None:
        own.execute(f"CREATE TEMP TABLE fact AS SELECT {number} AS n")  # temporary: each has its own
        time.sleep((0.3, 0, 0.1, 0)[number])
        with adding:
            own.execute("INSERT INTO line FROM fact")
        own.execute("DROP TABLE fact")

    in_turn(con, [lambda own, adding, number=number: add(number, own, adding) for number in range(4)])
    assert con.execute("FROM line").fetchall() == [(0,), (1,), (2,), (3,)]


def test_a_fault_breaks_off_what_is_under_way_and_nothing_that_lies_behind_it_is_kept(con: duckdb.DuckDBPyConnection) -> None:
    begun = []

    def add(number: int, own: duckdb.DuckDBPyConnection, adding: Adding) -> None:
        begun.append(number)
        with adding:
            own.execute(f"INSERT INTO line SELECT {number}")
            if number == 1:
                while len(begun) < 3:
                    time.sleep(0.01)
                own.execute("SELECT n FROM nowhere")
            if number == 2:  # longer than anybody would wait
                own.execute("SELECT sum(a.range * b.range) FROM range(10_000_000_000) AS a, range(10_000_000_000) AS b")

    with pytest.raises(duckdb.CatalogException, match="nowhere"):
        in_turn(con, [lambda own, adding, number=number: add(number, own, adding) for number in range(5)])
    assert con.execute("FROM line").fetchall() == [(0,)]
    assert sorted(begun) in ([0, 1, 2], [0, 1, 2, 3])


def test_the_marts_are_numbered_so_that_each_reads_earlier_ones_only(con: duckdb.DuckDBPyConnection) -> None:
    earlier: set[str] = set()
    marts = by_table()
    for table, sql in marts.items():
        assert con.get_table_names(sql) & marts.keys() <= earlier, table
        earlier.add(table)


def test_a_book_made_abreast_is_the_one_made_one_after_another(
    sample: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for n in (1, 3):
        monkeypatch.setattr(os, "cpu_count", lambda n=n: n)
        office = Office(tmp_path / str(n))
        shutil.copy(sample.folder / "ruralkpi.toml", office.folder)
        shutil.copytree(sample.folder / "marts", office.folder / "marts")
        (office.folder / "marts" / "book.duckdb").unlink()
        assert office.run("build").code == 0
        made.append(tables(office.folder / "marts" / "book.duckdb"))
    assert made[0].keys() == made[1].keys() and len(made[0]) > 60
    for table, rows in made[0].items():
        assert rows.equals(made[1][table]), table


def test_how_many_threads_work_hangs_on_the_rows_that_were_read(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.csv("拜访.csv", "工号,客户编码,拜访时间\nA1,C1,2026-01-05 09:00")
    assert office.run("ingest").code == 0
    monkeypatch.chdir(office.folder)
    found, asked = [], "SELECT current_setting('threads')"
    marts = office.folder / "marts"
    for rows in (1, 299_999, 300_000, 300_001):
        with temporary(marts / "book.duckdb"), working(marts / "book.staging.duckdb") as con:
            found += con.execute(asked).fetchall()
            con.execute(f"UPDATE source_file SET read_n = {rows}")
    assert found == [(1,), (1,), (1,), duckdb.connect().execute(asked).fetchall()[0]]
