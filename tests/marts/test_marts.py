"""What single marts make of rows that no rule's case holds: who exists, whose area it is, and when a job without a time was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from ruralkpi.checks.cutoff import parse_as_of
from ruralkpi.marts import statements
from ruralkpi.obligations.cases import AS_OF, world
from ruralkpi.sql import name

SQL = {number_and_name.split("_", 1)[1]: sql for number_and_name, sql in statements()}


@pytest.fixture(scope="module")
def empty() -> Iterator[duckdb.DuckDBPyConnection]:
    with world([], parse_as_of(AS_OF), "", []) as con:
        yield con


@pytest.fixture
def con(empty: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    empty.execute("BEGIN")
    yield empty
    empty.execute("ROLLBACK")


def put(con: duckdb.DuckDBPyConnection, table: str, *rows: dict[str, Any]) -> None:
    for row in rows:
        marks = ", ".join("?" * len(row))
        con.execute(f"INSERT INTO {table} ({', '.join(map(name, row))}) VALUES ({marks})", list(row.values()))


def rows_of(con: duckdb.DuckDBPyConnection, mart: str, columns: str) -> list[tuple[Any, ...]]:
    return con.execute(f"SELECT {columns} FROM ({SQL[mart]}) ORDER BY ALL").fetchall()


NAMING = (
    "customers",
    "visits",
    "calls",
    "complaints",
    "faults",
    "agreements",
    "opportunities",
    "greetings",
    "jobs",
    "inspections",
)


def test_without_a_list_whoever_a_record_names_exists_but_the_hotline(con: duckdb.DuckDBPyConnection) -> None:
    for table in NAMING:
        put(con, f"clean.{table}", {"agent_id": table})
        put(con, f"clean.{table}", {"agent_id": "10000", "agent_id_means": "hotline"})
    put(con, "clean.faults", {"repairer_id": "repairer"}, {"repairer_id": "10000", "repairer_id_means": "hotline"})
    found = rows_of(con, "agent", "agent_id, area_id, county_id, is_listed")
    assert found == [(one, "-", "-", False) for one in sorted([*NAMING, "repairer"])]


def test_an_areas_manager_and_size_are_those_of_its_own_agents(con: duckdb.DuckDBPyConnection) -> None:
    for agent, area, county, manager in (
        ("1", "p1", "c1", "李"), ("2", "p1", "c1", "李"), ("3", "p1", "c1", "王"), ("4", "p2", "c1", "王"), ("5", "p2", "c1", "王"),
    ):  # fmt: skip
        put(con, "agent", {"agent_id": agent, "area_id": area, "county_id": county, "manager_name": manager})
    put(
        con,
        "agent_area",
        {"agent_id": "1", "area_id": "p0", "county_id": "c2"},
        {"agent_id": "2", "area_id": "p0", "county_id": "c1"},
    )
    assert rows_of(con, "area", "*") == [("p0", "c1", None, 0), ("p1", "c1", "李", 3), ("p2", "c1", "王", 2)]


def test_a_job_without_any_time_was_on_the_last_day_of_its_files_month(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "clean.jobs", {"job_id": "1", "job_kind_means": "install", "file_month": "2028-02"})
    put(con, "clean.jobs", {"job_id": "2", "job_kind_means": "install", "file_month": ""})
    found = rows_of(con, "job", "source_id, CAST(job_on AS VARCHAR), job_precision")
    assert found == [("1", "2028-02-29", "day"), ("2", None, "day")]


def test_a_complaint_of_which_nothing_is_said_was_neither_escalated_nor_withdrawn(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "clean.complaints", {"complaint_id": "1"}, {"complaint_id": "2", "withdrawn_at": "2026-03-02"})
    put(con, "clean.complaints", {"complaint_id": "3", "is_escalated": True, "is_withdrawn": False, "withdrawn_at": "2026-03-02"})
    found = rows_of(con, "complaint_received", "source_id, is_on_spot, is_escalated, is_withdrawn")
    assert found == [("1", False, False, False), ("2", False, False, True), ("3", False, True, False)]


def test_what_is_answered_as_it_is_received_is_one_silence_from_then_on(con: duckdb.DuckDBPyConnection) -> None:
    put(con, "complaint", {"source_id": "1", "received_at": "2026-03-02 09:00:00", "received_precision": "second"})
    for told in ("2026-03-02 09:00:00", "2026-03-04 10:00:00"):
        put(con, "complaint_news", {"complaint_id": "1", "told_at": told, "told_until_at": told})
    found = rows_of(con, "complaint_silence", "CAST(from_at AS VARCHAR), CAST(until_at AS VARCHAR)")
    assert found == [("2026-03-02 09:00:00", "2026-03-04 10:00:00"), ("2026-03-04 10:00:00", None)]
