"""What was handed in, as it goes on: file names, and the texts that become part of ids, without names and phones.

What leaves through them is masked from the start, so that ids made of them agree everywhere; raw.* keeps the cells.
Two that look alike when masked stay two: the later one gets ~2.
"""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import pandas as pd

from ruralkpi.masking import listed
from ruralkpi.sql import insert

Own = Callable[[duckdb.DuckDBPyConnection, str], str]
# the texts of typed.* that stand in record ids, and reasons
_IN_IDS = (("inspections", "item"), ("inspections", "clause"), ("village_info", "section"))
_REASONS = (("exemptions", "reason_code"), ("corrections", "reason_code"), ("corrections", "proof"))
# the texts of the book that pages, workbooks and frames show
_SHOWN = {
    "flaw": ("message",),
    "quarantine": ("message",),
    "mended": ("message",),
    "note": ("text",),
    "rule": ("how_zh", "how_en", "words_zh", "words_en", "settings"),
    "source_count": ("mapping", "unknown_headers"),
    "told": ("subject", "zh", "en"),
    "word": ("mapping", "text"),
}


def hide_file_names(con: duckdb.DuckDBPyConnection) -> None:
    """Mask names of files and sheets in source_file, whose names typed.* shows.

    Table file_named keeps what those are called on disk that are shown under another name.
    """
    con.execute("CREATE TABLE file_named (file VARCHAR, named VARCHAR)  -- grain: one file whose name is not shown as it is")
    changed = _apart(con, "source_file", "file")
    if changed:
        listed.replace(con, "source_file", "file", changed)
        insert(con, "file_named", [[shown, file] for file, shown in changed.items()])


def hide_in_ids(con: duckdb.DuckDBPyConnection, own: Own) -> None:
    """Mask the texts of typed.* that become part of record ids, also where an exemption names the record, and reasons.

    `own` makes the rows of a table of typed.* such as can be changed, and returns where they are.
    """
    for table, column in _IN_IDS:
        changed = _apart(con, f"typed.{table}", column)
        if changed:
            listed.replace(con, own(con, table), column, changed)
            _exempt_the_same(con, changed, own)
    for table, column in _REASONS:
        changed = listed.changes(con, f"SELECT DISTINCT {column} AS text FROM typed.{table}")
        if changed:
            listed.replace(con, own(con, table), column, changed)


def hide_in_book(con: duckdb.DuckDBPyConnection) -> None:
    """Mask the free texts of the book that pages, workbooks and frames show, and take over the names that are known."""
    con.execute("CREATE TABLE known_name AS SELECT * FROM staging.main.known_name ORDER BY head, name")
    for table, columns in _SHOWN.items():
        listed.hide(con, table, *columns)


def _apart(con: duckdb.DuckDBPyConnection, table: str, column: str) -> dict[str, str]:
    """The texts of a column that hold a number or a name, and how each is shown: none like another one of the column."""
    some = f"SELECT DISTINCT {column} AS text FROM {table} WHERE {column} IS NOT NULL"
    changed = listed.changes(con, some)
    taken = {text for (text,) in con.execute(some).fetchall()} - set(changed) if changed else set()
    shown = {}
    for text, masked in changed.items():
        number, shown[text] = 1, masked
        while shown[text] in taken:
            number += 1
            shown[text] = f"{masked}~{number}"
        taken.add(shown[text])
    return shown


def _exempt_the_same(con: duckdb.DuckDBPyConnection, changed: dict[str, str], own: Own) -> None:
    frame = pd.DataFrame({"old": list(changed), "new": list(changed.values())}, dtype=object)
    con.register("changed_texts", frame)
    names = "contains('/' || source_id || '/', '/' || old || '/')"
    if con.execute(f"SELECT 1 FROM typed.exemptions, changed_texts WHERE {names} LIMIT 1").fetchall():
        con.execute(f"""
UPDATE {own(con, "exemptions")} SET source_id = trim(replace('/' || source_id || '/', '/' || old || '/', '/' || new || '/'), '/')
FROM changed_texts WHERE {names}""")
    con.unregister("changed_texts")
