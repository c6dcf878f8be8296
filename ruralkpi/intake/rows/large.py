"""Large text files: DuckDB cuts them into cells, after their quotes and line ends were proven sound."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray

from ruralkpi.decoding import texts
from ruralkpi.errors import UserError
from ruralkpi.intake.readers.delimited import unwrapped, visible_lines
from ruralkpi.intake.rows.batch import Part
from ruralkpi.intake.rows.broken import Short
from ruralkpi.intake.rows.pieces import Piece, pieces
from ruralkpi.intake.tables.beside import side_by_side
from ruralkpi.intake.tables.clocks import with_clocks
from ruralkpi.intake.tables.kinds import Aside
from ruralkpi.intake.tables.match import Known, Match
from ruralkpi.sql import first_row, literal, name
from ruralkpi.texts import say

MORE = 9  # cells past the header that a row may have, to be told as shifted
BLANK = "\ue000"  # stands in for a blank line, which DuckDB would pass over uncounted
_PAIRS = 10_000  # cells that tell whether clocks stand behind days
_QUOTE, _NEWLINE, _RETURN = 34, 10, 13
_BLANK_LINE = re.compile(rb"(?<=\n)(?=\n)")


def load_large(con: duckdb.DuckDBPyConnection, found: Match, known: Known, file_no: int) -> tuple[list[Part], list[Aside]]:
    """Append the rows of a large file's tables to raw.<export>, the first as `file_no`, the others as the numbers after it;
    returns what was read of each, and what looks like a table and is no export's.

    Raises UserError where quotes don't pair, where DuckDB's rows are not as many as the file's, or where tables stand side by
    side.
    """
    title = found.sheet.title
    if side_by_side(found, known, found.sheet.head):
        raise UserError(say("error.tables_beside", file=title, row=found.header_row))
    with tempfile.TemporaryDirectory() as folder:  # beside the book: see ruralkpi.databases.temporary
        copy = Path(folder) / "text.csv"
        scan = _copied(found, copy)
        expected = scan.rows_n()
        try:
            read_n, blanks = _appended(con, copy, found, file_no)
            if read_n + found.header_row == expected:
                cuts = pieces(con, found, known, file_no, expected, blanks, lambda numbers: _cells(con, copy, found, numbers))
                return [_part(con, copy, piece, no, scan) for no, piece in enumerate(cuts, file_no)], [
                    one for piece in cuts for one in piece.asides
                ]
        except duckdb.Error as fault:
            raise UserError(say("error.csv", file=title, fault=str(fault).splitlines()[0])) from None
    con.execute(f"DELETE FROM raw.{name(found.export.name)} WHERE file_no = {file_no}")
    raise UserError(say("error.rows_differ", file=title, read=read_n + found.header_row, lines=expected))


def _part(con: duckdb.DuckDBPyConnection, copy: Path, piece: Piece, file_no: int, scan: Scan) -> Part:
    """Leave in raw.<export> what a piece of the file holds; the first piece is in it with all that is below it."""
    table = f"raw.{name(piece.match.export.name)}"
    if not piece.is_first:
        _appended(con, copy, piece.match, file_no)
    con.execute(f"DELETE FROM {table} WHERE file_no = {file_no} AND row > {piece.last}")
    passed = piece.again | piece.others
    if passed:
        con.execute(f"DELETE FROM {table} WHERE file_no = {file_no} AND row IN (SELECT unnest(?))", [sorted(passed)])
    kept_n = int(first_row(con, f"SELECT count(*) FROM {table} WHERE file_no = {file_no}")[0])
    short = scan.short(piece.match.width)
    mine = short[(short[:, 0] > piece.match.header_row) & (short[:, 0] <= piece.last)]
    return Part(piece.match, kept_n, piece.header_n, piece.notes(file_no), mine, piece.last if scan.ends_open else None)


def _cells(con: duckdb.DuckDBPyConnection, copy: Path, found: Match, numbers: list[int]) -> dict[int, list[str | None]]:
    """The cells of some rows, by their numbers."""
    rows = con.execute(f"SELECT * FROM ({_rows(copy, found)}) WHERE row IN (SELECT unnest(?))", [numbers]).fetchall()
    return {row[0]: [(cell or "").replace(BLANK, "") or None for cell in row[1:]] for row in rows}


def _copied(found: Match, copy: Path) -> Scan:
    """Write the file as UTF-8, its line ends all LF, its blank lines marked; returns what was seen of its rows."""
    scan = Scan(found.sheet.delimiter, found.sheet.title)
    tail = b"\n"
    with copy.open("wb") as out:
        for block in texts(found.sheet.source.path, found.sheet.encoding):
            text = unwrapped(visible_lines(block).replace("\r\n", "\n").replace("\r", "\n")).encode("utf-8")
            scan.read(text)
            out.write(_BLANK_LINE.sub(BLANK.encode(), tail + text)[1:])
            tail = text[-1:] or tail
    return scan


class Scan:
    """Pairs the quotes of a text, block by block, and counts its rows and what stands between their cells.

    A quote opens after a delimiter or line end and closes before one; where that fails, one was left open.
    """

    def __init__(self, delimiter: str, file: str) -> None:
        self.file, self.line, self.ends, self.is_open = file, 1, 0, False
        self.around = np.frombuffer(f'{delimiter}\n\r"'.encode(), dtype=np.uint8)
        self.mark = ord(delimiter) if delimiter.isascii() else None
        self.marks: list[NDArray[np.int32]] = []  # of each row, those outside quotes
        self.begun = 0  # of the row that has not ended
        self.ends_open = False  # without a line end
        self.rest = b"\n"

    def read(self, text: bytes, is_last: bool = False) -> None:
        """Take the next block; its last byte waits for the next one, since a closing quote is judged by what follows."""
        data = self.rest + text
        if is_last:
            data += b"\n"
        if len(data) < 3:
            self.rest = data
            return
        bytes_ = np.frombuffer(data, dtype=np.uint8)
        inner = bytes_[1:-1]
        quotes = np.flatnonzero(inner == _QUOTE) + 1
        opening = (np.arange(len(quotes)) % 2 == 0) ^ self.is_open
        beside = np.where(opening, bytes_[quotes - 1], bytes_[quotes + 1])
        wrong = ~np.isin(beside, self.around)
        lines = np.flatnonzero(inner == _NEWLINE) + 1
        if wrong.any():
            at = quotes[int(np.argmax(wrong))]
            raise UserError(say("error.quote", file=self.file, line=self.line + int(np.searchsorted(lines, at))))
        inside = (np.searchsorted(quotes, lines) % 2 == 1) ^ self.is_open
        if self.mark is not None:
            self._count_marks(inner, lines[~inside] - 1, len(quotes) > 0)
        self.ends += int((~inside).sum())
        self.line += len(lines)
        self.is_open ^= len(quotes) % 2 == 1
        self.rest = data[-2:]

    def _count_marks(self, text: NDArray[np.uint8], ends: NDArray[np.intp], has_quotes: bool) -> None:
        is_mark = text == self.mark
        if has_quotes or self.is_open:
            is_mark &= (np.cumsum(text == _QUOTE, dtype=np.uint8) % 2 == 1) == self.is_open
        counts = np.cumsum(is_mark, dtype=np.int64)
        of_rows = np.diff(counts[ends], prepend=-self.begun)
        self.begun = self.begun * (not len(ends)) + int(counts[-1] - (counts[ends[-1]] if len(ends) else 0))
        self.marks.append(of_rows.astype(np.int32))

    def short(self, least: int) -> Short:
        """The rows with fewer cells than `least`, when rows_n() has been asked: their numbers, and how many."""
        cells_n = np.concatenate([*self.marks, np.array([self.begun] * self.ends_open, dtype=np.int32)]) + 1
        numbers = np.flatnonzero(cells_n < least)
        return np.stack([numbers + 1, cells_n[numbers]], axis=1).astype(np.int64)

    def rows_n(self) -> int:
        """Rows in the whole text. Raises UserError when a quote is open at its end."""
        self.ends_open = self.rest[-1:] != b"\n"
        self.read(b"", is_last=True)
        if self.is_open:
            raise UserError(say("error.quote", file=self.file, line=self.line))
        return self.ends + self.ends_open


def _rows(path: Path, found: Match) -> str:
    """SQL of the file's rows as ``row`` (1 = the file's first) and ``c0 … cN``, all text."""
    return f"SELECT row_number() OVER () AS row, * FROM {read_csv(path, found)}"


def read_csv(path: Path, found: Match, more: int = MORE) -> str:
    """SQL of the rows of a text in UTF-8 with LF as ``c0 … cN``, so many more columns than the header has, in their order."""
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(found.cells_n + more))
    return (
        f"read_csv({literal(str(path))}, header = false, auto_detect = false, "
        f"delim = {literal(found.sheet.delimiter)}, quote = '\"', escape = '\"', columns = {{{columns}}}, null_padding = true, "
        f"strict_mode = true, parallel = false, max_line_size = 16777216, new_line = '\\n')"
    )


def _appended(con: duckdb.DuckDBPyConnection, copy: Path, found: Match, file_no: int) -> tuple[int, list[int]]:
    """Put the file's rows below a header into its raw table; returns how many, and the numbers of the blank ones, which are
    there only for as long as it takes to count them."""
    found = with_clocks(found, lambda place: _pairs(con, copy, found, place))
    cells = [f"f{i}" for i in range(found.cells_n + MORE)]
    columns = {column: cell(found, column) for column in found.export.columns}
    table = f"raw.{name(found.export.name)}"
    with linear(con):
        con.execute(f"""
