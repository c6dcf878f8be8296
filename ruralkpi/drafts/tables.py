"""The tables of one file as they lie there: headers, understood or not, and what stands below each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from ruralkpi.exports.form import Export
from ruralkpi.exports.vocabulary import key, shared
from ruralkpi.intake.readers.box.parent import Box
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.readers.marks import is_even, other_ways
from ruralkpi.intake.readers.sheets import Sheet, sheets_of
from ruralkpi.intake.tables.headers import is_title
from ruralkpi.intake.tables.match import Known, Match, delimiters

_LIKE_A_HEADER = 0.7  # of the fullest row's cells: a row as full as this, the first of them without values, is the header


@dataclass(frozen=True)
class Seen:
    """The first table of a sheet. `match`: what an export makes of its header, None where none knows a word of it; `titles`: its
    headers, '' for none; `cells`: grain one text of a column: place (0 = the first), text, n, row (the file's first is 1)."""

    sheet: Sheet
    match: Match | None
    header_row: int
    titles: tuple[str, ...]
    cells: pd.DataFrame

    @property
    def is_understood(self) -> bool:
        """Whether it is read as it is."""
        return self.match is not None and not self.match.missing

    @cached_property
    def by_place(self) -> dict[int, pd.DataFrame]:
        """The texts of each column, in the order of rows."""
        return {int(str(place)): own.sort_values("row") for place, own in self.cells.groupby("place", sort=True)}

    def texts(self, place: int) -> list[str]:
        """The texts of a column, each once."""
        return list(self.by_place[place]["text"]) if place in self.by_place else []


def look(source: Source, box: Box, exports: Sequence[Export]) -> Iterator[Seen]:
    """Each sheet that is shown and holds more than a line. Raises UserError for a file that can't be read."""
    for ways in sheets_of(source, box, delimiters(exports, source.name)):
        known = Known.of(exports, source.name).on_page(ways[0])
        if known.exports and not ways[0].is_hidden and (seen := _seen(ways, known)) is not None:
            yield seen


def _seen(ways: Sequence[Sheet], known: Known) -> Seen | None:
    others = [way for way in other_ways(ways) if is_even(way)]
    best = known.first(ways) or known.first(others)
    if best is not None and (best.places and (best.named or not best.missing or len(best.places) > 1)):
        sheet, number, titles = best.sheet, best.header_row, best.titles
    else:
        sheet = max([*others, *ways], key=lambda way: max(map(len, way.head), default=0))
        number, best = _header_row(sheet), None
        titles = tuple((cell or "").strip() for cell in sheet.head[number - 1]) if number else ()
    if not any(titles):
        return None
    rows = sheet.head if sheet.is_large else sheet.all_rows(len(titles))
    return Seen(sheet, best, number, titles, _cells([row[: len(titles)] for row in rows], number))


def _header_row(sheet: Sheet) -> int:
    """The row (1 = the first) that reads most like a header: as full as most, without digits; 0 where nothing stands there."""
    full = [[cell for cell in row if cell and cell.strip()] for row in sheet.head]
    most = max(map(len, full), default=0)
    likely = [n for n, cells in enumerate(full, start=1) if len(cells) >= max(_LIKE_A_HEADER * most, 1)]
    words = [n for n in likely if not any(any(mark.isdigit() for mark in cell) for cell in full[n - 1])]
    titled = [n for n in words if sum(map(is_title, full[n - 1])) * 2 >= len(full[n - 1])]
    return next(iter(titled or words or likely), 0)


def _cells(rows: list[list[str | None]], header_row: int) -> pd.DataFrame:
    """Every text below the header that says anything, once a column."""
    frame = pd.DataFrame(rows[header_row:], dtype=object)
    frame.index = pd.RangeIndex(header_row + 1, header_row + 1 + len(frame), name="row")
    long = frame.reset_index().melt(id_vars="row", var_name="place", value_name="text").dropna()
    long["text"] = long["text"].astype(str).str.strip()
    nothing = {key(word) for word in (*shared()["blank"]["words"], "")}
    long = long[~long["text"].map(key).isin(nothing)]
    return long.groupby(["place", "text"], sort=False).agg(n=("row", "size"), row=("row", "min")).reset_index()
