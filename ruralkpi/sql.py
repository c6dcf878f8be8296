"""Text into SQL, quoted: names and literals from files never become anything but names and literals."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import duckdb


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


def first_row(con: duckdb.DuckDBPyConnection, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
    """The one row of an aggregate query, read to its end, so that the connection is free again."""
    return con.execute(sql, list(values)).fetchall()[0]
