"""What a row below a header may be besides a record: the header again, another export's header, the header of no export."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ruralkpi.exports.form import plain
from ruralkpi.intake.readers.page import FORMULA, Row
from ruralkpi.intake.tables.headers import is_label, is_title
from ruralkpi.intake.tables.match import Known, Match, lacking

BLANKS = " \t\r\n\u3000\u00a0\x1a"
_DIGIT = re.compile(r"\d")
_SAMPLE = 50  # rows that tell what a column's cells look like
_BELOW = 5  # rows that tell whether a table goes on


def filled(row: Row) -> list[str]:
    """The cells of a row that say anything."""
    return [cell for cell in row if cell and cell.strip(BLANKS)]


def is_again(row: Row, found: Match, rows: Sequence[Row]) -> bool:
    """Whether a row says what the header says, each cell in its place: a page that was glued on."""
    cells = [(place, plain(cell)) for place, cell in enumerate(row) if cell and cell.strip(BLANKS)]
    heads = rows[found.top_row - 1 : found.header_row]
    return len(cells) > min(1, found.filled_n - 1) and any(
        all(place < len(head) and head[place] and plain(head[place]) == cell for place, cell in cells) for head in heads
    )


def may_be_header(row: Row, known: Known) -> bool:
    """Whether a row is worth a look: two cells or more, and no digit but in a header that is known, such as 10000申告时间."""
    cells = filled(row)
    return len(cells) > 1 and all(not _DIGIT.search(cell) or plain(cell) in known.words for cell in cells)


def reads_like_header(row: Row, known: Known) -> bool:
    """Whether a row that may be a header reads like one: each cell like a header, or half of them and more than one known."""
    cells = filled(row)
    known_n = sum(1 for cell in cells if plain(cell) in known.words)
    return (known_n > 1 and known_n * 2 >= len(cells)) or (len(cells) > 2 and all(map(is_title, cells)))


def breaks_off(rows: Sequence[Row], number: int, found: Match) -> bool:
    """Whether with a row that may be a header something begins whose rows have other ids than the table above it: the next rows
    behind a blank line or a title, else all that are near behind a row that reads a bit like a header."""
    is_behind_gap = number > 1 and len(filled(rows[number - 2])) < 2
    if not is_behind_gap and sum(map(is_title, filled(rows[number - 1]))) < 2:
        return False
    place = _id_place(found)
    near = rows[max(found.header_row, number - 1 - _SAMPLE) : number - 1]
    above = {_shape(row, place) for row in near if place < len(row) and row[place]}
    deep = _BELOW if is_behind_gap else _SAMPLE
    below = [_shape(row, place) for row in rows[number : number + 2 * deep] if len(filled(row)) > 1][:deep]
    return bool(above) and len(below) > (not is_behind_gap) and above.isdisjoint(below)


def is_heading(rows: Sequence[Row], number: int, found: Match) -> bool:
    """Whether a row above the next table's header is its heading: labels, or one cell unlike most ids of the table above."""
    cells, place = filled(rows[number - 1]), _id_place(found)
    if len(cells) > 1:
        return all(map(is_label, cells))
    sample = rows[found.header_row : min(found.header_row + _SAMPLE, number - 1)]
    above = [_shape(row, place) for row in sample if len(filled(row)) > 1]
    return above.count(_shape(list(cells), 0)) * 2 <= len(above)


def unlike_records(rows: Sequence[Row], start: int, found: Match) -> Iterator[int]:
    """Numbers (1 = the first of `rows`) of the rows from `start` on that are not plainly records: these end in a digit where
    the records above do, in two columns, and no header does. Nearly all rows of a file are passed over by this."""
    sample = [row for row in rows[found.header_row : found.header_row + _SAMPLE] if row and any(row)]
    tails = [sum(1 for row in sample if place < len(row) and _ends_in_digit(row[place])) for place in range(found.width)]
    places = [place for place, n in enumerate(tails) if n and n * 5 >= len(sample) * 4]
    one, two = (places * 2)[:2] if places else (0, 0)
    digits = frozenset("0123456789" if places else "")
    for number in range(start, len(rows) + 1):
        row = rows[number - 1]
        if not (len(row) > two and (cell := row[one]) and cell[-1] in digits and (cell := row[two]) and cell[-1] in digits):
            yield number


@dataclass(frozen=True)
class Aside:
    """Rows of a sheet that are a table, but no export's: where they stand, their headers, and the export that they are nearest to
    with the columns that they lack of it."""

    title: str
    first: int
    last: int
    rows_n: int
    headers: tuple[str, ...]
    nearest: tuple[str, str] | None = None


def aside(rows: Sequence[Row], first: int, last: int, found: Match, known: Known, row: int = 0) -> Aside:
    """The table that is none in these rows; `found` is that of the sheet beside or around it; `row`: the sheet's number of the
    first of them, where it is another one."""
    heads = known.alone(found.sheet, rows, first)
    nearest = max(heads, key=lambda head: (len(head.places), head.rank), default=None)
    n = sum(1 for row in rows[first:last] if filled(row))
    near = lacking(nearest) if nearest is not None and len(nearest.places) > 1 and nearest.missing else None
    return Aside(found.sheet.title, row or first, last, n, tuple(filled(rows[first - 1])), near)


def _ends_in_digit(cell: str | None) -> bool:
    return bool(cell) and cell[-1:].isdigit()  # type: ignore[index]


def _id_place(found: Match) -> int:
    """Where the id stands that tells one record from another, else what else must be there."""
    columns = [*found.export.key, *(name for name, column in found.export.columns.items() if column.required)]
    return next((found.places[name][0] for name in columns if name in found.places), 0)


def _shape(row: Row, place: int) -> str:
    """A cell by the kinds of its characters: K12 is A9, 竹园 is 中; empty is empty."""
    cell = (row[place] or "").strip(BLANKS) if place < len(row) else ""
    if cell == FORMULA:
        return FORMULA
    marks = re.sub(r"\d+", "9", cell)
    return re.sub(r"[^\W\d_A-Za-z]+", "中", re.sub(r"[A-Za-z]+", "A", marks))
