"""How far each export of each county speaks, and which stop earlier than the others (X28)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.checks.heard.pace import stops_short
from ruralkpi.checks.heard.said import BUSY, event_columns, newest
from ruralkpi.checks.heard.silence import EVERYWHERE, SPEAKING, find_silent_months, hollow, is_of_events
from ruralkpi.exports.declared import Export, built_in
from ruralkpi.sql import insert, literal, name

NOWHERE = "-"
FRESHNESS = """
CREATE TABLE freshness (  -- grain: one export and county; '-': rows of no known county; '*': no row names one, it holds for all
    source_table VARCHAR, county_id VARCHAR, first_on DATE, last_on DATE, last_at TIMESTAMP, row_n BIGINT, file_n BIGINT,
    is_header_only BOOLEAN, is_early BOOLEAN
)"""
_SEAT = """
CREATE OR REPLACE TEMP TABLE seat AS  -- grain: one listed agent, with county and area as last listed
SELECT agent_id, coalesce(county_id, '-') AS county_id, area_id FROM clean.agents
QUALIFY row_number() OVER (PARTITION BY agent_id ORDER BY file_no DESC, row DESC) = 1"""


@dataclass(frozen=True)
class Heard:
    """One row of freshness; `days` are those with records."""

    source_table: str
    county_id: str
    row_n: int = 0
    file_n: int = 0
    first_on: dt.date | None = None
    last_on: dt.date | None = None
    last_at: dt.datetime | None = None
    days: Sequence[dt.date] = ()
    is_header_only: bool = False
    is_early: bool = False


def measure_freshness(con: duckdb.DuckDBPyConnection, within: int, override: Path | None = None) -> None:
    """Create freshness and silent_month from clean.* and header_only.

    first_on: from when on the export is held to speak of that county: the first of the first month in its files' names
    where all have one, else of its first record's; a row that a later file holds again speaks too (X34); empty for
    lists and states. last_on, last_at: the newest time in a row. is_early: a busy export stops more than `within`
    working days before the others do, or has nothing of that county, or an export has no usable row at all. Requests are no
    evidence, and have no row here.
    """
    con.execute(_SEAT)
    con.execute(FRESHNESS)
    heard = [one for export in _delivered(con) for one in _of_export(con, export)]
    latest = max((one.last_on for one in heard if one.last_on), default=None)
    empty = hollow(con, {one.county_id for one in heard})
    judged = [_judged(one, latest, within, override) if one.row_n else _unheard(one, empty) for one in heard]
    insert(con, "freshness", [_row(one) for one in judged])
    find_silent_months(con, {(one.source_table, one.county_id) for one in judged})


def _delivered(con: duckdb.DuckDBPyConnection) -> list[Export]:
    tables = {table for (table,) in con.execute(f"SELECT DISTINCT source_table FROM ({SPEAKING})").fetchall()}
    return [export for export in built_in().values() if export.name in tables]


def _of_export(con: duckdb.DuckDBPyConnection, export: Export) -> list[Heard]:
    """One entry a county that has rows or agents; one for all where no row's county is known."""
    found = {row[0]: Heard(export.name, *row) for row in con.execute(_heard(export)).fetchall()}
    if not set(found) - {NOWHERE}:
        total = found.get(NOWHERE, Heard(export.name, EVERYWHERE))
        return [replace(total, county_id=EVERYWHERE)]
    counties = {county for (county,) in con.execute("SELECT DISTINCT county_id FROM seat").fetchall()}
    if export.name not in BUSY:  # too few records to tell by county since when it speaks
        first = min((one.first_on for one in found.values() if one.first_on), default=None)
        found = {county: replace(one, first_on=first) for county, one in found.items()}
    return [found.get(county, Heard(export.name, county)) for county in sorted(counties | set(found))]


