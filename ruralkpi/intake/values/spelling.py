"""The spellings of times and birthdays that need work, each read once, however many cells are written so."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from ruralkpi.exports.form import Column, Export
from ruralkpi.sql import first_row, literal, name

TIMES = ("stamp", "day", "stamps", "birthday")  # kinds of columns
_LISTED = "'[;；,，、\\n|]+'"  # between several times in one cell
_TIME = """
SELECT text, CASE WHEN t IS NOT NULL THEN coalesce(spelled(moment, p),
    CASE WHEN NOT regexp_matches(text, '[一-龥〇○]') THEN serial_day(t) END, t) END AS spelled,
    ended_day(p) AS ended, is_span(t) AS is_span
FROM (SELECT text, t, p, moment_of(p) AS moment
FROM (SELECT text, t, time_parts(t) AS p
FROM (SELECT text, year_first(t) AS t
FROM (SELECT text, time_worded(text, {order}) AS t FROM ({texts})))))"""
_BIRTHDAY = """
SELECT text, birthday_spelled(t, {order}) AS spelled FROM (SELECT text, birthday_worded(text) AS t FROM ({texts}))"""


# how much work a text is: a cast reads it, its marks are to be replaced, or it is looked up among those that were read
_CAST, _MARKED, _ODD = 0, 1, 2


@dataclass(frozen=True)
class Spelled:
    """The columns of a form by how their texts are to be read: those in `marked` need marks replaced, those in `odd` are joined
    with a `table` of spellings; all others are plain. `place`: which form it is, of several."""

    place: int
    marked: frozenset[str]
    odd: frozenset[str]

    def table(self, column: Column) -> str:
        """Where a column's odd texts stand with their spelling."""
        return _table(_way(column), self.place)


def times_of(form: Export) -> list[Column]:
    """The columns of a form whose cells are times or birthdays."""
    return [column for column in form.columns.values() if column.kind in TIMES]


def spell(con: duckdb.DuckDBPyConnection, form: Export, place: int) -> Spelled:
    """Make the temp tables of Spelled.table: one row a text of view told_<place> that needs work, and its spelling.

    `spelled` is NULL for a blank and begins with ? where nobody can read it. No table is made where no column has such texts.
    """
    columns, order = times_of(form), literal(form.date_order)
    work = [f"coalesce(max({_work_on(column, order)}), {_CAST})" for column in columns]
    found = first_row(con, f"SELECT {', '.join(work)} FROM told_{place}") if work else ()
    odd = [column for column, most in zip(columns, found, strict=True) if most == _ODD]
    for way, sql in (("time", _TIME), ("birthday", _BIRTHDAY)):
        own = [_texts(column, order, place) for column in odd if _way(column) == way]
        if own:
            _spell(con, _table(way, place), f"SELECT DISTINCT text FROM ({' UNION ALL '.join(own)})", sql, order)
    marked = frozenset(column.name for column, most in zip(columns, found, strict=True) if most == _MARKED)
    return Spelled(place, marked, frozenset(column.name for column in odd))


def _way(column: Column) -> str:
    return "birthday" if column.kind == "birthday" else "time"


def _table(way: str, place: int) -> str:
    return f"spelled_{way}_{place}"


def _spell(con: duckdb.DuckDBPyConnection, table: str, texts: str, sql: str, order: str) -> None:
    """Read the texts, if there are any: what reads them takes longer to plan than some hundreds of them to be read."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE odd_text AS {texts}")
    is_there = first_row(con, "SELECT count(*) FROM odd_text")[0]
    rows = (
        sql.format(order=order, texts="FROM odd_text")
        if is_there
        else "SELECT text, text AS spelled, NULL AS ended, NULL AS is_span FROM odd_text"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {rows}")


def _work_on(column: Column, order: str) -> str:
    """SQL: how much work a text of the column is."""
    text = name(column.name)
    if column.kind == "birthday":
        return f"CASE WHEN {_is_odd(column, order)} THEN {_ODD} ELSE {_CAST} END"
    if column.kind == "stamps":
        return f"CASE WHEN NOT is_plain_time({text}) THEN {_ODD} ELSE {_CAST} END"
    return f"""CASE WHEN {text} IS NULL OR is_cast_time({text}) THEN {_CAST}
    WHEN in_plain_time({text}, {order}) IS NULL THEN {_ODD} ELSE {_MARKED} END"""


def _is_odd(column: Column, order: str) -> str:
    text = name(column.name)
    if column.kind == "birthday":
        return f"{text} IS NOT NULL AND in_plain_birthday({text}, {order}) IS NULL"
    return f"NOT is_plain_time({text})"


def _texts(column: Column, order: str, place: int) -> str:
    """SQL: the column's texts that need more work than a replaced mark."""
    cells = f"SELECT {name(column.name)} AS text FROM told_{place} WHERE {_is_odd(column, order)}"
    if column.kind == "stamps":
        cells = f"SELECT unnest(string_split_regex(text, {_LISTED})) AS text FROM ({cells})"
    plain = f"in_plain_{_way(column)}"
    return f"SELECT text FROM ({cells}) WHERE {plain}(text, {order}) IS NULL"


def one_spelling(text: str, order: str, odd: str, is_day: bool = False, is_until: bool = False) -> str:
    """SQL: a time's text in one spelling, where `odd` is the row of spelled_time that stands for it, if any does.

    `is_day`: 24:00 is of the day that it ends (X6); `is_until`: the start of a span is not what is asked for.
    """
    spelled = f"coalesce({odd}.ended, {odd}.spelled)" if is_day else f"{odd}.spelled"
    refused = f"WHEN {odd}.is_span THEN '?' || {odd}.text " if is_until else ""
    return f"CASE {refused}WHEN {odd}.text IS NOT NULL THEN {spelled} ELSE in_plain_time({text}, {order}) END"


def stamps_of(column: Column, order: str, place: int) -> str:
    """SQL: rows of a column of several times that need work: the times that are read, and how many are said."""
    return f"""
SELECT file_no, row, list(moment ORDER BY place) FILTER (WHERE moment IS NOT NULL) AS moments, count(said) AS said_n
FROM (SELECT file_no, row, place, said, try_cast(said AS TIMESTAMP) AS moment
FROM (SELECT file_no, row, place, {one_spelling("piece", order, "odd")} AS said
FROM (SELECT file_no, row, unnest(pieces) AS piece, generate_subscripts(pieces, 1) AS place
FROM (SELECT file_no, row, string_split_regex({name(column.name)}, {_LISTED}) AS pieces
    FROM told_{place} WHERE {_is_odd(column, order)}))
    LEFT JOIN {_table("time", place)} AS odd ON odd.text = piece))
GROUP BY ALL"""
