"""The spellings of times and birthdays that need work, each read once, however many cells are written so."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ruralkpi.exports.form import Column, Export
from ruralkpi.sql import first_row, literal, name

_KINDS = ("stamp", "day", "stamps", "birthday")
_LISTED = "'[;；,，、\\n|]+'"  # between several times in one cell
_TIME = """
SELECT text, CASE WHEN t IS NOT NULL THEN coalesce(spelled(moment, p),
    CASE WHEN NOT regexp_matches(text, '[一-龥〇○]') THEN serial_day(t) END, t) END AS spelled
FROM (SELECT text, t, p, moment_of(p) AS moment
FROM (SELECT text, t, time_parts(t) AS p
FROM (SELECT text, year_first(t) AS t
FROM (SELECT text, time_worded(text, {order}) AS t FROM ({texts})))))"""
_BIRTHDAY = """
SELECT text, birthday_spelled(t, {order}) AS spelled FROM (SELECT text, birthday_worded(text) AS t FROM ({texts}))"""


@dataclass(frozen=True)
class Spelled:
    """The columns of a form by how their texts are to be read: those in `marked` need marks replaced, those in `odd` are joined
    with spelled_time or spelled_birthday; all others are plain."""

    marked: frozenset[str]
    odd: frozenset[str]


def spell(con: duckdb.DuckDBPyConnection, form: Export) -> Spelled:
    """Make temp tables spelled_time and spelled_birthday: one row a text of view `said` that needs work, and its spelling.

    `spelled` is NULL for a blank and begins with ? where nobody can read it. No table is made where no column has such texts.
    """
    columns, order = [column for column in form.columns.values() if column.kind in _KINDS], literal(form.date_order)
    work = [f"coalesce(max({_work_on(column, order)}), 0)" for column in columns]
    found = first_row(con, f"SELECT {', '.join(work)} FROM said") if work else ()
    odd = [column for column, most in zip(columns, found, strict=True) if most == 2]
    for kind, sql in (("time", _TIME), ("birthday", _BIRTHDAY)):
        own = [_texts(column, order) for column in odd if (column.kind == "birthday") == (kind == "birthday")]
        if own:
            texts = f"SELECT DISTINCT text FROM ({' UNION ALL '.join(own)})"
            con.execute(f"CREATE OR REPLACE TEMP TABLE spelled_{kind} AS {sql.format(order=order, texts=texts)}")
    marked = frozenset(column.name for column, most in zip(columns, found, strict=True) if most == 1)
    return Spelled(marked, frozenset(column.name for column in odd))


def _work_on(column: Column, order: str) -> str:
    """SQL: 0 for a text that is plain, 1 for one that only needs its marks replaced, 2 for any other."""
    text = name(column.name)
    if column.kind == "birthday":
        return f"CASE WHEN {_is_odd(column, order)} THEN 2 ELSE 0 END"
    more = "2" if column.kind == "stamps" else f"CASE WHEN in_plain_time({text}, {order}) IS NULL THEN 2 ELSE 1 END"
    return f"CASE WHEN {_is_odd(column, order)} THEN {more} ELSE 0 END"


def _is_odd(column: Column, order: str) -> str:
    text = name(column.name)
    if column.kind == "birthday":
        return f"{text} IS NOT NULL AND in_plain_birthday({text}, {order}) IS NULL"
    return f"NOT is_plain_time({text})"


def _texts(column: Column, order: str) -> str:
    """SQL: the column's texts that need more work than a replaced mark."""
    cells = f"SELECT {name(column.name)} AS text FROM said WHERE {_is_odd(column, order)}"
    if column.kind == "stamps":
        cells = f"SELECT unnest(string_split_regex(text, {_LISTED})) AS text FROM ({cells})"
    plain = "in_plain_birthday" if column.kind == "birthday" else "in_plain_time"
    return f"SELECT text FROM ({cells}) WHERE {plain}(text, {order}) IS NULL"


def one_spelling(text: str, order: str, odd: str) -> str:
    """SQL: a time's text in one spelling, where `odd` is the row of spelled_time that stands for it, if any does."""
    return f"CASE WHEN {odd}.text IS NOT NULL THEN {odd}.spelled ELSE in_plain_time({text}, {order}) END"


def stamps_of(column: Column, order: str) -> str:
    """SQL: rows of a column of several times that need work: the times that are read, and how many are said."""
    return f"""
SELECT file_no, row, list(moment ORDER BY place) FILTER (WHERE moment IS NOT NULL) AS moments, count(said) AS said_n
FROM (SELECT file_no, row, place, said, try_cast(said AS TIMESTAMP) AS moment
FROM (SELECT file_no, row, place, {one_spelling("piece", order, "odd")} AS said
FROM (SELECT file_no, row, unnest(pieces) AS piece, generate_subscripts(pieces, 1) AS place
FROM (SELECT file_no, row, string_split_regex({name(column.name)}, {_LISTED}) AS pieces
    FROM said WHERE {_is_odd(column, order)}))
    LEFT JOIN spelled_time AS odd ON odd.text = piece))
GROUP BY ALL"""
