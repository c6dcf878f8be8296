"""Small text files that are plain tables of one shape: cut and taken over together, since a file alone costs more than its rows.

Plain is what needs no look at its rows: one header in the first line, then records and nothing else, which can be seen from
the text and from the cells at once. Whatever is not plainly so is left to be read with care, a file at a time.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from ruralkpi.errors import UserError
from ruralkpi.exports.form import Export, plain
from ruralkpi.exports.invisible import visible
from ruralkpi.intake.readers.delimited import DELIMITERS, HEAD_ROWS
from ruralkpi.intake.readers.files import Source, content_kind, decoded
from ruralkpi.intake.readers.sheets import SMALL, Sheet
from ruralkpi.intake.rows.batch import Part
from ruralkpi.intake.rows.large import MORE, Scan, cell, count, filled, linear, read_csv
from ruralkpi.intake.tables.kinds import BLANKS
from ruralkpi.intake.tables.match import Known, Match, delimiters, match
from ruralkpi.sql import literal, name

# a cell that no header has: an id that ends in a number, a day with its year first
_RECORD = r"[A-Za-z]{0,6}\d+"
_DAY = r"[12]\d{3}[-/.年]\d{1,2}[-/.月]\d.*"
_DAY_IN = re.compile(r"\d[-/.年]\d{1,2}[-/.月]\d")
_ODD = ('="', "\x1a")


@dataclass
class _Shape:
    """Files that begin with the same header and may be the same exports, in their order; `lines_n`: lines below the header;
    `is_padded`: a cell of theirs may hold nothing but blanks."""

    header: Match
    known: Known
    files: list[Source] = field(default_factory=list)
    encodings: list[str] = field(default_factory=list)
    bodies: list[str] = field(default_factory=list)
    lines_n: list[int] = field(default_factory=list)
    is_padded: bool = False

    def match_of(self, place: int) -> Match:
        """What a file by itself would be matched as."""
        sheet = replace(self.header.sheet, source=self.files[place], encoding=self.encodings[place])
        return replace(self.header, sheet=sheet)


class Plain:
    """`Plain(con, sources, exports)`: reads the plain ones among them; `part(source, file_no)` is one's part, None for others;
    `write()` puts the rows of those that were asked for into raw.*."""

    def __init__(self, con: duckdb.DuckDBPyConnection, sources: Sequence[Source], exports: Sequence[Export]) -> None:
        self.con, self.exports = con, exports
        self.shapes: dict[object, _Shape | None] = {}
        self.found: dict[str, tuple[int, int, int]] = {}  # file → its shape, its place among that one's files, its rows
        self.numbers: dict[int, list[tuple[int, int]]] = {}
        for source in sources:
            self._look_at(source)
        self.whole = [shape for shape in self.shapes.values() if shape and shape.files]
        for no, shape in enumerate(self.whole):
            self._cut(no, shape)

    def part(self, source: Source, file_no: int) -> Part | None:
        """What was read of a plain file, whose rows will bear this number."""
        if source.name not in self.found:
            return None
        no, place, rows_n = self.found[source.name]
        self.numbers.setdefault(no, []).append((place, file_no))
        return Part(self.whole[no].match_of(place), rows_n, 1, [])

    def write(self) -> None:
        """Put the rows of the parts that were given out into their raw tables."""
        for no, numbers in sorted(self.numbers.items()):
            found = self.whole[no].header
            columns = {column: cell(found, column) for column in found.export.columns}
            self.con.register("numbers", pd.DataFrame(numbers, columns=["place", "file_no"], dtype="int32"))
            self.con.execute(f"""
