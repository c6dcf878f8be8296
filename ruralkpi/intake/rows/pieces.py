"""A large text file cut into its tables: looked for among the rows that DuckDB has read as if they were one (X32)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import duckdb

from ruralkpi.intake.readers.page import Row
from ruralkpi.intake.remarks import Note
from ruralkpi.intake.tables.headers import patterns
from ruralkpi.intake.tables.kinds import Aside, aside, filled, is_again, may_be_header, reads_like_header
from ruralkpi.intake.tables.match import Known, Match
from ruralkpi.sql import literal, literals, name

_SERIAL = ("序号", "序", "no", "no.", "#", "id", "行号", "编号")  # what a header may begin with that no export knows
_MOST = 10_000  # rows worth a look; more of them are records
Cells = Callable[[list[int]], dict[int, Row]]


@dataclass
class Piece:
    """One table of a large file: rows `first` to `last`, as Table says it of a small one; `texts`: first cells of notes."""

    match: Match
    first: int
    last: int
    is_first: bool
    header_n: int
    again: set[int] = field(default_factory=set)
    others: set[int] = field(default_factory=set)
    texts: dict[int, str] = field(default_factory=dict)
    asides: list[Aside] = field(default_factory=list)

    def notes(self, file_no: int) -> list[Note]:
        """Its rows that are no records by where they stand."""
        kinds = {number: "header" if number in self.again else "other" for number in self.again | self.others}
        kinds |= {number: "title" for number in self.texts if number < self.match.top_row}
        return [
            (self.match.export.name, file_no, number, kind, self.texts.get(number, "…")[:300])
            for number, kind in sorted(kinds.items())
        ]


def pieces(
    con: duckdb.DuckDBPyConnection, found: Match, known: Known, file_no: int, last: int, blanks: Sequence[int], cells: Cells
) -> list[Piece]:
    """The tables of the file whose rows stand in raw.<export> as `file_no`, all below the header `found`."""
    head = found.sheet.head
    above = {number: said[0] for number in range(1, found.top_row) if (said := filled(head[number - 1]))}
    done = [Piece(found, 1, last, True, found.header_row - found.top_row + 1, texts=above)]
    worth = _worth_a_look(con, found, known, file_no, blanks)
    looked = worth | {number - 1 for number in worth if number > found.header_row + 1}  # group heads begin in words of their own
    if not looked:
        return done
    near = cells(sorted({number + more for number in looked for more in (0, 1)}))
    start, passed = 0, 0
    for number in sorted(looked):
        row, piece = near.get(number, []), done[-1]
        if number <= passed:
            continue
        if is_again(row, piece.match, head) if piece.is_first else is_again(row, piece.match, _at(near, piece.match)):
            start = _close(con, piece, start, number)
            piece.again.add(number)
            piece.texts[number] = filled(row)[0]
        elif may_be_header(row, known):
            below = known.header_at(found.sheet, [row, near.get(number + 1, [])], 1)
            if below:
                start = _close(con, piece, start, number)
                piece.last = number - 1
                below = replace(below, header_row=below.header_row + number - 1)
                passed = below.header_row
                done.append(Piece(below, number, last, False, below.header_row - number + 1))
            elif not start and reads_like_header(row, known):
                start = number
                piece.asides.append(aside([row], 1, 1, found, known, number))
    _close(con, done[-1], start, last + 1)
    return done


def _at(near: dict[int, Row], match: Match) -> list[Row]:
    """The rows up to a header, of which only those of the header are looked at."""
    return [near.get(number, []) for number in range(1, match.header_row + 1)]


def _close(con: duckdb.DuckDBPyConnection, piece: Piece, start: int, end: int) -> int:
    """Put the rows from `start` to before `end` aside, when a table that is none began there."""
    if start:
        rows = con.execute("SELECT row, lead FROM first_read WHERE row BETWEEN ? AND ?", [start, end - 1]).fetchall()
        piece.others |= {number for number, _ in rows}
        piece.texts |= dict(rows)
        piece.asides[-1] = replace(piece.asides[-1], last=end - 1, rows_n=len(rows) - 1)
    return 0


def _worth_a_look(con: duckdb.DuckDBPyConnection, found: Match, known: Known, file_no: int, blanks: Sequence[int]) -> set[int]:
    """Rows that begin like a header, or stand behind a blank line."""
    table = f"raw.{name(found.export.name)}"
    con.execute(f"CREATE OR REPLACE TEMP VIEW first_read AS SELECT row, lead FROM {table} WHERE file_no = {file_no}")
    bare = "lower(regexp_replace(lead, '[*＊\\s　]|[(（](必填|选填)[)）]', '', 'g'))"
    heads = literals(sorted({*known.words, *_SERIAL}))
    looked: set[int] = set()
    for is_worth in (f"{bare} IN {heads}", f"regexp_matches(lead, {literal(patterns()['title'])}, 'i')"):
        query = f"SELECT row FROM first_read WHERE NOT regexp_matches(lead, '[0-9]$') AND {is_worth} LIMIT {_MOST + 1}"
        rows = con.execute(query).fetchall()
        looked |= {number for (number,) in rows} if len(rows) <= _MOST else set()
    return looked | ({number + 1 for number in blanks} if len(blanks) <= _MOST else set())
