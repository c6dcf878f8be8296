"""Remarks, example rows, repeated headers, totals and foot lines: told from records and set aside, each counted and kept.

A line is set aside only if it can't be a record: it has one filled cell that reads as a remark, or begins like a
foot line, total or label and lacks what a record must have (X32), or has a total or a column's title where a record
has its id (X31), or repeats the header, or stands under it as an example.
What reads 同上 may be a record: it is left to the checks.
"""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import ORIGIN, Column, Export
from ruralkpi.intake.readers.delimited import DAY, DELIMITERS, WIDE_DELIMITERS
from ruralkpi.intake.tables.headers import patterns, word_list
from ruralkpi.sql import literal, literals, name

Note = tuple[str, int, int, str, str]  # export, file_no, row, kind, text

NOTE = """
CREATE TABLE note (  -- grain: one line of a file that is no record; kind: title, example, header, total, foot, other
    source_table VARCHAR, file_no INTEGER, row BIGINT, kind VARCHAR, text VARCHAR
)"""
_DOUBTFUL = """
CREATE TEMP TABLE doubtful (  -- grain: a raw row; below: how far under its header's examples; told: cells that must be there;
    -- ids: what tells it from others, and ids that must be there; texts: where a total may stand
    source_table VARCHAR, file_no INTEGER, row BIGINT, lead VARCHAR, filled_n BIGINT, width_n INTEGER, below BIGINT,
    -- is_sure: whole, and past its first cell all ids and times that must be there have digits; is_named: told by a name, no id
    is_whole BOOLEAN, is_sure BOOLEAN, is_named BOOLEAN, holds_title BOOLEAN, told VARCHAR[], ids VARCHAR[], texts VARCHAR[]
)"""
_EXAMPLE_ROWS = 3  # how far below the header an example may stand


def set_aside(con: duckdb.DuckDBPyConnection, notes: Sequence[Note] = ()) -> None:
    """Move the lines that are no records from raw.* to note, after those that are none by where they stand; source_file counts
    them in blank_n, and but for headers in note_n."""
    con.execute(NOTE)
    con.execute(_DOUBTFUL)
    for (table,) in con.execute("SELECT DISTINCT source_table FROM source_file ORDER BY 1").fetchall():
        con.execute(f"INSERT INTO doubtful {_doubtful(built_in()[table])}")
    con.execute(f"INSERT INTO note {_no_records()}")
    for (table,) in con.execute("SELECT DISTINCT source_table FROM note ORDER BY 1").fetchall():
        con.execute(
            f"DELETE FROM raw.{name(table)} WHERE (file_no, row) IN "
            f"(SELECT file_no, row FROM note WHERE source_table = {literal(table)})"
        )
    con.execute("""
UPDATE source_file SET note_n = note_n + found.remark_n, blank_n = blank_n + found.n
FROM (SELECT file_no, count(*) AS n, count(*) FILTER (kind <> 'header') AS remark_n FROM note GROUP BY 1) AS found
WHERE source_file.file_no = found.file_no""")
    con.execute("DROP TABLE doubtful")
    if notes:
        con.register("found_notes", pd.DataFrame(notes, columns=["source_table", "file_no", "row", "kind", "text"]))
        con.execute("INSERT INTO note SELECT * FROM found_notes ORDER BY file_no, row")
        con.unregister("found_notes")


def _doubtful(export: Export) -> str:
    """SQL of the rows of an export that are worth a close look, which few are: so the patterns cost next to nothing. A line of a
    record that was split is none of them."""
    must = [c for c in export.columns.values() if c.required]
    texts = [f"r.{name(c.name)}" for c in export.columns.values() if c.kind in ("id", "text") and c.name not in ORIGIN]
    mine = [f"r.{name(c.name)}" for c in ids(export)]
    own = [f"r.{name(c.name)}" for c in ids(export) if c.required]
    is_named = str(ids(export)[0].kind == "text").lower()
    whole = " AND ".join(f"trim(coalesce(r.{name(c.name)}, '')) <> ''" for c in must) or "true"
    lacks = " OR ".join(f"trim(coalesce({text}, '')) = ''" for text in own or mine)
    odd = " OR ".join(_unlike_id(f"coalesce({text}, '')") for text in ("lead", *own))
    return f"""
SELECT s.source_table, r.file_no, r.row, lead, filled_n, s.width_n, r.row - s.header_row - s.skip_n,
    {whole}, {whole} AND {_is_sure(must)}, {is_named}, {_titles(export)},
    [{", ".join(f"r.{name(c.name)}" for c in must)}], [{", ".join(mine)}],
    CASE WHEN {lacks} THEN [{", ".join(texts)}] ELSE [{", ".join(mine)}] END
FROM raw.{name(export.name)} AS r JOIN source_file AS s USING (file_no)
WHERE extra_n >= 0 AND (filled_n = 1 OR r.row <= s.header_row + s.skip_n + {_EXAMPLE_ROWS} OR {odd})"""