def _heard(export: Export) -> str:
    """SQL: the columns of Heard from county_id on, by county."""
    columns = event_columns(export)
    own, last = (name(columns[0].name), newest(export)) if columns else ("NULL", "NULL")
    first = "NULL"
    if is_of_events(export):
        by_name = "CAST(min(file_month) || '-01' AS DATE)"
        first = f"CASE WHEN any_value(is_named) THEN {by_name} ELSE CAST(date_trunc('month', min(own_on)) AS DATE) END"
    if export.reopens:  # a receipt is a record, though it is owed from an earlier one (X17)
        key, receipts = name(export.key[0]), f"clean.{name(export.receipts)}"
        last = f"greatest({last}, (SELECT max({last}) FROM {receipts} AS again WHERE again.{key} = t.{key}))"
    days = "list_sort(list_distinct(list_concat(list(DISTINCT own_on), list(DISTINCT last_on))))"
    county, joins = _county(export)
    return f"""
WITH before AS (
    SELECT old.by_file_no AS file_no, old.by_row AS row, min(s.file_month) AS since
    FROM superseded AS old JOIN source_file AS s USING (file_no)
    WHERE old.source_table = {literal(export.name)} GROUP BY old.by_file_no, old.by_row
), said AS (
    SELECT {county} AS county_id, s.file_no, least(s.file_month, before.since) AS file_month, CAST({own} AS DATE) AS own_on,
        CAST({last} AS TIMESTAMP) AS last_at, CAST({last} AS DATE) AS last_on
    FROM clean.{name(export.name)} AS t JOIN source_file AS s USING (file_no){joins}
    LEFT JOIN before ON before.file_no = t.file_no AND before.row = t.row
), named AS (SELECT bool_and(file_month <> '') AS is_named FROM source_file WHERE source_table = {literal(export.name)})
SELECT county_id, count(*), count(DISTINCT file_no), {first}, max(last_on), max(last_at),
    {days if export.name in BUSY else "[]"}
FROM said CROSS JOIN named GROUP BY county_id ORDER BY county_id"""


def _county(export: Export) -> tuple[str, str]:
    """SQL: a row's county by its agent, by its customer's agent where it need not name one, or by its area; and the joins."""
    if export.name == "agents":
        return "coalesce(t.county_id, '-')", ""
    if "agent_id" in export.columns:
        joins = "\n    LEFT JOIN seat ON seat.agent_id = t.agent_id"
        if export.columns["agent_id"].required or "customer_id" not in export.columns:
            return "coalesce(seat.county_id, '-')", joins
        held = "SELECT customer_id, min(seat.county_id) AS county_id FROM clean.customers JOIN seat USING (agent_id) GROUP BY 1"
        joins += f"\n    LEFT JOIN ({held}) AS home ON t.agent_id IS NULL AND home.customer_id = t.customer_id"
        return "coalesce(seat.county_id, home.county_id, '-')", joins
    if "area_id" in export.columns:
        lying = "SELECT area_id, min(county_id) AS county_id FROM seat GROUP BY 1"
        return "coalesce(place.county_id, '-')", f"\n    LEFT JOIN ({lying}) AS place ON place.area_id = t.area_id"
    return "'-'", ""


def _unheard(one: Heard, empty: set[tuple[str, str]]) -> Heard:
    """A county without a row in an export: its own sheet is empty, or a busy export holds others' rows only."""
    is_header_only = (one.source_table, one.county_id) in empty
    is_expected = one.source_table in BUSY and one.county_id != NOWHERE or one.county_id == EVERYWHERE
    return replace(one, is_header_only=is_header_only, is_early=is_expected and not is_header_only)


def _judged(one: Heard, latest: dt.date | None, within: int, override: Path | None) -> Heard:
    if one.source_table not in BUSY or one.county_id == NOWHERE or latest is None:
        return one
    return replace(one, is_early=stops_short(one.days, latest, within, override))


def _row(one: Heard) -> list[Any]:
    facts = [one.source_table, one.county_id, one.first_on, one.last_on, one.last_at, one.row_n, one.file_n]
    return [*facts, one.is_header_only, one.is_early]
