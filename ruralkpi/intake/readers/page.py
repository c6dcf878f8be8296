"""One sheet of a workbook as its reader hands it on, and how cells that are merged fill the rows they span."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

Row = list[Any]

FORMULA = "\ue001公式"  # stands where a formula has no stored value: neither a blank nor a value (X32)
SINCE_1904 = dt.date(1904, 1, 1)
_MOST_FILLED = 1_000_000  # cells that merged ones may fill in a sheet; no person merges more
_SERIAL = re.compile(r"(?<![^\s;；,，、|])[1-7]\d{4}(?:\.\d+)?(?![^\s;；,，、|])")  # alone, or one of several in a cell


class Page(NamedTuple):
    """A sheet: its name, its rows of text (None is an empty cell), whether it is hidden, whether FORMULA is among its cells, and
    the day from which its workbook counts days where that is a day of its own."""

    name: str
    rows: list[Row]
    is_hidden: bool = False
    has_formulas: bool = False
    day_zero: dt.date | None = None


def number_in(words: dict[str, str], name: str, otherwise: int) -> int:
    """An attribute's number, such as how many rows a cell spans; `otherwise` where it says none that a sheet could have."""
    text = words.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def counted_from(day_zero: dt.date, cell: str | None) -> str | None:
    """A cell of a column of times where the workbook counts days from this one: its bare numbers of days as the times they mean.

    >>> counted_from(SINCE_1904, "44836"), counted_from(SINCE_1904, "44836.5"), counted_from(SINCE_1904, "2026-10-03")
    ('2026-10-03', '2026-10-03 12:00:00', '2026-10-03')
    """

    def said(days: re.Match[str]) -> str:
        moment = dt.datetime.combine(day_zero, dt.time()) + dt.timedelta(seconds=round(float(days[0]) * 86400))
        return moment.isoformat(sep=" ").removesuffix(" 00:00:00")

    return cell and _SERIAL.sub(said, cell)


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
