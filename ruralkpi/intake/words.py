"""raw.* → word: every word that stands in a deciding column, what it means, and how often it was written (X25)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

import duckdb
import pandas as pd

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Column, Export
from ruralkpi.exports.vocabulary import UNKNOWN
from ruralkpi.intake.told import tell
from ruralkpi.masking import mask_phone
from ruralkpi.sql import literal, literals, name
from ruralkpi.texts import some

_COLUMNS = {"source_table": "VARCHAR", "mapping": "VARCHAR", "column_name": "VARCHAR", "text": "VARCHAR", "said": "VARCHAR",
            "means": "VARCHAR", "n": "BIGINT"}  # fmt: skip
# grain: one text of a deciding column, as written under one mapping
WORD = f"CREATE TABLE word ({', '.join(f'{column} {kind}' for column, kind in _COLUMNS.items())})"


IN_FILE = """
CREATE TABLE word_in_file (  -- grain: one text of a deciding column of one table of a file
    file_no INTEGER, source_table VARCHAR, column_name VARCHAR, text VARCHAR, n BIGINT
)"""


def create_words(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """Create word and word_in_file from raw.*: said is the text in the built-in words, means its meaning, `?` for a word in no
    list, NULL for nothing."""
    read_words(con, exports)
    mean_records(con, exports)


def read_words(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """As create_words, before anything is asked that other files may say: ids of records are still unknown words."""
    con.execute(WORD)
    con.execute(IN_FILE)
    found: list[tuple[Any, ...]] = []
    for export in exports:
        worded = [column for column in export.columns.values() if column.words is not None]
        if worded and export.name in _read_by(con, export.origin):
            found += _read(con, export, worded)
    con.register("found_words", pd.DataFrame(found, columns=list(_COLUMNS), dtype=object))
    values = ", ".join(f"CAST({column} AS {kind})" for column, kind in _COLUMNS.items())
    con.execute(f"INSERT INTO word SELECT {values} FROM found_words")
    con.unregister("found_words")


def _read_by(con: duckdb.DuckDBPyConnection, origin: str) -> set[str]:
    """The exports that one mapping, or '' for the built-in forms, has read tables of."""
    rows = con.execute("SELECT DISTINCT source_table FROM source_file WHERE mapping = ?", [origin]).fetchall()
    return {table for (table,) in rows}


def _read(con: duckdb.DuckDBPyConnection, export: Export, columns: Sequence[Column]) -> list[tuple[Any, ...]]:
    """Rows of word for deciding columns, in one look at what they say; each text is thought about once, however many rows have
    it."""
    texts = ", ".join(_text(export, column) for column in columns)
    asked = ", ".join(name(column.name) for column in columns)
    sets = ", ".join(f"(file_no, {name(column.name)})" for column in columns)
    # grouping(): a bit for each column that a set leaves out, the last one's the lowest
    every, last = (1 << len(columns)) - 1, len(columns) - 1
    of = {column.name: every - (1 << (last - place)) for place, column in enumerate(columns)}
    which = " ".join(f"WHEN {number} THEN {literal(column)}" for column, number in of.items())
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE text_in_file AS
SELECT file_no, CASE grouping({asked}) {which} END AS column_name, coalesce({asked}) AS text, count(*) AS n
FROM (SELECT file_no, {texts} FROM raw.{name(export.name)} JOIN source_file USING (file_no)
    WHERE mapping = {literal(export.origin)})
GROUP BY GROUPING SETS ({sets}) HAVING text IS NOT NULL""")
    con.execute(
        f"INSERT INTO word_in_file SELECT file_no, {literal(export.name)}, column_name, text, n FROM text_in_file ORDER BY ALL"
    )
    reader = {column.name: export.reader(column) for column in columns}
    rows = con.execute("SELECT column_name, text, sum(n) FROM text_in_file GROUP BY ALL ORDER BY ALL").fetchall()
    return [
        (export.name, export.origin, column, text, reader[column].said(text), reader[column].means(text), n)
        for column, text, n in rows
    ]


def _text(export: Export, column: Column) -> str:
    """SQL: what a cell says, where the column's words may mean something by it."""
    reader, cell = export.reader(column), name(column.name)
    if not reader.is_choosy:
        return cell
    return f"CASE WHEN lower({cell}) IN {literals(sorted(reader.keys))} OR NOT is_tidy({cell}) THEN {cell} END AS {cell}"


def mean_records(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """A text that is the id of a record of this export means that record, whichever file has it."""
    for export in exports:
        for column in export.columns.values():
            if column.words is not None and column.words.record:
                _records(con, export, column, column.words.record)


def _records(con: duckdb.DuckDBPyConnection, export: Export, column: Column, record: str) -> None:
    ids = f"SELECT tidy({name(record)}) FROM raw.{name(export.name)}"
    con.execute(
        f"UPDATE word SET means = 'record' WHERE source_table = {literal(export.name)} AND mapping = {literal(export.origin)} "
        f"AND column_name = {literal(column.name)} AND means = {literal(UNKNOWN)} AND tidy(said) IN ({ids})"
    )


_SHOWN = 6  # words that one line names


def tell_unknown(con: duckdb.DuckDBPyConnection) -> None:
    """Tell each column's unknown words once: which, how often, and the mapping's line that would settle them (X25)."""
    rows = con.execute(
        "SELECT source_table, column_name, text, sum(n) AS n FROM word WHERE list_contains(string_split(means, ' '), ?) "
        "GROUP BY ALL ORDER BY source_table, column_name, n DESC, text",
        [UNKNOWN],
    ).fetchall()
    for (table, column), found in groupby(rows, key=lambda row: (row[0], row[1])):
        words = [(mask_phone(" ".join(text.split()))[:24], int(n)) for _, _, text, n in found]
        shown = some([f"{text} {n}" for text, n in words], _SHOWN)
        export = built_in()[table]
        line = settling(export.columns[column], [text for text, _ in words[:_SHOWN]])
        n = sum(n for _, n in words)
        tell(
            con,
            "unknown_word",
            n,
            f"{table}.{column}",
            export=export.titled,
            column=export.columns[column].title,
            words=shown,
            line=line,
        )


def settling(column: Column, texts: Sequence[str]) -> str:
    """The line of a mapping that would say what these words mean; | stands between what may be written."""
    assert column.words is not None
    if column.kind == "flag":
        return f"{column.name} = {{ true = [{', '.join(map(_quoted, texts))}], false = [] }}"
    known = " | ".join(column.words.to_write)
    return f"{column.name} = {{ values = {{ {', '.join(f'{_quoted(text)} = {_quoted(known)}' for text in texts)} }} }}"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
