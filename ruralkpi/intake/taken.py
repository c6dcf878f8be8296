"""What spreadsheets put to values and typing takes off again, counted, so that nobody wonders where it went (X30)."""

from __future__ import annotations

import duckdb

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Export
from ruralkpi.intake.told import tell
from ruralkpi.sql import first_row, literal, name
from ruralkpi.texts import some

TAKEN_OFF = """
CREATE TABLE taken_off (  -- grain: one export, column and mark that was taken off; n: cells
    source_table VARCHAR, column_name VARCHAR, mark VARCHAR, n BIGINT
)"""
TAKEN_IN_FILE = """
CREATE TABLE taken_in_file (  -- grain: one table of a file, column and mark that was taken off; n: cells
    file_no INTEGER, source_table VARCHAR, column_name VARCHAR, mark VARCHAR, n BIGINT
)"""
_SHOWN = 4  # columns that the line names
# mark → which cells can have it at all, told from where they stand in the order of texts, and which do
_MARKS = {
    "quote": ("{text} < '0' OR {text} >= '`'", "has_quote({text})"),
    "tab": ("{text} < '!'", "starts_with({text}, chr(9))"),
    "point_zero": ("suffix({text}, '.0')", "has_point_zero({text})"),
}


def count_taken(con: duckdb.DuckDBPyConnection) -> None:
    """Create taken_in_file from raw.*: quotes before digits, tabs before anything, and the .0 of whole-number ids."""
    con.execute(TAKEN_IN_FILE)
    for (table,) in con.execute("SELECT DISTINCT source_table FROM source_file ORDER BY 1").fetchall():
        _count(con, built_in()[table])


def _count(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """One look at an export's rows for all its columns and marks; another, file by file, for those that there are."""
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
    for (column, mark), found in zip(marked, counts, strict=True):
        if found:
            does = _MARKS[mark][1].format(text=name(column))
            con.execute(f"""
INSERT INTO taken_in_file SELECT file_no, {literal(export.name)}, {literal(column)}, {literal(mark)}, count(*)
FROM raw.{name(export.name)} WHERE {does} GROUP BY ALL ORDER BY ALL""")


def tell_taken(con: duckdb.DuckDBPyConnection) -> None:
    """Create taken_off from taken_in_file, and tell the sum."""
    con.execute(TAKEN_OFF)
    con.execute(
        "INSERT INTO taken_off SELECT source_table, column_name, mark, sum(n) FROM taken_in_file GROUP BY ALL ORDER BY ALL"
    )
    n = first_row(con, "SELECT coalesce(sum(n), 0) FROM taken_off")[0]
    if n:
        shown = con.execute(
            "SELECT source_table, column_name, sum(n) FROM taken_off GROUP BY ALL ORDER BY 3 DESC, 1, 2"
        ).fetchall()
        tell(con, "tidied", int(n), "", stage="ingest", columns=some([_shown(*one) for one in shown], _SHOWN))


def _shown(table: str, column: str, n: int) -> str:
    export = built_in()[table]
    return f"{export.title} {export.columns[column].title} {n}"
