"""Small text files that are plain tables of one shape: cut and taken over together, since a file alone costs more than its rows.

Plain is what needs no look at its rows: one header in the first line, then records and nothing else, which can be seen from
the text and from the cells at once. Whatever is not plainly so is left to be read with care, a file at a time.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ruralkpi.errors import UserError
from ruralkpi.exports.form import Export, plain
from ruralkpi.exports.invisible import shown
from ruralkpi.intake.readers.delimited import DELIMITERS, HEAD_ROWS
from ruralkpi.intake.readers.files import Source, content_kind, decoded
from ruralkpi.intake.readers.sheets import SMALL, Sheet
from ruralkpi.intake.rows.batch import Part
from ruralkpi.intake.rows.large import MORE, Scan, count, filled, linear, read_csv
from ruralkpi.intake.tables.headers import A_DAY
from ruralkpi.intake.tables.kinds import BLANKS
from ruralkpi.intake.tables.match import Known, Match, delimiters, match
from ruralkpi.sql import literal, name

# a cell that no header has: an id that ends in a number, a day with its year first
_RECORD = r"[A-Za-z]{0,6}\d+"
_DAY = r"[12]\d{3}[-/.年]\d{1,2}[-/.月]\d.*"
_ODD = (b"\r", b'="', b"\x1a")
_NEWLINE = 10


@dataclass
class _Shape:
    """Files that begin with the same header and may be the same exports, in their order, with their texts below the header as
    UTF-8; `lines_n`: lines of these; `is_padded`: a cell of theirs may hold nothing but blanks."""

    header: Match
    known: Known
    files: list[Source] = field(default_factory=list)
    encodings: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    lines_n: list[int] = field(default_factory=list)
    is_padded: bool = False

    @property
    def table(self) -> str:
        return f"raw.{name(self.header.export.name)}"

    def end_with_a_cell(self) -> None:
        """Without the last lines of nothing but empty cells."""
        text = self.bodies[-1]
        end = text.find(b"\n", len(text.rstrip(b' \t\n,;|"'))) + 1
        self.bodies[-1] = text[:end]
        self.lines_n[-1] -= text.count(b"\n", end)

    def match_of(self, place: int) -> Match:
        """What a file by itself would be matched as."""
        sheet = replace(self.header.sheet, source=self.files[place], encoding=self.encodings[place])
        return replace(self.header, sheet=sheet)


class Plain:
    """`Plain(con, sources, exports)`: puts the rows of the plain ones among them into raw.*, under numbers below 0;
    `part(source, file_no)` is one's part, None for others; `write()` gives the rows the numbers that were told so."""

    def __init__(self, con: duckdb.DuckDBPyConnection, sources: Sequence[Source], exports: Sequence[Export]) -> None:
        self.con, self.exports = con, exports
        self.shapes: dict[object, _Shape | None] = {}
        self.found: dict[str, tuple[int, _Shape, int, int]] = {}  # file → its number below 0, shape, place among its files, rows
        self.numbers: list[int] = []  # by the number below 0, the first one's is -1
        for source in sources:
            self._look_at(source)
        self.whole = [shape for shape in self.shapes.values() if shape and shape.files]
        for shape in self.whole:
            self._cut(shape)

    def part(self, source: Source, file_no: int) -> Part | None:
        """What was read of a plain file, whose rows will bear this number."""
        if source.name not in self.found:
            return None
        own, shape, place, rows_n = self.found[source.name]
        self.numbers[-1 - own] = file_no
        return Part(shape.match_of(place), rows_n, 1, [])

    def write(self) -> None:
        """Give the rows the numbers of the parts that were asked for."""
        for table in sorted({shape.table for shape in self.whole}):
            self.con.execute(f"UPDATE {table} SET file_no = CAST({self.numbers} AS INTEGER[])[-file_no] WHERE file_no < 0")

    def _look_at(self, source: Source) -> None:
        if source.fault or not source.path.is_file():
            return
        try:
            content = source.path.read_bytes() if source.path.stat().st_size <= SMALL else b""
            encoding, text = decoded(source, content) if content_kind(content[: 1 << 11]) == "text" else ("", "")
        except (OSError, UserError):  # told when it is read with care
            return
        data = shown(text).replace(b"\r\n", b"\n")
        head, _, body = data.partition(b"\n")
        if not body.endswith(b"\n") or body.endswith(b"\n\n"):
            body = body.rstrip(b"\n") + b"\n"
        ends = np.flatnonzero(np.frombuffer(body, dtype=np.uint8) == _NEWLINE)
        if ends[0] == 0 or (np.diff(ends) == 1).any() or any(odd[:1] in data and odd in data for odd in _ODD):
            return
        shape = self._shape_of(source, head.decode("utf-8", "surrogatepass"))
        if shape and _is_plain_text(shape, source, body, ends):
            shape.is_padded = shape.is_padded or _is_padded(body, shape.header.sheet.delimiter)
            shape.files.append(source)
            shape.encodings.append(encoding)
            shape.bodies.append(body)
            shape.lines_n.append(len(ends))

    def _shape_of(self, source: Source, head: str) -> _Shape | None:
        """What files are that begin with this line and have such a name; None where that takes a closer look."""
        known, marks = Known.of(self.exports, source.name), [mark for mark in DELIMITERS if mark in head]
        key = head, tuple((id(export), n) for export, n in known.exports)
        if key not in self.shapes:
            is_simple = len(marks) == 1 and not delimiters(self.exports, source.name) and '"' not in head
            self.shapes[key] = self._new_shape(source, head, known, marks[0]) if is_simple else None
        return self.shapes[key]

    @staticmethod
    def _new_shape(source: Source, head: str, known: Known, mark: str) -> _Shape | None:
        titles = head.split(mark)
        sheet = Sheet(source, "", "", [titles], delimiter=mark, text="", start=head)
        try:
            found = match([sheet], known)
        except UserError:
            return None
        words = [plain(title) for title in titles]
        is_whole = found.is_sure and found.header_row == 1 and all(words) and len(words) == len(set(words)) > 2
        is_bare = not any(_is_record(word) for word in (*words, *known.words))
        is_one = len({export.name for export, _ in known.exports if export.is_for_named_files}) < 2  # it feeds no other export
        is_bare = is_bare and is_one and all(_must_n(export) > 1 for export, _ in known.exports)  # one word never makes a header
        return _Shape(found, known) if is_whole and is_bare and all(len(one) == 1 for one in found.places.values()) else None

    def _cut(self, shape: _Shape) -> None:
        """Cut the texts of one shape into rows of their raw table, and keep the files none of whose rows looks like anything but
        a record."""
        first = len(self.numbers)
        self.numbers += [0] * len(shape.files)
        shape.end_with_a_cell()
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "text.csv"
            with copy.open("wb") as out:
                out.writelines(shape.bodies)
            shape.bodies.clear()
            numbers = np.repeat(-1 - first - np.arange(len(shape.files), dtype=np.int32), shape.lines_n)
            starts = np.repeat(np.cumsum(shape.lines_n) - shape.lines_n, shape.lines_n)
            rows = np.arange(len(numbers), dtype=np.int64) - starts + 2
            self.con.register("places", pd.DataFrame({"file_no": numbers, "row": rows}))
            is_cut = self._insert(shape, copy, 1) or self._insert(shape, copy, MORE)
            self.con.unregister("places")
        if is_cut:  # else told when each of them is read with care
            self._sift(shape, first)

    def _insert(self, shape: _Shape, copy: Path, more_n: int) -> bool:
        """Put all rows into the raw table, row by line, extra_n 1 where one of `more_n` cells stands past the header. Returns
        whether they could be cut so."""
        n = shape.header.cells_n
        said = [f"f{i}" if shape.is_padded else f"c{i}" for i in range(n)]
        cut = read_csv(copy, shape.header, more_n)
        rows = f"(SELECT *, {', '.join(map(filled, range(n)))} FROM {cut})" if shape.is_padded else cut
        extra = f"CASE WHEN {' OR '.join(f'c{i} IS NOT NULL' for i in range(n, n + more_n))} THEN 1 ELSE 0 END"
        columns = {column: _cell(shape.header, column) for column in shape.header.export.columns}
        with linear(self.con), suppress(duckdb.Error):
            self.con.execute(f"""
INSERT INTO {shape.table} (file_no, row, filled_n, lead, extra_n, {", ".join(map(name, columns))})
SELECT file_no, row, {count(said)}, coalesce({", ".join(said)}), {extra}, {", ".join(columns.values())}
FROM places POSITIONAL JOIN {rows}""")
            return True
        return False

    def _sift(self, shape: _Shape, first: int) -> None:
        """Keep the files none of whose rows looks like anything but a record, but for rows of empty cells; none at all where
        there are more rows than lines, or fewer, so that none stands at the last line, which says something."""
        last = first + len(shape.files)
        mine = f"FROM {shape.table} WHERE (file_no IS NULL OR file_no BETWEEN {-last} AND {-1 - first})"
        is_doubtful = f"extra_n > 0 OR filled_n > 0 AND NOT {_has_record(shape.header)}"
        sums = f"count(*), count(*) FILTER (filled_n > 0), bool_or({is_doubtful}), max(row) FILTER (filled_n > 0)"
        found = self.con.execute(f"SELECT file_no, {sums} {mine} GROUP BY 1 ORDER BY 1").fetchall()
        ends = {no: end for no, *_, end in found}
        is_one_a_line = None not in ends and ends.get(-last) == shape.lines_n[-1] + 1
        sound = {no: rows_n for no, _, rows_n, is_odd, _ in found if is_one_a_line and rows_n and not is_odd}
        if sum(sound.values()) < sum(n for _, n, *_ in found):
            kept = f"file_no IN ({', '.join(map(str, sound))}) AND filled_n > 0" if sound else "false"
            self.con.execute(f"DELETE {mine} AND NOT coalesce({kept}, false)")
        self.found |= {shape.files[-1 - first - no].name: (no, shape, -1 - first - no, rows_n) for no, rows_n in sound.items()}


