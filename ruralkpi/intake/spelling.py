"""The spellings of times and birthdays that need work, each read once, however many cells are written so."""

from __future__ import annotations

import duckdb

from ruralkpi.exports.form import Column, Export
from ruralkpi.sql import first_row, literal, name

_KINDS = ("stamp", "day", "stamps", "birthday")
_LISTED = "'[;；,，、\\n|]+'"  # between several times in one cell
_TIME = """
SELECT text, CASE WHEN t IS NOT NULL THEN coalesce(spelled(moment, p), serial_day(t), t) END AS spelled
FROM (SELECT text, t, p, moment_of(p) AS moment
FROM (SELECT text, t, time_parts(t) AS p
FROM (SELECT text, year_first(t) AS t
FROM (SELECT text, time_worded(text, {order}) AS t FROM ({texts})))))"""
_BIRTHDAY = """
SELECT text, birthday_spelled(t, {order}) AS spelled FROM (SELECT text, birthday_worded(text) AS t FROM ({texts}))"""


def spell(con: duckdb.DuckDBPyConnection, form: Export) -> set[str]:
    """Make temp tables spelled_time and spelled_birthday: one row a text of view `said` that needs work, and its spelling.

    `spelled` is NULL for a blank and begins with ? where nobody can read it. Returns the columns that have such texts;
    no table is made for those that have none.
    """
    columns, order = [column for column in form.columns.values() if column.kind in _KINDS], literal(form.date_order)
    marks = [f"coalesce(bool_or({_is_odd(column, order)}), false)" for column in columns]
    found = first_row(con, f"SELECT {', '.join(marks)} FROM said") if marks else ()
    odd = [column for column, is_odd in zip(columns, found, strict=True) if is_odd]
    for kind, sql in (("time", _TIME), ("birthday", _BIRTHDAY)):
        own = [_texts(column, order) for column in odd if (column.kind == "birthday") == (kind == "birthday")]
        if own:
            texts = f"SELECT DISTINCT text FROM ({' UNION ALL '.join(own)})"
            con.execute(f"CREATE OR REPLACE TEMP TABLE spelled_{kind} AS {sql.format(order=order, texts=texts)}")
    return {column.name for column in odd}


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
