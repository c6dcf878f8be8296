"""What spreadsheets put to values and typing takes off again, counted, so that nobody wonders where it went (X30)."""

from __future__ import annotations

import duckdb

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Export
from ruralkpi.intake.told import tell
from ruralkpi.sql import first_row, name

TAKEN_OFF = """
CREATE TABLE taken_off (  -- grain: one export, column and mark that was taken off; n: cells
    source_table VARCHAR, column_name VARCHAR, mark VARCHAR, n BIGINT
)"""
_SHOWN = 4  # columns that the line names
# mark → which cells can have it at all, told from where they stand in the order of texts, and which do
_MARKS = {
    "quote": ("{text} < '0' OR {text} >= '`'", "has_quote({text})"),
    "tab": ("{text} < '!'", "starts_with({text}, chr(9))"),
    "point_zero": ("suffix({text}, '.0')", "has_point_zero({text})"),
}


def count_taken(con: duckdb.DuckDBPyConnection) -> None:
    """Create taken_off from raw.*: quotes before digits, tabs before anything, and the .0 of whole-number ids; tell the sum."""
    con.execute(TAKEN_OFF)
    for export in built_in().values():
        _count(con, export)
    n = first_row(con, "SELECT coalesce(sum(n), 0) FROM taken_off")[0]
    if n:
        shown = con.execute(
            "SELECT source_table, column_name, sum(n) FROM taken_off GROUP BY ALL ORDER BY 3 DESC, 1, 2"
        ).fetchall()
        tell(con, "tidied", int(n), "", stage="ingest", columns="、".join(_shown(*one) for one in shown[:_SHOWN]))


def _count(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """One look at an export's rows for all its columns and marks."""
    marked = [
        (column.name, mark)
        for column in export.columns.values()
        for mark in _MARKS
        if column.kind != "text" and (column.kind == "id" or mark != "point_zero")
    ]
    sums = []
    for column, mark in marked:
        may, does = (part.format(text=name(column)) for part in _MARKS[mark])
        sums.append(f"count(CASE WHEN {may} THEN CASE WHEN {does} THEN 1 END END)")
    counts = first_row(con, f"SELECT {', '.join(sums)} FROM raw.{name(export.name)}")
    found = [(export.name, column, mark, n) for (column, mark), n in zip(marked, counts, strict=True) if n]
    if found:
        con.executemany("INSERT INTO taken_off VALUES (?, ?, ?, ?)", found)


def _shown(table: str, column: str, n: int) -> str:
    export = built_in()[table]
    return f"{export.title} {export.columns[column].title} {n}"