INSERT INTO {table} (file_no, row, filled_n, lead, extra_n, {", ".join(map(name, columns))})
SELECT {file_no}, row, {count(cells)}, coalesce({", ".join(cells)}), {count(cells[found.cells_n :])},
    {", ".join(columns.values())}
FROM (SELECT *, {", ".join(map(filled, range(len(cells))))} FROM ({_rows(copy, found)}) WHERE row > {found.header_row})""")
    of_file = f"FROM {table} WHERE file_no = {file_no}"
    read_n = int(first_row(con, f"SELECT count(*) {of_file}")[0])
    blanks = [number for (number,) in con.execute(f"SELECT row {of_file} AND filled_n = 0 ORDER BY row").fetchall()]
    if blanks:
        con.execute(f"DELETE {of_file} AND filled_n = 0")
    return read_n, blanks


def _pairs(con: duckdb.DuckDBPyConnection, copy: Path, found: Match, place: int) -> list[tuple[str | None, str | None]]:
    """The cells of a column, each with the one behind it, of the first rows in which that says anything."""
    cells, behind = _c(place), f"c{place + 1}"
    rows = f"({_rows(copy, found)}) WHERE row > {found.header_row} AND trim({behind}) <> '' LIMIT {_PAIRS}"
    return con.execute(f"SELECT {cells}, {behind} FROM {rows}").fetchall()


@contextmanager
def linear(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Without the search for common parts, which takes the square of the number of columns and here finds none."""
    con.execute("SET disabled_optimizers = 'common_subexpressions'")
    try:
        yield
    finally:
        con.execute("SET disabled_optimizers = ''")


