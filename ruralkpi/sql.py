"""Text into SQL, quoted: names and literals from files never become anything but names and literals. Queries by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]


def name(word: str) -> str:
    """`word` as an SQL identifier."""
    return '"' + word.replace('"', '""') + '"'


def literal(value: str | int | float | None) -> str:
    """`value` as an SQL literal; None is NULL."""
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(value)
    return "'" + value.replace("'", "''") + "'"


def literals(values: Iterable[str]) -> str:
    """A bracketed list of literals for IN; never empty, since IN () is no SQL."""
    return "(" + ", ".join(literal(value) for value in values) + ")" if values else "(NULL)"


def rows_of(rows: Iterable[Sequence[str | int | float | None]]) -> str:
    """Rows of literals for VALUES.

    >>> rows_of([(1, "a'b"), (None, "c")])
    "(1, 'a''b'), (NULL, 'c')"
    """
    return ", ".join("(" + ", ".join(map(literal, row)) + ")" for row in rows)


def first_row(con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The one row of an aggregate query, read to its end, so that the connection is free again."""
    return con.execute(sql, list(values)).fetchall()[0]


def insert(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[Any]]) -> None:
    """Put rows, their values in the order of the table's columns, into a table: all by one statement, since one for each row
    takes milliseconds."""
    if rows:
        kinds = [kind for _, kind, *_ in con.execute(f"DESCRIBE {table}").fetchall()]
        lists = ", ".join(f"unnest(CAST(? AS {kind}[]))" for kind in kinds)
        con.execute(f"INSERT INTO {table} SELECT {lists}", [list(values) for values in zip(*rows, strict=True)])


def to_parquet(con: duckdb.DuckDBPyConnection, rows: str, path: Path) -> None:
    """What a query finds, as a file of Parquet: squeezed a little less, and what hardly repeats left as it is, for a sixth of the
    time."""
    squeezed = "COMPRESSION zstd, COMPRESSION_LEVEL 1, DICTIONARY_SIZE_LIMIT 10000"
    con.execute(f"COPY ({rows}) TO {literal(str(path))} (FORMAT parquet, {squeezed})")


@contextmanager
def one_thread(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """The same rows come in the same order, and give the same bytes: several threads would not be sure of what is joined or
    put together."""
    threads = first_row(con, "SELECT current_setting('threads')")[0]
    con.execute("SET threads = 1")
    try:
        yield
    finally:
        con.execute(f"SET threads = {threads}")


@cache
def query(name: str) -> str:
    """The text of a room's query: "month/area_rows" is month/sql/area_rows.sql."""
    folder, _, stem = name.rpartition("/")
    return files("ruralkpi").joinpath(folder, "sql", f"{stem}.sql").read_text(encoding="utf-8")


def fetch(con: duckdb.DuckDBPyConnection, name: str, **values: Any) -> list[Row]:
    """The rows of a room's query, named as in `query`, in its order."""
    found = con.execute(query(name), values or None)
    columns = [column[0] for column in found.description or []]
    return [dict(zip(columns, row, strict=True)) for row in found.fetchall()]
