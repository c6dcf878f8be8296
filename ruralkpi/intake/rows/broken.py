"""Records of a text file that are not whole: split over several lines by a line break in a cell without quotes, or cut off
where the file ends. Their lines are marked and kept out; a row that only lacks its last empty cells is a record.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Column, Export
from ruralkpi.intake.tables.cut import Table
from ruralkpi.intake.tables.headers import patterns
from ruralkpi.intake.tables.kinds import filled
from ruralkpi.intake.tables.match import Match
from ruralkpi.sql import literal, name

BROKEN = -1  # extra_n of a line that is no whole record
Short = NDArray[np.int64]  # rows with fewer cells than the header: their numbers, and how many


def short_of(table: Table) -> Short:
    """The rows of a small text file's table that have fewer cells than its header."""
    found, rows = table.match, table.rows[: table.last] if table.match.sheet.delimiter else []
    below = enumerate(rows[found.header_row :], start=found.header_row + 1)
    short = [(number, len(row)) for number, row in below if len(row) < found.width and filled(row)]
    return np.array(short, dtype=np.int64).reshape(-1, 2)


def open_row(table: Table) -> int | None:
    """The row in which a small text file ends without a line end, where it is of this table."""
    ends_open = not (table.match.sheet.text or "\n").endswith(("\n", "\r"))
    return table.last if ends_open and table.last == len(table.rows) else None


@dataclass
class Broken:
    """The tables that have short rows, to be asked when all rows are in raw.*."""

    files: list[tuple[str, int, int, int, int | None]] = field(default_factory=list)
    rows: list[Short] = field(default_factory=list)

    def add(self, found: Match, file_no: int, short: Short | None, last: int | None) -> None:
        """Take a table's short rows; `last`: the row in which its file ends without a line end."""
        if short is not None and len(short):
            self.files.append((found.export.name, file_no, found.width - 1, found.cells_n - 1, last))
            self.rows.append(np.insert(short, 0, file_no, axis=1))

    def create(self, con: duckdb.DuckDBPyConnection) -> None:
        """Create short_file and short_row, which count marks between cells: all lines of a record have as many as it."""
        files = pd.DataFrame(self.files, columns=["source_table", "file_no", "least", "most", "last"])
        short = np.concatenate([np.empty((0, 3), dtype=np.int64), *self.rows])
        rows = pd.DataFrame(short - [0, 0, 1], columns=["file_no", "row", "marks_n"])
        for table, frame in (("short_file", files.astype({"last": "Int64"})), ("short_row", rows)):
            con.register("broken", frame)
            con.execute(f"CREATE TEMP TABLE {table} AS SELECT * FROM broken")
            con.unregister("broken")

    def mark_split(self, con: duckdb.DuckDBPyConnection) -> None:
        """Mark all lines of records that line breaks have split."""
        for table in sorted({table for table, *_ in self.files}):
            con.execute(f"""
UPDATE raw.{name(table)} AS r SET extra_n = {BROKEN} FROM ({_split(built_in()[table])}) AS found
WHERE r.file_no = found.file_no AND r.row BETWEEN found.first AND found.last""")

    def mark_cut_off(self, con: duckdb.DuckDBPyConnection) -> None:
        """Mark the last record of a file that ends in it, where all others have their cells; lines that are no records have left
        raw.* by then. Drops the tables of `create`."""
        for table in sorted({table for table, *_, last in self.files if last is not None}):
            con.execute(f"""
UPDATE raw.{name(table)} AS r SET extra_n = {BROKEN} FROM (
    SELECT file_no, last FROM raw.{name(table)} JOIN short_file USING (file_no) LEFT JOIN short_row USING (file_no, row)
    WHERE extra_n >= 0 AND last IS NOT NULL GROUP BY ALL
    HAVING bool_or(row = last AND marks_n IS NOT NULL) AND bool_or(marks_n IS NULL) AND NOT bool_or(row < last AND marks_n > 0)
) AS found WHERE r.file_no = found.file_no AND r.row = found.last""")
        con.execute("DROP TABLE short_file")
        con.execute("DROP TABLE short_row")


def _split(export: Export) -> str:
    """SQL: the lines (file_no, first, last) of records that are split.

    A line begins a record where it has all cells, or most that a record must have, and these look as they do in such rows; lines
    that begin none belong to the record before. It is split where its lines have together the cells of one. Where rows of the
    file lack their last cells anyway, what may be a foot line is no part of a record.
    """
    must = [column for column in export.columns.values() if column.required and column.constant is None]
    looks = f"list_filter([{', '.join(map(_look, must))}], lambda look: look IS NOT NULL)"
    foot = " OR ".join(f"regexp_matches(lead, {literal(patterns()[kind])}, 'i')" for kind in ("foot", "label", "total"))
    return f"""
WITH line AS (
    SELECT file_no, row, least, most, lead, marks_n IS NULL AS is_whole, coalesce(marks_n, most) AS marks_n, {looks} AS looks
    FROM raw.{name(export.name)} JOIN short_file USING (file_no) LEFT JOIN short_row USING (file_no, row)
),
usual AS (SELECT file_no, list(DISTINCT look) AS usual FROM (
    SELECT file_no, unnest(looks) AS look FROM line WHERE is_whole OR len(looks) = {len(must)}) GROUP BY file_no),
judged AS (
    SELECT line.*, is_whole OR len(looks) * 2 > {len(must)} AND list_has_all(usual, looks) AS is_begun
    FROM line LEFT JOIN usual USING (file_no)
),
numbered AS (SELECT *, count(*) FILTER (is_begun) OVER (PARTITION BY file_no ORDER BY row) AS number FROM judged),
record AS (
    SELECT file_no, number, min(row) AS first, max(row) FILTER (marks_n > 0) AS last, count(*) FILTER (marks_n > 0) AS lines_n,
        bool_or(is_begun) AND NOT bool_or(is_whole) AS is_short,
        sum(marks_n) BETWEEN any_value(least) AND any_value(most) AS fits,
        coalesce(bool_or({foot}) FILTER (NOT is_begun), false) AS has_foot
    FROM numbered GROUP BY file_no, number
),
lacking AS (SELECT DISTINCT file_no FROM record WHERE is_short AND lines_n = 1)
SELECT file_no, first, last FROM record
WHERE is_short AND lines_n > 1 AND fits AND NOT (has_foot AND file_no IN (FROM lacking))"""


def _look(column: Column) -> str:
    """SQL: a column and its cell by the kinds of its characters, K12 as A9, 2026-10-03 as 9-9-9; NULL for a blank one."""
    cell, look = f"trim({name(column.name)})", "''"
    if column.kind in ("id", "stamp", "day"):
        marks = f"regexp_replace(regexp_replace({cell}, '\\d+', '9', 'g'), '[A-Za-z]+', 'A', 'g')"
        look = f"regexp_replace({marks}, '[^\\x00-\\x7f]+', '中', 'g')"
    return f"CASE WHEN {cell} <> '' THEN {literal(column.name + ' ')} || {look} END"
