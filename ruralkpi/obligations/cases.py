"""A rule's own cases, run through the real engine: raw rows → typed → clean → marts → obligation.

Cases of one rule and cut-off share one small world; each case's ids carry its number, so that none sees another.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import duckdb

from ruralkpi.checks.clean import clean
from ruralkpi.checks.cutoff import parse_as_of
from ruralkpi.checks.heard.freshness import FRESHNESS
from ruralkpi.checks.heard.silence import SILENT_MONTH
from ruralkpi.exports.declared import built_in
from ruralkpi.intake.load import create_raw
from ruralkpi.intake.values.macros import add_macros
from ruralkpi.intake.values.typed import typed
from ruralkpi.marts import build_marts
from ruralkpi.obligations import build_obligations
from ruralkpi.obligations.expected import faults, plain
from ruralkpi.obligations.rule import Rule
from ruralkpi.sql import literal, name

AS_OF = "2026-10-31"
Cases = list[tuple[int, Mapping[str, Any]]]
# What every case has unless it says otherwise: two repairers and one agent who is none, in one area; one key customer.
WORLD: dict[str, list[dict[str, str]]] = {
    "agents": [
        {"agent_id": "a1", "area_id": "p1", "county_id": "c1", "is_repairer": "是"},
        {"agent_id": "a2", "area_id": "p1", "county_id": "c1", "is_repairer": "是"},
        {"agent_id": "a3", "area_id": "p1", "county_id": "c1", "is_repairer": "否"},
    ],
    "customers": [{"customer_grade": "重要", "assigned_from_on": "2010-01-01"}],
}
DEFAULTS = {"customer_id": "k1", "agent_id": "a1", "product": "宽带", "job_kind": "装机"}


def failures(rule: Rule) -> list[str]:
    """One line for each case whose outcome is not the expected one; empty when all hold."""
    return tried(rule, [rule])[0]


def tried(rule: Rule, variants: Sequence[Rule]) -> list[list[str]]:
    """The failing cases of `rule` under each of `variants` of it, which share the worlds that the cases live in."""
    found: list[list[str]] = [[] for _ in variants]
    groups: dict[tuple[str, str, str, str], Cases] = defaultdict(list)
    for number, case in enumerate(rule.words.get("case", [])):
        groups[apart(case)].append((number, case))
    for (as_of, absent, undelivered, _), cases in sorted(groups.items()):
        with world(cases, parse_as_of(as_of), absent, undelivered.split()) as con:
            for variant, lines in zip(variants, found, strict=True):
                lines += _judged(con, variant, parse_as_of(as_of), cases)
    return found


def apart(case: Mapping[str, Any]) -> tuple[str, str, str, str]:
    """What keeps a case from sharing its world with others: its cut-off, the columns and exports that are not there, and how far
    exports speak."""
    words = (" ".join(case.get(key, [])) for key in ("absent", "undelivered"))
    cut_off, absent, undelivered = case.get("as_of", AS_OF), *words
    return cut_off, absent, undelivered, " ".join(sum(sorted(case.get("freshness", {}).items()), ()))


def _judged(con: duckdb.DuckDBPyConnection, rule: Rule, as_of: dt.datetime, cases: Cases) -> list[str]:
    """The cases' faults; a case that asks for settings of its own has them laid over the rule's."""
    lines: list[str] = []
    for own in [{}, *(case["settings"] for _, case in cases if "settings" in case)]:
        con.execute("DROP TABLE IF EXISTS obligation")
        build_obligations(con, [replace(rule, settings={**rule.settings, **own})], as_of, "due", None)
        for number, case in cases:
            if case.get("settings", {}) == own:
                lines += [f"{rule.id}: {case['name']['en']}: {fault}" for fault in faults_of(con, rule.id, number, case)]
    return lines


@contextmanager
def world(cases: Cases, as_of: dt.datetime, absent: str, undelivered: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """Marts of the cases' rows, empty ones without cases."""
    with clean_world(cases, as_of, absent, undelivered) as con:
        build_marts(con, as_of, None)
        yield con