INSERT INTO raw.{name(found.export.name)} (file_no, row, filled_n, lead, extra_n, {", ".join(map(name, columns))})
SELECT file_no, row, filled_n, lead, 0, {", ".join(columns.values())}
FROM {_table(no)} JOIN numbers USING (place) WHERE filled_n > 0""")
            self.con.unregister("numbers")
            self.con.execute(f"DROP TABLE {_table(no)}")

    def _look_at(self, source: Source) -> None:
        if source.fault or not source.path.is_file():
            return
        try:
            content = source.path.read_bytes() if source.path.stat().st_size <= SMALL else b""
            encoding, text = decoded(source, content) if content_kind(content[: 1 << 11]) == "text" else ("", "")
        except (OSError, UserError):  # told when it is read with care
            return
        text = visible(text).replace("\r\n", "\n")
        head, _, body = text.partition("\n")
        body = body.rstrip("\n") + "\n"
        if "\r" in text or "\n\n" in body or body.startswith("\n") or any(odd in text for odd in _ODD):
            return
        shape = self._shape_of(source, head)
        if shape and _is_plain_text(shape, source, body):
            shape.is_padded = shape.is_padded or _is_padded(body, shape.header.sheet.delimiter)
            shape.files.append(source)
            shape.encodings.append(encoding)
            shape.bodies.append(body)
            shape.lines_n.append(body.count("\n"))

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

    def _cut(self, no: int, shape: _Shape) -> None:
        """Cut the texts of one shape into a table of their rows, and keep the files none of whose rows looks like anything
        but a record."""
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / "text.csv"
            with copy.open("wb") as out:
                out.writelines(body.encode("utf-8", "surrogatepass") for body in shape.bodies)
            shape.bodies.clear()
            places = np.repeat(np.arange(len(shape.files), dtype=np.int32), shape.lines_n)
            starts = np.repeat(np.cumsum(shape.lines_n) - shape.lines_n, shape.lines_n)
            rows = np.arange(len(places), dtype=np.int64) - starts + 2
            self.con.register("places", pd.DataFrame({"place": places, "row": rows}))
            try:
                self._weigh(no, shape, copy)
                is_one_a_line = not self.con.execute(f"SELECT 1 FROM {_table(no)} WHERE NOT is_one_a_line LIMIT 1").fetchall()
            except duckdb.Error:  # told when each of them is read with care
                is_one_a_line = False
            finally:
                self.con.unregister("places")
        if is_one_a_line:
            self._sift(no, shape)
        else:
            self.con.execute(f"DROP TABLE IF EXISTS {_table(no)}")

    def _weigh(self, no: int, shape: _Shape, copy: Path) -> None:
        """The rows with how many cells they fill, the first of these, whether they may be anything but records, and whether there
        is a row for each line and a line for each row."""
        n = shape.header.cells_n
        cells, more = [f"c{i}" for i in range(n)], [f"c{i}" for i in range(n, n + MORE)]
        said = [f"f{i}" for i in range(n)] if shape.is_padded else cells
        cut = f"(SELECT *, true AS is_cut FROM {read_csv(copy, shape.header)})"
        rows = f"(SELECT *, {', '.join(map(filled, range(n)))} FROM {cut})" if shape.is_padded else cut
        lead = f"coalesce({', '.join(said)})"
        is_doubtful = f"{lead} IS NOT NULL AND NOT {_has_record(cells, shape.header)} OR coalesce({', '.join(more)}) IS NOT NULL"
        with linear(self.con):
            self.con.execute(f"""
CREATE TEMP TABLE {_table(no)} AS
SELECT place, row, {count(said)} AS filled_n, {lead} AS lead, {is_doubtful} AS is_doubtful,
    place IS NOT NULL AND is_cut IS NOT NULL AS is_one_a_line, {", ".join(cells)}
FROM places POSITIONAL JOIN {rows}""")

    def _sift(self, no: int, shape: _Shape) -> None:
        sums = "SELECT place, count(*), bool_or(is_doubtful)"
        rows = self.con.execute(f"{sums} FROM {_table(no)} WHERE filled_n > 0 OR is_doubtful GROUP BY 1 ORDER BY 1").fetchall()
        self.found |= {shape.files[place].name: (no, place, n) for place, n, is_doubtful in rows if not is_doubtful}


def _table(no: int) -> str:
    return f"plain_{no}"


def _must_n(export: Export) -> int:
    """How many headers a table of an export has at least."""
    return sum(1 for one in export.columns.values() if one.required and one.constant is None)


def _is_record(word: str) -> bool:
    return bool(re.fullmatch(f"{_RECORD}|{_DAY}", word, re.DOTALL))


def _has_record(cells: Sequence[str], header: Match) -> str:
    """SQL: whether a row has a cell that no header has; asked first where its id should be."""
    is_so = [f"coalesce(regexp_full_match({one}, {literal(_RECORD)}), false)" for one in cells]
    must = [*header.export.key, *(one.name for one in header.export.columns.values() if one.required)]
    first = next((header.places[one][0] for one in must if one in header.places), 0)
    return f"CASE WHEN {is_so[first]} THEN true ELSE {' OR '.join(is_so)} END"


def _is_plain_text(shape: _Shape, source: Source, body: str) -> bool:
    """Whether a text holds nothing that changes what its first line says: quotes that pair within their lines, one delimiter in
    its first lines, and no row there that could be a header too."""
    mark = shape.header.sheet.delimiter
    if '"' in body and not _has_closed_quotes(mark, source, body):
        return False
    end = 0
    for _ in range(HEAD_ROWS):
        end = body.find("\n", end) + 1
        if end == 0:
            end = len(body)
            break
    head = body[:end]
    if any(other in head for other in DELIMITERS if other != mark):
        return False
    words = shape.known.words
    ends = {word[-1:] for word in words}
    return all(
        _DAY_IN.search(line)
        and sum(1 for one in line.replace('"', "").split(mark) if not _ends_otherwise(one, ends) and plain(one) in words) < 2
        for line in head.split("\n")[:-1]
    )


def _is_padded(body: str, mark: str) -> bool:
    """Whether blanks stand beside a delimiter or quote, as they do in a cell of blanks."""
    found = [blank for blank in BLANKS if blank not in "\r\n" + mark and blank in body]
    return any(blank + after in body for blank in found for after in (mark, "\n", '"'))


def _ends_otherwise(text: str, ends: set[str]) -> bool:
    """Whether a cell ends in a digit that no known header ends in, which nearly all do."""
    return text[-1:].isdigit() and text[-1:] not in ends


def _has_closed_quotes(mark: str, source: Source, body: str) -> bool:
    scan = Scan(mark, source.name)
    try:
        scan.read(body.encode("utf-8", "surrogatepass"))
        return scan.rows_n() == body.count("\n")
    except UserError:
        return False
