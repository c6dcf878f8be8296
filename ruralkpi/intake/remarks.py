"""Remarks, example rows, repeated headers, totals and foot lines: told from records and set aside, each counted and kept.

A line is set aside only if it can't be a record: it has one filled cell that reads as a remark, or begins like a
foot line or total and lacks what a record must have, or has "注：" where a record has its id or name, or repeats the
header, or stands under it as an example.
"""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

import duckdb

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Export
from ruralkpi.sql import literal, literals, name

NOTE = """
CREATE TABLE note (  -- grain: one line of a file that is no record
    source_table VARCHAR, file_no INTEGER, row BIGINT, kind VARCHAR, text VARCHAR
)"""
_EXAMPLE_ROWS = 3  # how far below the header an example may stand


def set_aside(con: duckdb.DuckDBPyConnection) -> None:
    """Move the lines that are no records from raw.* to note; source_file counts them among its blank rows."""
    con.execute(NOTE)
    for export in built_in().values():
        con.execute(f"INSERT INTO note {_lines(export)}")
        con.execute(
            f"DELETE FROM raw.{name(export.name)} WHERE (file_no, row) IN "
            f"(SELECT file_no, row FROM note WHERE source_table = {literal(export.name)})"
        )
    con.execute("""
UPDATE source_file SET note_n = found.n, blank_n = blank_n + found.n
FROM (SELECT file_no, count(*) AS n FROM note GROUP BY 1) AS found WHERE source_file.file_no = found.file_no""")


@cache
def _patterns() -> dict[str, str]:
    return tomllib.loads((files("ruralkpi") / "intake" / "remarks.toml").read_text(encoding="utf-8"))


def _lines(export: Export) -> str:
    like = {kind: f"regexp_matches(lead, {literal(pattern)}, 'i')" for kind, pattern in _patterns().items()}
    whole = " AND ".join(f"trim(coalesce(r.{name(c.name)}, '')) <> ''" for c in export.columns.values() if c.required) or "true"
    told = f"({', '.join(f'r.{name(c.name)}' for c in export.columns.values() if c.required) or 'NULL'})"
    return f"""
SELECT source_table, file_no, row, kind, left(lead, 300) FROM (
    SELECT s.source_table, r.file_no, r.row, r.lead, CASE
        WHEN r.row <= s.header_row + s.skip_n THEN 'example'
        WHEN r.row <= s.header_row + {_EXAMPLE_ROWS} AND {like["example"]} THEN 'example'
        WHEN {_header_again(export)} THEN 'header'
        WHEN {like["label"]} AND lead IN {told} THEN 'foot'
        WHEN {like["foot"]} AND (filled_n = 1 OR (filled_n <= 3 AND NOT ({whole}))) THEN 'foot'
        WHEN {like["total"]} AND (filled_n = 1 OR NOT ({whole})) THEN 'total'
        WHEN filled_n = 1 AND s.width_n > 2 AND {like["prose"]}
            AND NOT regexp_matches(lead, '^[\\d\\s:：年月日时分秒/.-]+$') THEN 'foot'
        END AS kind
    FROM raw.{name(export.name)} AS r JOIN source_file AS s USING (file_no)
) WHERE kind IS NOT NULL ORDER BY file_no, row"""


def _header_again(export: Export) -> str:
    """SQL: every required column that comes from the file holds its own header."""
    hits = [f"trim(r.{name(c.name)}) IN {literals([*c.headers, c.name])}" for c in export.columns.values() if c.required]
    return f"({' AND '.join(hits)})" if hits else "false"
