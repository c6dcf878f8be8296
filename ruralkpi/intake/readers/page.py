"""One sheet of a workbook as its reader hands it on, and how cells that are merged fill the rows they span."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

Row = list[Any]

FORMULA = "\ue001公式"  # stands where a formula has no stored value: neither a blank nor a value (X32)
_MOST_FILLED = 1_000_000  # cells that merged ones may fill in a sheet; no person merges more


class Page(NamedTuple):
    """A sheet: its name, its rows of text (None is an empty cell), whether it is hidden, whether FORMULA is among its cells."""

    name: str
    rows: list[Row]
    is_hidden: bool = False
    has_formulas: bool = False


def number_in(words: dict[str, str], name: str, otherwise: int) -> int:
    """An attribute's number, such as how many rows a cell spans; `otherwise` where it says none that a sheet could have."""
    text = words.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def numbered(names: Iterable[str]) -> list[str]:
    """The names, with a number behind one that stood there before.

    >>> numbered(["S", "T", "S", "", ""])
    ['S', 'T', 'S<2>', '', '']
    """
    found: dict[str, int] = {}
    own = list[str]()
    for name in names:
        shown = name
        while name and shown in found:
            found[name] += 1
            shown = f"{name}<{found[name]}>"
        found[shown] = 1
        own.append(shown)
    return own


def filled_down(rows: list[Row], spans: Iterable[tuple[int, int, int]]) -> list[Row]:
    """Put the value of a cell merged over several rows into each of them: it is said of all. Spans: top, bottom, column.

    A row that says nothing of its own stays blank: a title merged over three rows is one line, a record merged so one record.
    """
    left, own = _MOST_FILLED, dict[int, bool]()
    for top, bottom, column in spans:
        left -= max(min(bottom, len(rows)) - top, 0)
        if left < 0:
            break
        value = rows[top][column] if top < len(rows) and column < len(rows[top]) else None
        for number in range(top + 1, min(bottom + 1, len(rows))) if value is not None else ():
            row = rows[number]
            if own.setdefault(number, any(row)):
                row.extend([None] * (column + 1 - len(row)))
                row[column] = row[column] or value
    return rows