def _no_records() -> str:
    """SQL of the doubtful rows that are no records."""
    like = {kind: f"regexp_matches(lead, {literal(pattern)}, 'i')" for kind, pattern in patterns().items()}
    total, part = (f"regexp_matches(coalesce(x, ''), {literal(patterns()[kind])}, 'i')" for kind in ("total", "part"))
    bare = "replace(trim(ids[1]), ' ', '')"
    return f"""
SELECT source_table, file_no, row, kind, left(lead, 300) FROM (
    SELECT *, CASE
        WHEN below <= 0 THEN 'example'
        WHEN below <= {_EXAMPLE_ROWS} AND {like["example"]} THEN 'example'
        WHEN holds_title AND NOT (is_sure AND is_named) THEN 'header'
        WHEN list_contains(told, lead) AND {like["label"]} AND ({like["foot"]} OR NOT is_sure) THEN 'foot'
        WHEN NOT (is_sure AND is_named) AND {bare} IN {literals(word_list("never_id"))} THEN 'foot'
        WHEN NOT is_sure AND {bare} IN {literals(word_list("no_id_yet"))} THEN 'foot'
        WHEN (filled_n = 1 OR (filled_n <= 3 AND NOT is_whole)) AND {like["foot"]} THEN 'foot'
        WHEN (filled_n = 1 OR NOT is_whole) AND {like["total"]} THEN 'total'
        WHEN len(list_filter(texts, lambda x: {total})) > 0 OR len(list_filter(ids, lambda x: {part})) > 0 THEN 'total'
        WHEN filled_n = 1 AND width_n > 2 AND {like["prose"]}
            AND NOT regexp_matches(lead, '^[\\d\\s:：年月日时分秒/.-]+$') AND NOT {_is_uncut()} THEN 'foot'
        END AS kind
    FROM doubtful
) WHERE kind IS NOT NULL ORDER BY file_no, row"""


def _is_uncut() -> str:
    """SQL: a lone cell has a day and as many separators as stand between the header's cells: a line in one cell (X32)."""
    marks = "len(lead) - len(replace(lead, x, '')) >= width_n - 1"
    cut_by = f"len(list_filter([{', '.join(map(literal, (*DELIMITERS, *WIDE_DELIMITERS)))}], lambda x: {marks})) > 0"
    gaps = "len(regexp_extract_all(lead, '\\s{2,}')) >= width_n - 1"
    return f"(regexp_matches(lead, {literal(DAY)}) AND ({cut_by} OR {gaps}))"


def _unlike_id(text: str) -> str:
    """SQL: not from a letter or digit to a digit, as nearly all ids and first cells are."""
    return f"NOT ({text} BETWEEN '0' AND '{{' AND {text}[-1] BETWEEN '0' AND '9')"


def _is_sure(must: Sequence[Column]) -> str:
    """SQL: the ids and times that must be there, but for the row's first cell, are some, and all have digits, as no label has;
    an area's id is a name."""
    others = [f"r.{name(c.name)}" for c in must if c.kind in ("id", "stamp", "day") and c.name != "area_id"]
    rest = f"list_filter([{', '.join(others)}], lambda x: x <> lead)"
    return f"len({rest}) > 0 AND len(list_filter({rest}, lambda x: NOT regexp_matches(x, '[0-9０-９]'))) = 0"


def ids(export: Export) -> list[Column]:
    """What tells a record from others, and the ids that it must have."""
    columns = [export.columns[export.key[0]], *(c for c in export.columns.values() if c.kind == "id" and c.required)]
    return list({column.name: column for column in columns}.values())


def _titles(export: Export) -> str:
    """SQL: what tells a record from others is the title of a column, or an id that must be there that of its own."""
    all_titles = [title for c in export.columns.values() if c.name not in ORIGIN for title in (*c.headers, c.name)]
    own = [f"{_bare(c)} IN {literals([*c.headers, c.name])}" for c in ids(export)[1:]]
    return f"({' OR '.join([f'{_bare(ids(export)[0])} IN {literals(all_titles)}', *own])})"


def _bare(column: Column) -> str:
    return f"trim(r.{name(column.name)}, ' *＊')"
