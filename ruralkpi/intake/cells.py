"""Raw cells beside their typed values: kept only where the value does not tell what was written."""

from __future__ import annotations

from ruralkpi.exports.form import Column
from ruralkpi.sql import name

CELL = "cell_"  # what a raw row's column is called beside the typed one


def cell_left_out(column: Column) -> str:
    """SQL: a raw cell that its typed value does not tell, as it is kept; '' for an empty one with a value, NULL for one that is
    told. `raw_cell` reads it again."""
    cell, value = name(CELL + column.name), _told(column)
    return f"CASE WHEN {cell} IS DISTINCT FROM {value} THEN coalesce({cell}, '') END AS {cell}" if value else cell


def raw_cell(column: Column, row: str) -> str:
    """SQL: the cell as it was written, of a row that `cell_left_out` has made smaller."""
    cell, value = f"{row}.{name(CELL + column.name)}", _told(column, f"{row}.")
    return f"CASE WHEN {cell} IS NULL THEN {value} ELSE nullif({cell}, '') END" if value else cell


def _told(column: Column, row: str = "") -> str:
    """SQL: what a cell most likely says, by its typed value; '' where that would not pay."""
    value = f"{row}{name(column.name)}"
    return {"id": value, "text": value, "stamp": f"CAST({value} AS VARCHAR)", "day": f"CAST({value} AS VARCHAR)"}.get(
        column.kind, ""
    )
