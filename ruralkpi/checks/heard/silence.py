"""Sheets with a header and no row, and the months of which an export, or a county's share of it, says nothing (X28)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

import duckdb

from ruralkpi.checks.heard.said import BUSY, event_columns
from ruralkpi.checks.persons import called, county_of
from ruralkpi.exports.declared import Export, built_in
from ruralkpi.intake.file_names import MENDED
from ruralkpi.sql import insert, name

EVERYWHERE = "*"
_HEADER_ONLY = """
CREATE TABLE header_only AS  -- grain: one sheet with a header and no row; a list of requests that nobody has filled in is none
SELECT file_no, file, source_table, file_month FROM source_file
WHERE source_table <> 'corrections' AND file_no NOT IN (SELECT file_no FROM ({rows})) ORDER BY file_no"""
IS_RETURNED = f"regexp_matches(file, '^[^#]*{MENDED}[^/#]*(#|$)')"  # SQL: whether a sheet is of a workbook to mend, by its name
# SQL, grain: one sheet by which an export speaks: no request does, nor a sheet to mend from which the rows were deleted
SPEAKING = f"""
SELECT s.*, empty.file_no IS NULL AS has_rows
FROM source_file AS s LEFT JOIN (SELECT file_no FROM header_only) AS empty USING (file_no)
WHERE source_table <> 'corrections' AND (empty.file_no IS NULL OR NOT {IS_RETURNED})"""
SILENT_MONTH = """
CREATE TABLE silent_month (  -- grain: export, county and month after which no sheet with rows is named; has_file: an empty one
    source_table VARCHAR, county_id VARCHAR, month VARCHAR, has_file BOOLEAN
)"""


def find_header_only(con: duckdb.DuckDBPyConnection) -> None:
    """Create header_only from typed.*: lines that are no records are gone from there."""
    rows = " UNION ALL ".join(f"SELECT DISTINCT file_no FROM typed.{name(table)}" for table in built_in())
    con.execute(_HEADER_ONLY.format(rows=rows))


def hollow(con: duckdb.DuckDBPyConnection, counties: Collection[str]) -> set[tuple[str, str]]:
    """Exports and counties with a sheet that holds no row, as its name tells; all of an export's sheets: everywhere."""
    found = {(table, county) for table, county, _, has_rows in _sheets(con, counties) if not has_rows and county != EVERYWHERE}
    speaking = {table for table, _, _, has_rows in _sheets(con, counties) if has_rows}
    return found | {(table, EVERYWHERE) for table, _, _, _ in _sheets(con, counties) if table not in speaking}


def find_silent_months(con: duckdb.DuckDBPyConnection, pairs: Collection[tuple[str, str]]) -> None:
    """Create silent_month for `pairs` of export and county.

    Only of exports of events all of whose sheets are named by months: from the first of these up to the newest month of
    any busy export, those of which neither the county's own sheets nor the ones of no county hold a row.
    """
    con.execute(SILENT_MONTH)
    sheets = list(_sheets(con, {county for _, county in pairs}))
    newest = max((month for table, _, month, has_rows in sheets if table in BUSY and has_rows), default="")
    rows = []
    for table, county in sorted(pairs):
        own = [sheet for sheet in sheets if sheet[0] == table and (county == EVERYWHERE or sheet[1] in (county, EVERYWHERE))]
        if is_of_events(built_in()[table]) and own and all(month for _, _, month, _ in own):
            rows += [[table, county, *gap] for gap in _gaps(own, newest)]
    insert(con, "silent_month", rows)


def is_of_events(export: Export) -> bool:
    """Whether each row says when it happened; else the export is a list, or holds states."""
    columns = event_columns(export)
    return bool(columns) and columns[0].required and columns[0].kind == "stamp"


def _gaps(sheets: list[tuple[str, str, str, bool]], newest: str) -> Iterator[tuple[str, bool]]:
    named: dict[str, bool] = defaultdict(bool)
    for _, _, month, has_rows in sheets:
        named[month] |= has_rows
    month = min(named)
    while month <= newest:
        if not named.get(month, False):
            yield month, month in named
        year, number = int(month[:4]), int(month[5:])
        month = f"{year + number // 12}-{number % 12 + 1:02d}"


def _sheets(con: duckdb.DuckDBPyConnection, counties: Collection[str]) -> Iterator[tuple[str, str, str, bool]]:
    """Export, county, month and whether it has rows, of each sheet: a county's own where its path names it alone."""
    names = called(counties)
    found = con.execute(f"SELECT source_table, file, file_month, has_rows FROM ({SPEAKING}) ORDER BY file_no").fetchall()
    for table, file, month, has_rows in found:
        yield table, county_of(file, names) or EVERYWHERE, month, has_rows