def _c(place: int) -> str:
    """SQL of a cell as it stands in the file."""
    return f"c{place}" if place else f"replace(c0, {literal(BLANK)}, '')"


def filled(place: int) -> str:
    """SQL of ``f0 … fN``: the cell when it holds more than blanks; what begins with a letter, digit or Chinese character
    needs no trim."""
    cell = _c(place)
    shown = f"{cell} BETWEEN '!' AND '~' OR {cell} BETWEEN '一' AND '龥'"
    return f"CASE WHEN {shown} OR trim({cell}, ' \t\r\n\u3000\u00a0') <> '' THEN {cell} END AS f{place}"


def count(cells: list[str]) -> str:
    """SQL: how many cells are filled, as a sum that is nested no deeper than their number's logarithm."""
    parts = [f"CAST({cell} IS NOT NULL AS INTEGER)" for cell in cells]
    while len(parts) > 1:
        parts = [f"({' + '.join(parts[i : i + 2])})" for i in range(0, len(parts), 2)]
    return parts[0]


def cell(found: Match, column: str) -> Any:
    constant = found.export.columns[column].constant
    if constant is not None:
        return literal(constant)
    parts = [f"nullif({_c(place)}, '')" for place in found.places.get(column, ())]
    return "NULL" if not parts else parts[0] if len(parts) == 1 else f"concat_ws(' ', {', '.join(parts)})"
