"""A sheet cut into its tables before anything is read from it: one below the other, side by side, and what is none (X32).

Every row that says anything belongs to one table of the sheet: as a record, its header, the header again, or a line that is
no record. Where tables stand side by side each counts its own part of a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from ruralkpi.intake.readers.page import Row
from ruralkpi.intake.tables.beside import Strip, around, narrowed, side_by_side
from ruralkpi.intake.tables.kinds import (
    Aside,
    aside,
    breaks_off,
    filled,
    is_again,
    is_heading,
    may_be_header,
    reads_like_header,
    unlike_records,
)
from ruralkpi.intake.tables.match import Known, Match


@dataclass
class Table:
    """Rows `first` to `last` of a sheet (1 = its first) that belong to one header; `rows` are the whole sheet's, cut to the
    table's columns.

    `again`: rows that repeat the header; `others`: rows of tables that are no export, or that speak only beside this one.
    """

    match: Match
    rows: list[Row]
    first: int
    last: int
    again: set[int] = field(default_factory=set)
    others: set[int] = field(default_factory=set)

    def pairs(self, place: int) -> Iterator[tuple[str | None, str | None]]:
        """The cells of a column below the header, each with the one behind it."""
        for row in self.rows[self.match.header_row : self.last]:
            if len(row) > place + 1:
                yield row[place], row[place + 1]


@dataclass
class Cut:
    """The tables of a sheet from top to bottom, and what looks like a table and is no export's."""

    tables: list[Table] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)

    def add(self, other: Cut) -> None:
        """Take over what was found elsewhere."""
        self.tables += other.tables
        self.asides += other.asides


def cut(found: Match, known: Known, rows: list[Row], first: int = 1, last: int | None = None) -> Cut:
    """The tables in rows `first` to `last` (None: the last one) of a sheet; `found` is the topmost header there."""
    done, rows = Cut(), rows if last is None else rows[:last]
    below: Match | None = found
    while below is not None:
        strips = side_by_side(below, known, rows)
        below = _across(done, strips, below, known, first, rows) if strips else _down(done, below, known, first, rows)
        first = (done.tables[-1].last if done.tables else first) + 1
    return done


def _across(done: Cut, strips: Sequence[Strip], found: Match, known: Known, first: int, rows: list[Row]) -> Match | None:
    """Add the tables that stand side by side; returns the header below that reaches over several of them."""
    below = None
    for number in unlike_records(rows, found.header_row + 1, found):
        wide = known.header_at(found.sheet, rows, number) if may_be_header(rows[number - 1], known) else None
        if wide and not any(_is_within(wide, strip) for strip in strips):
            below = wide
            break
    end = below.top_row - 1 if below else len(rows)
    for strip in strips:
        if strip.match:
            done.add(cut(strip.match, known, strip.rows, first, end))
    return below


def _is_within(wide: Match, strip: Strip) -> bool:
    places = [place for several in wide.places.values() for place in several]
    return strip.left <= min(places) and (strip.right is None or max(places) < strip.right)


def _down(done: Cut, found: Match, known: Known, first: int, rows: list[Row]) -> Match | None:
    """Add the table of one header, and those in the columns around it; returns the header that ends it."""
    table = Table(found, rows, first, len(rows))
    _above(done, table, known)
    below, start = None, 0
    for number in unlike_records(rows, found.header_row + 1, found):
        row = rows[number - 1]
        if is_again(row, found, rows):
            start = _set_aside(done, table, known, start, number)
            table.again.add(number)
        elif may_be_header(row, known):
            below = known.header_at(found.sheet, rows, number)
            if below and _says_no_more(below, table):
                table.again.add(number)
            elif below:
                break
            elif not start and (reads_like_header(row, known) or breaks_off(rows, number, found)):
                start = number
        below = None
    table.last = _last(table, below.top_row - 1) if below else len(rows)
    _set_aside(done, table, known, start, table.last + 1)
    _beside(done, table, known)
    return below


def _last(table: Table, last: int) -> int:
    """The last row of a table above the next one's header: without that one's headings and the blank lines around them."""
    number = last
    while number > table.match.header_row:
        is_blank = not filled(table.rows[number - 1])
        if not is_blank and (number in table.again or not is_heading(table.rows, number, table.match)):
            break
        number -= 1
    return number


def _says_no_more(below: Match, table: Table) -> bool:
    """Whether a header stands right under one that says as much, such as the same in another language; the same columns in
    other places begin a table."""
    upper = table.match
    is_moved = any(upper.places.get(column, place) != place for column, place in below.places.items())
    is_next = all(number in table.again for number in range(upper.header_row + 1, below.top_row))
    return is_next and not is_moved and below.export.name == upper.export.name and len(below.places) <= len(upper.places)


def _set_aside(done: Cut, table: Table, known: Known, start: int, end: int) -> int:
    """Put the rows from `start` to before `end` aside, when a table that is none began there."""
    if start:
        table.others |= {number for number in range(start, end) if filled(table.rows[number - 1])}
        done.asides.append(aside(table.rows, start, end - 1, table.match, known))
    return 0


def _above(done: Cut, table: Table, known: Known) -> None:
    """Name a table above the header that is no export's: rows under what reads like headers."""
    top = table.match.top_row
    for number in range(table.first, top):
        row = table.rows[number - 1]
        if may_be_header(row, known) and reads_like_header(row, known):
            if sum(1 for other in table.rows[number : top - 1] if len(filled(other)) > 1):
                _set_aside(done, table, known, number, top)
            return


def _beside(done: Cut, table: Table, known: Known) -> None:
    """Add the table, without the columns beside it in which others stand, and these."""
    found, left, right = narrowed(table.match, known, table.rows, table.last)
    whole, beside = table.rows, Cut()
    for strip in around(found, known, whole, table.last, left, right):
        if strip.left == 0:
            left = strip.right or 0
        else:
            right = strip.left
        sheet = replace(found.sheet, left=found.sheet.left + strip.left)
        if strip.match:
            beside.add(cut(replace(strip.match, sheet=sheet), known, strip.rows, found.top_row, table.last))
        else:
            beside.asides.append(aside(strip.rows, strip.first, table.last, replace(found, sheet=sheet), known))
            spoken = [n for n in range(strip.first, table.last + 1) if filled(strip.rows[n - 1])]
            table.others |= {n for n in spoken if n > found.header_row and not filled(whole[n - 1][left:right])}
    if (left, right) != (0, None):
        table.rows = [[None] * left + row[left:right] for row in whole]
        found = replace(found, sheet=replace(found.sheet, left=found.sheet.left + left))
    table.match = found
    done.tables.append(table)
    done.add(beside)
