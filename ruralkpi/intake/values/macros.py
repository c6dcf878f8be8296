"""The macros by which cells are read: those of parse.sql, times.sql, birthday.sql and shown.sql, and the words for nothing."""

from __future__ import annotations

import re
from importlib.resources import files

import duckdb

from ruralkpi.exports.vocabulary import shared
from ruralkpi.sql import literal

_SHOWN, *_PARSED = ("shown.sql", "parse.sql", "times.sql", "birthday.sql")


def add_macros(con: duckdb.DuckDBPyConnection) -> None:
    """Define the parsing macros, and those that know the shared words, for this connection's database."""
    add_shown(con)
    for sql in [*_blank_macros(), *map(_macros, _PARSED)]:
        con.execute(sql)


def add_shown(con: duckdb.DuckDBPyConnection) -> None:
    """Define the macros of shown.sql alone, which are all that a database needs whose rows have been read."""
    con.execute(_macros(_SHOWN))


def _macros(file: str) -> str:
    return (files("ruralkpi") / "intake" / "values" / file).read_text(encoding="utf-8")


def _blank_macros() -> list[str]:
    words = "|".join(map(re.escape, sorted(shared()["blank"]["words"], key=lambda word: (-len(word), word))))
    return [
        f"CREATE MACRO is_blank(t) AS regexp_full_match(t, {literal(words)}, 'i')",
        f"CREATE MACRO without_blank(t) AS nullif(regexp_replace(t, {literal(f'^(?:{words})$')}, '', 'i'), '')",
        f"CREATE MACRO without_blank_end(t) AS regexp_replace(t, {literal(f'(?: (?:{words}))+$')}, '', 'i')",
    ]
