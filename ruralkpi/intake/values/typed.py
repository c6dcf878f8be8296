"""raw.* → typed.*: each text becomes a value by its column's suffix; what fits no form stays NULL and is named in `unread`.

The rows of a form, one form after another; what becomes of one column is told in steps.py, and what cells are in the macros.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import duckdb

from ruralkpi.exports.form import Column, Export, means
from ruralkpi.intake.cells import CELL, JUDGED
from ruralkpi.intake.values import steps
from ruralkpi.intake.values.spelling import Spelled, spell, times_of
from ruralkpi.intake.values.spoken import Few, few_words
from ruralkpi.intake.words import create_words
from ruralkpi.sql import first_row, literal, name

_PLACE = "file_no, row, file, file_month, absent"
UNITED = "\nUNION ALL\n"


def typed(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """Create word and typed.<export> from raw.*, as type_rows does."""
    create_words(con, exports)
    type_rows(con, exports)


def type_rows(con: duckdb.DuckDBPyConnection, exports: Sequence[Export]) -> None:
    """Create typed.<export>: grain one raw row; `exports` are the built-in ones and the county's mappings. Asks word."""
    con.execute("CREATE SCHEMA IF NOT EXISTS typed")
    for table, rows in typed_rows(con, exports, with_cells=False):
        con.execute(f"CREATE TABLE typed.{name(table)} AS {UNITED.join(rows)}")


def typed_rows(con: duckdb.DuckDBPyConnection, exports: Sequence[Export], with_cells: bool) -> Iterator[tuple[str, list[str]]]:
    """(export, SQL of its typed rows, one for each form that has any), in the order of their names; the SQL holds until the next
    one is asked for.

    `with_cells`: all columns of the raw row too, its cells as cell_<column>; without, only what judging asks (JUDGED). With them
    texts of few kinds are ENUM, which Parquet takes at a tenth of the cost and gives as texts.
    """
    if with_cells:
        con.execute("CREATE TYPE meaning AS ENUM (SELECT DISTINCT means FROM word WHERE means IS NOT NULL ORDER BY 1)")
    by_table: dict[str, list[Export]] = {}
    for export in exports:
        by_table.setdefault(export.name, []).append(export)
    for table, forms in sorted(by_table.items()):
        used = [form for form in forms if _has_rows(con, form)] or forms[-1:]
        yield table, [_typed_by(con, form, with_cells, place) for place, form in enumerate(used)]


def _typed_by(con: duckdb.DuckDBPyConnection, form: Export, with_cells: bool, place: int) -> str:
    """SQL of the rows of one form; `place` tells its views and tables from those of other forms."""
    few = few_words(con, form, with_cells)
    con.execute(f"CREATE OR REPLACE TEMP VIEW said_{place} AS {_said_by(form, few, with_cells)}")
    con.execute(f"CREATE OR REPLACE TEMP VIEW told_{place} AS {_times_by(form)}")
    return _select(form, few, spell(con, form, place), with_cells)


def _has_rows(con: duckdb.DuckDBPyConnection, form: Export) -> bool:
    rows = f"SELECT 1 FROM raw.{name(form.name)} JOIN source_file USING (file_no) WHERE mapping = {literal(form.origin)} LIMIT 1"
    return bool(first_row(con, f"SELECT count(*) FROM ({rows})")[0])


def _worded(form: Export) -> list[Column]:
    return [column for column in form.columns.values() if column.words is not None]


def _carried(form: Export, with_cells: bool) -> list[str]:
    """What goes with a row unchanged: its place, its mapping, its raw cells, and what its words mean."""
    raw = [name(one) for _, one in _raw_columns(form, with_cells)]
    return [*_PLACE.split(", "), "mapping", *raw, *(name(means(column.name)) for column in _worded(form))]


def _raw_columns(form: Export, with_cells: bool) -> list[tuple[str, str]]:
    """The columns of a raw row that are kept, and what they are called beside those that are typed."""
    return [*((one, one) for one in JUDGED), *((column, f"{CELL}{column}") for column in form.columns if with_cells)]


def _said_by(form: Export, few: Mapping[str, Few], with_cells: bool) -> str:
    """SQL: one form's rows, what their cells say and mean: its own words and date order hold only for the files read by it."""
    others = [column for column in _worded(form) if column.name not in few]
    raw = {column: f"raw.{name(column)}" for column in (*form.columns, *JUDGED)}
    texts = {
        one.name: few[one.name].said(raw[one.name]) if one.name in few else steps.said(one, form) for one in form.columns.values()
    }
    said = ", ".join(f"{text} AS {name(column)}" for column, text in texts.items())
    meant = "".join(f", {steps.meant(column, few)} AS {name(means(column.name))}" for column in _worded(form))
    joins = "".join(steps.word_joined(form, column, with_cells) for column in others)
    written = {own: few[own].written(raw[own]) if own in few else raw[own] for own, _ in _raw_columns(form, with_cells)}
    cells = "".join(f", {written[own]} AS {name(one)}" for own, one in _raw_columns(form, with_cells))
    return f"SELECT {_PLACE}, mapping, {said}{meant}{cells}\n{_read_as(form, joins)}"


def _times_by(form: Export) -> str:
    """SQL: one form's rows, what their cells of times say, without asking what others mean."""
    said = "".join(f", {steps.said(column, form)} AS {name(column.name)}" for column in times_of(form))
    return f"SELECT file_no, row{said}\n{_read_as(form)}"


def _read_as(form: Export, joins: str = "") -> str:
    """SQL: the raw rows that were read by a form."""
    return f"FROM raw.{name(form.name)} AS raw JOIN source_file USING (file_no){joins} WHERE mapping = {literal(form.origin)}"


def _select(form: Export, few: Mapping[str, Few], spelled: Spelled, with_cells: bool) -> str:
    """SQL: one form's rows typed: what was said, then what it means, then weighed: each macro stands once a column.

    `few`: the columns whose texts are free of blanks already; `spelled`: those that have spellings which need work.
    """
    columns, carried = list(form.columns.values()), _carried(form, with_cells)
    texts = [text for column in columns for text in steps.texts(column, form, spelled)]
    joins = "".join(steps.joined(column, form, spelled) for column in columns if column.name in spelled.odd)
    values = ",\n    ".join(
        name(one.name) if one.name in few and one.kind == "text" else steps.value(one, form) for one in columns
    )
    named = ",\n    ".join([*(steps.named(column, with_cells) for column in columns), steps.unread(columns)])
    head = [word for word in carried if word != "mapping"]
    head += ["mapping", f"{str(form.is_full).lower()} AS is_full_list"] if form.snapshot else []
    return f"""SELECT {", ".join(head)},
    {named}
FROM (SELECT {", ".join(carried)},
    {values}
FROM (SELECT {", ".join(f"said.{word}" for word in carried)}, {", ".join(texts)}
FROM said_{spelled.place} AS said{joins}))"""