@contextmanager
def clean_world(cases: Cases, as_of: dt.datetime, absent: str, undelivered: Sequence[str]) -> Iterator[duckdb.DuckDBPyConnection]:
    """What marts are made of, of the cases' rows. Exports without rows are not read, they get empty tables at once."""
    given = {table: [row for number, case in cases for row in _rows(table, number, case)] for table in built_in()}
    used = [export for table, export in built_in().items() if given[table]]
    with duckdb.connect() as con:
        con.execute("SET threads = 1")
        add_macros(con)
        create_raw(con)
        for table, rows in given.items():
            if table not in undelivered:
                _insert(con, table, rows, absent)
        typed(con, used)
        con.execute("CREATE SCHEMA clean")
        for export in built_in().values():
            if not given[export.name]:
                for table in filter(None, (export.name, export.receipts)):
                    con.execute(_empty_tables()[table])
        clean(con, str(as_of), used)
        con.execute("CREATE SCHEMA book")
        con.execute("SET search_path = 'memory.book,memory.main,memory.clean'")
        _hear(con, cases[0][1].get("freshness", {}) if cases else {})
        yield con


def _hear(con: duckdb.DuckDBPyConnection, freshness: Mapping[str, str]) -> None:
    """Every export speaks to the cut-off, but for those of which a case says until which day, or "" for a bare header."""
    con.execute(FRESHNESS)
    con.execute(SILENT_MONTH)
    for table, day in freshness.items():
        last = f"DATE {literal(day)}" if day else "NULL"
        con.execute(f"INSERT INTO freshness SELECT {literal(table)}, '*', NULL, {last}, NULL, 0, 1, {not day}, {bool(day)}")


@cache
def _empty_tables() -> dict[str, str]:
    """CREATE statements of clean.* by export, as a run without any row makes them."""
    with duckdb.connect() as con:
        add_macros(con)
        create_raw(con)
        typed(con, list(built_in().values()))
        clean(con, AS_OF)
        return dict(con.execute("SELECT table_name, sql FROM duckdb_tables() WHERE schema_name = 'clean'").fetchall())


def _rows(table: str, number: int, case: Mapping[str, Any]) -> list[dict[str, str]]:
    """A case's rows of one export, its ids marked with the case's number, required columns filled in."""
    rows = case.get(table, WORLD.get(table, []))
    made = []
    for place, row in enumerate(rows, start=1):
        full = {c.name: DEFAULTS.get(c.name, f"{table}{place}") for c in built_in()[table].columns.values() if c.required} | row
        if built_in()[table].key[0] not in full:
            full[built_in()[table].key[0]] = f"{table}{place}"
        made.append({key: _marked(key, str(value), number) for key, value in full.items()})
    return made


def _marked(column: str, value: str, number: int) -> str:
    is_id = column == "village_name" or (column.endswith("_id") and column not in ("rule_id", "county_id"))
    return f"{number:03d}~{value}" if is_id and value and value != "10000" else value


def _insert(con: duckdb.DuckDBPyConnection, table: str, rows: list[dict[str, str]], absent: str) -> None:
    """One pretended file an export; a case without any row of an export still has its (empty) file."""
    file_no = sorted(built_in()).index(table) + 1
    con.execute(
        "INSERT INTO source_file VALUES (?, ?, ?, '', '', 'case', 1, ?, '', ?, 0, 0, 0, 0, NULL)",
        [file_no, f"{table}.csv", table, absent, len(rows)],
    )
    columns = ["file_no", "row", *built_in()[table].columns]
    for place, row in enumerate(rows, start=2):
        values = [str(file_no), str(place), *(literal(row.get(column)) for column in columns[2:])]
        con.execute(f"INSERT INTO raw.{name(table)} ({', '.join(map(name, columns))}) VALUES ({', '.join(values)})")


def faults_of(con: duckdb.DuckDBPyConnection, rule_id: str, number: int, case: Mapping[str, Any]) -> list[str]:
    """What of a case in the world did not come as it expects, by the rows of `obligation`."""
    mark = f"{number:03d}~"
    month = f"AND month = {literal(case['month'])}" if "month" in case else ""
    until = f"AND due_on <= DATE {literal(case['until'])}" if "until" in case else ""
    found = f"'{mark}' IN (left(source_id, 4), left(customer_id, 4), left(area_id, 4))"
    rows = con.execute(
        f"SELECT * FROM obligation WHERE rule_id = {literal(rule_id)} AND {found} {month} {until} ORDER BY source_id, due_at"
    ).df()
    return faults([plain(row, mark) for row in rows.to_dict("records")], case["expect"], ["outcome"])
