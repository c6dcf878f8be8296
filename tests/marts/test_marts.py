"""What single marts make of rows that no rule's case holds: who exists, whose area it is, and when a job without a time was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import pytest
from conftest import Office

from ruralkpi.checks.cutoff import parse_as_of
from ruralkpi.checks.personal import AGENT_COLUMNS
from ruralkpi.exports.declared import built_in
from ruralkpi.marts import by_table, key_of
from ruralkpi.obligations.cases import AS_OF, world
from ruralkpi.sql import name

SQL = by_table()


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


OF_NOBODY = {
    "agents": "the list itself",
    "village_info": "whoever filled it in: it need be no agent",
    "corrections": "who asks of a card that he has",
}
NAMING = [
    (table, column)
    for table, export in built_in().items()
    if table not in OF_NOBODY
    for column in AGENT_COLUMNS
    if column in export.columns
]


def test_without_a_list_whoever_a_record_names_exists_but_the_hotline(con: duckdb.DuckDBPyConnection) -> None:
    for table, column in NAMING:
        put(con, f"clean.{table}", {column: f"{table}/{column}"}, {column: "10000", f"{column}_means": "hotline"})
    found = rows_of(con, "agent", "agent_id, area_id, county_id, is_listed")
    assert found == [(one, "-", "-", False) for one in sorted(f"{table}/{column}" for table, column in NAMING)]


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
    put(con, "complaint_stay", {"source_id": "1", "from_at": "2026-03-02 09:00:00", "from_precision": "second"})
    for told in ("2026-03-02 09:00:00", "2026-03-04 10:00:00"):
        put(con, "complaint_news", {"complaint_id": "1", "told_at": told, "told_until_at": told})
    found = rows_of(con, "complaint_silence", "CAST(from_at AS VARCHAR), CAST(until_at AS VARCHAR)")
    assert found == [("2026-03-02 09:00:00", "2026-03-04 10:00:00"), ("2026-03-04 10:00:00", None)]


def test_an_amount_for_a_term_is_told_by_the_month(con: duckdb.DuckDBPyConnection) -> None:
    wanted = {
        ("2026-01-01", "2026-12-31"): 100.0,  # to the day before, or to the same day a year later
        ("2026-01-01", "2027-01-01"): 100.0,
        ("2026-01-01", "2026-03-15"): 1200 / (2 + 15 / 30.4375),
        ("2026-01-20", "2026-03-10"): 1200 / (2 - 9 / 30.4375),
        ("2026-01-01", "2026-01-01"): 1200 * 30.4375,
        ("2026-01-01", "2099-12-31"): None,
        ("2026-01-02", "2026-01-01"): None,
        (None, "2026-12-31"): None,
    }
    for place, (start, end) in enumerate(wanted):
        put(
            con,
            "clean.agreements",
            {"agreement_id": str(place), "customer_id": "k", "starts_on": start, "expires_on": end, "amount_yuan": 1200},
        )
    put(
        con,
        "clean.agreements",
        {"agreement_id": "m", "customer_id": "k", "expires_on": "2026-12-31", "amount_yuan": 1200, "monthly_yuan": 90},
    )
    found = [monthly for _, monthly in rows_of(con, "agreement_term", "source_id, monthly_yuan")]
    assert found == [value if value is None else pytest.approx(value) for value in [*wanted.values(), 90.0]]


def test_an_agreement_has_no_end_from_2099_on(con: duckdb.DuckDBPyConnection) -> None:
    for end in ("2098-12-31", "2099-01-01", "2199-12-31"):
        put(con, "clean.agreements", {"agreement_id": end, "customer_id": end, "expires_on": end})
    found = rows_of(con, "agreement_term", "source_id, is_open_ended")
    assert found == [("2098-12-31", False), ("2099-01-01", True), ("2199-12-31", True)]


def test_a_record_renewed_under_its_own_number_has_a_row_for_each_term(con: duckdb.DuckDBPyConnection) -> None:
    for start, end in (("2025-01-01", "2025-12-31"), ("2025-01-01", "2026-12-31"), ("2027-02-01", "2027-12-31")):
        put(con, "clean.agreements", {"agreement_id": "1", "customer_id": "k", "starts_on": start, "expires_on": end})
    found = rows_of(
        con, "agreement_term", "source_id, CAST(starts_on AS VARCHAR), CAST(expires_on AS VARCHAR), is_current, is_continued"
    )
    assert found == [
        ("1", "2027-02-01", "2027-12-31", True, True),
        ("1/2025-12-31", "2025-01-01", "2025-12-31", False, False),
        ("1/2026-12-31", "2026-01-01", "2026-12-31", False, True),
    ]


def test_an_agreement_has_a_row_for_each_month_at_whose_end_it_was_in_force_and_no_other(con: duckdb.DuckDBPyConnection) -> None:
    con.execute("DELETE FROM slot")
    for first, last in (("2026-09-01", "2026-09-30"), ("2026-10-01", "2026-10-31")):
        put(con, "slot", {"slot_kind": "file_month", "start_on": first, "end_on": last})
    for source, start, end, is_continued in (
        ("over", None, "2026-09-29", False), ("ends", None, "2026-09-30", False), ("begins", "2026-10-31", "2027-10-30", False),
        ("ahead", "2026-11-01", "2027-10-31", False), ("goes on", "2026-11-01", "2027-10-31", True),
    ):  # fmt: skip
        put(
            con,
            "agreement",
            {"source_id": source, "is_current": True, "starts_on": start, "expires_on": end, "is_continued": is_continued},
        )
    put(con, "agreement", {"source_id": "old", "is_current": False, "expires_on": "2027-10-31", "is_continued": False})
    found = [tuple(row) for row in rows_of(con, "agreement_month", "source_id, CAST(ended_at AS VARCHAR)")]
    october = "2026-11-01 00:00:00"
    assert found == [
        ("begins/2026-10", october), ("ends/2026-09", "2026-10-01 00:00:00"), ("goes on/2026-09", "2026-10-01 00:00:00"), ("goes on/2026-10", october),
    ]  # fmt: skip


def test_nobody_in_person_owes_a_slot_that_is_the_areas(con: duckdb.DuckDBPyConnection) -> None:
    """The rules take the owner as he stands there."""
    for agent, since, until in (("007", "2026-02-01", "2026-02-09"), ("008", "2026-02-10", "2026-12-31")):
        span = {"customer_id": "K1", "agent_id": agent, "area_id": "甲片区", "from_on": since, "to_on": until}
        put(con, "key_span", span)
    put(
        con,
        "key_span",
        {"customer_id": "K2", "agent_id": "007", "area_id": "甲片区", "from_on": "2026-02-03", "to_on": "2026-12-31"},
    )
    con.execute("DELETE FROM slot")
    for first, last in (("2026-02-01", "2026-02-15"), ("2026-02-16", "2026-02-28")):
        put(con, "slot", {"slot_kind": "half_month", "start_on": first, "end_on": last, "workday_n": 9, "has_export": True})
    found = rows_of(con, "key_slot", "source_id, agent_id, area_id, hold")
    assert found == [
        ("K1/2026-02-01", None, "甲片区", "area"),
        ("K1/2026-02-16", "008", "甲片区", "agent"),
        ("K2/2026-02-01", "007", "甲片区", "partial"),
        ("K2/2026-02-16", "007", "甲片区", "agent"),
    ]


def test_a_view_of_a_book_gives_the_rows_that_a_table_would_hold(sample: Office) -> None:
    """Whatever the book is called, and without the working database that it was made of."""
    views = [table for table, sql in SQL.items() if "\n-- view: " in sql]
    assert views == ["key_slot"]
    with duckdb.connect(str(sample.folder / "marts" / "book.duckdb"), read_only=True) as book:
        for view in views:
            rows, keys = book.execute(f"SELECT count(*), count(DISTINCT ({key_of(SQL[view])})) FROM {view}").fetchall()[0]
            assert rows == keys > 10_000
            assert book.execute(f"SELECT * FROM {view} EXCEPT ALL ({SQL[view]})").fetchall() == []
        owed = "SELECT source_id FROM obligation WHERE source_table = 'key_slot' AND start_at < TIMESTAMP '2026-09-01'"
        assert book.execute(f"{owed} EXCEPT SELECT source_id FROM key_slot").fetchall() == []
