"""Text that none of the usual delimiters cuts: which other single character may be the delimiter."""

from __future__ import annotations

from collections.abc import Sequence

from ruralkpi.intake.readers.delimited import DELIMITERS
from ruralkpi.intake.readers.sheets import Sheet
from ruralkpi.texts import say

_FEWEST = 2  # times that a delimiter stands in a row
_NEVER = frozenset(" -:/.\"'\r\n\0\ufeff") | frozenset(DELIMITERS)  # what times, amounts and quoting are written with
_MOST_TRIED = 12
_ALIKE = 0.9  # of the rows below the header, those that have as many cells


def other_ways(ways: Sequence[Sheet]) -> list[Sheet]:
    """The same text cut by each other mark that stands in its lines several times; none where a usual delimiter is there."""
    if not ways[0].delimiter or any(len(row) > _FEWEST for way in ways for row in way.head):
        return []
    counts: dict[str, int] = {}
    for row in ways[0].head:
        for mark in set(row[0] if row else ""):
            if not mark.isalnum() and mark not in _NEVER and row[0].count(mark) >= _FEWEST:
                counts[mark] = counts.get(mark, 0) + 1
    likely = sorted(counts, key=lambda mark: (-counts[mark], mark))[:_MOST_TRIED]
    return [ways[0].cut_by(mark) for mark in likely]


def is_even(sheet: Sheet, header_row: int = 1) -> bool:
    """Whether the rows below the header have as many cells as it, nearly all: then the mark cuts no text that it stands in."""
    width = len(sheet.head[header_row - 1])
    below = [row for row in sheet.head[header_row:] if any(row)]
    return width > _FEWEST and sum(len(row) == width for row in below) >= _ALIKE * len(below)


def spoken(mark: str) -> str:
    """A mark as a person reads it: one that can't be seen by its number."""
    if mark == " ":
        return say("error.blank_mark")
    return mark if mark.isprintable() and not mark.isspace() else f"U+{ord(mark):04X}"