def _cell(found: Match, column: str) -> str:
    """SQL: a column's cell, NULL where it is empty, which DuckDB sees to."""
    constant = found.export.columns[column].constant
    return literal(constant) if constant is not None else f"c{found.places[column][0]}" if column in found.places else "NULL"


def _must_n(export: Export) -> int:
    """How many headers a table of an export has at least."""
    return sum(1 for one in export.columns.values() if one.required and one.constant is None)


def _is_record(word: str) -> bool:
    return bool(re.fullmatch(f"{_RECORD}|{_DAY}", word, re.DOTALL))


def _has_record(header: Match) -> str:
    """SQL: whether a raw row has a cell that no header has; asked first where its id should be."""
    is_so = {one: f"coalesce(regexp_full_match({name(one)}, {literal(_RECORD)}), false)" for one in header.places}
    must = [*header.export.key, *(one.name for one in header.export.columns.values() if one.required)]
    first = next(is_so[one] for one in [*must, *is_so] if one in is_so)
    return f"CASE WHEN {first} THEN true ELSE {' OR '.join(is_so.values())} END"


def _is_plain_text(shape: _Shape, source: Source, body: bytes, ends: NDArray[np.intp]) -> bool:
    """Whether a text, whose lines end there, holds nothing that changes what its first line says: quotes that pair within their
    lines, no line with fewer cells, one delimiter in its first lines, and no row there that could be a header too."""
    mark = shape.header.sheet.delimiter
    if not _has_whole_rows(shape.header, source, body, ends):
        return False
    head = body[: int(ends[min(HEAD_ROWS, len(ends)) - 1])].decode("utf-8", "surrogatepass")
    lines = head.split("\n")
    if any(other in head for other in DELIMITERS if other != mark) or not all(map(A_DAY.search, lines)):
        return False
    words = shape.known.words
    no_ends = frozenset("0123456789") - {word[-1:] for word in words}  # digits that no known header ends in, which cells often do
    cells = set(head.replace('"', "").replace("\n", mark).split(mark))
    titles = {one for one in cells if one[-1:] not in no_ends and plain(one) in words}
    return all(sum(1 for one in line.replace('"', "").split(mark) if one in titles) < 2 for line in lines if titles)


def _is_padded(body: bytes, mark: str) -> bool:
    """Whether blanks stand before a delimiter, line end or quote, as they do in a cell of blanks."""
    text, ends = np.frombuffer(body, dtype=np.uint8), (mark, "\n", '"')
    is_after = np.logical_or.reduce([text[1:] == ord(one) for one in ends])
    blanks = [one.encode() for one in BLANKS if one not in "\r\n" + mark]
    may_be = [blank for blank in blanks if blank[:1] in body and ((text[:-1] == blank[-1]) & is_after).any()]
    return any(blank + one.encode() in body for blank in may_be for one in ends)


def _has_whole_rows(header: Match, source: Source, body: bytes, ends: NDArray[np.intp]) -> bool:
    """Whether each line is a row with as many cells as the header, or more."""
    mark = header.sheet.delimiter
    if b'"' not in body:
        marks = np.cumsum(np.frombuffer(body, dtype=np.uint8) == ord(mark), dtype=np.int32)[ends]
        return bool(np.diff(marks, prepend=0).min() >= header.width - 1)
    scan = Scan(mark, source.name)
    try:
        scan.read(body)
        return scan.rows_n() == len(ends) and not len(scan.short(header.width))
    except UserError:
        return False
