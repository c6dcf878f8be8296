"""raw.* → word: every word that stands in a deciding column, what it means, and how often it was written (X25)."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

from ruralkpi.exports.form import Column, Export
from ruralkpi.exports.vocabulary import UNKNOWN, Words
from ruralkpi.sql import literal, name

WORD = """
CREATE TABLE word (  -- grain: one text of a deciding column, as written under one mapping
    source_table VARCHAR, mapping VARCHAR, column_name VARCHAR, text VARCHAR, said VARCHAR, means VARCHAR, n BIGINT
)"""


def create_words(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """Create word: said is the text in the built-in words, means its meaning, `?` for a word in no list, NULL for nothing."""
    con.execute(WORD)
    for export in exports:
        for column in export.columns.values():
            if column.words is not None:
                _read(con, export, column, column.words)


def _read(con: duckdb.DuckDBPyConnection, export: Export, column: Column, words: Words) -> None:
    """The texts of one column; each is looked at once, however many rows have it."""
    reader = export.reader(column)
    short = f"AND length({name(column.name)}) <= {reader.longest}" if words.is_open and not reader.contains else ""
    rows = con.execute(
        f"SELECT {name(column.name)}, count(*) FROM raw.{name(export.name)} JOIN source_file USING (file_no) "
        f"WHERE mapping = {literal(export.origin)} AND {name(column.name)} IS NOT NULL {short} GROUP BY ALL ORDER BY ALL"
    ).fetchall()
    if not rows:
        return
    frame = pd.DataFrame(rows, columns=["text", "n"], dtype=object)
    frame["said"] = [reader.said(text) for text in frame["text"]]
    frame["means"] = [reader.means(text) for text in frame["text"]]
    con.register("texts", frame)
    con.execute(
        f"INSERT INTO word SELECT {literal(export.name)}, {literal(export.origin)}, {literal(column.name)}, "
        "CAST(text AS VARCHAR), CAST(said AS VARCHAR), CAST(means AS VARCHAR), CAST(n AS BIGINT) FROM texts"
    )
    con.unregister("texts")
    if words.record:
        _records(con, export, column, words.record)


def _records(con: duckdb.DuckDBPyConnection, export: Export, column: Column, record: str) -> None:
    """A text that is the id of a record of this export means that record."""
    ids = f"SELECT tidy({name(record)}) FROM raw.{name(export.name)}"
    con.execute(
        f"UPDATE word SET means = 'record' WHERE source_table = {literal(export.name)} AND mapping = {literal(export.origin)} "
        f"AND column_name = {literal(column.name)} AND means = {literal(UNKNOWN)} AND tidy(said) IN ({ids})"
    )
