"""Raw cells beside their typed values: kept only where the value does not tell what was written.

An id and a text are told by their value, a time by its value, by how exact it is and by the style in which the times of its row
are written. Cells that say something else stand in one map of their row, which few rows have.
"""

from __future__ import annotations

from ruralkpi.exports.form import Column, Export, precision
from ruralkpi.sql import literal, name

JUDGED = ("extra_n", "formula")  # of a raw row, beside its cells
CELL = "cell_"  # what a raw row's column is called beside the typed one
STYLE, OTHERS = "time_style", "other_cells"  # of a kept row: how its times are written; its cells that no value tells
_TOLD, _TIMES = ("id", "text", "stamp", "day"), ("stamp", "day")


def with_less(export: Export, rows: str) -> str:
    """SQL: typed rows (of a query, with all their cells) that keep no cell which a value tells: OTHERS has those that differ, ''
    for an empty one, or is NULL. Others than ids, texts and times stay as they are. `raw_cell` reads all of them again."""
    told = {name(CELL + column.name): column for column in export.columns.values() if column.kind in _TOLD}
    first = ", ".join(cell for cell, column in told.items() if column.kind in _TIMES)
    style = f"time_style(coalesce({first}))" if first else "NULL"
    differ = ", ".join(
        f"CASE WHEN {cell} IS DISTINCT FROM {_told(column)} THEN coalesce({cell}, '') END AS {cell}"
        for cell, column in told.items()
    )
    pairs = ", ".join(f"{{'key': {literal(column.name)}, 'value': {cell}}}" for cell, column in told.items())
    some = f"map_from_entries(list_filter([{pairs}], lambda one: one.value IS NOT NULL))"
    cells = ", ".join(told)
    return f"""
SELECT * EXCLUDE ({cells}), CASE WHEN coalesce({cells}) IS NOT NULL THEN {some} END AS {OTHERS}
FROM (SELECT * REPLACE ({differ}) FROM (SELECT *, {style} AS {STYLE} FROM ({rows})))"""


def raw_cell(column: Column, row: str) -> str:
    """SQL: the cell as it was written, of a row that `with_less` has made smaller."""
    if column.kind not in _TOLD:
        return f"{row}.{name(CELL + column.name)}"
    key, others = literal(column.name), f"{row}.{OTHERS}"
    return f"CASE WHEN map_contains({others}, {key}) THEN nullif({others}[{key}], '') ELSE {_told(column, f'{row}.')} END"


def _told(column: Column, row: str = "") -> str:
    """SQL: what a cell says, most likely, by its value."""
    value = f"{row}{name(column.name)}"
    if column.kind not in _TIMES:
        return value
    exact = "'day'" if column.kind == "day" else f"{row}{name(precision(column.name))}"
    return f"as_written({value}, {exact}, {row}{STYLE})"
