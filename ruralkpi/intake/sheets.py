"""Tables of text out of files: workbooks through calamine, text files through DuckDB's CSV reader.

Every cell becomes text as a person would have typed it, so that both ways end in the same clean step.
A true date cell becomes ISO text; at midnight it is a day without a time of day (definition X19).
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import io
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from python_calamine import CalamineWorkbook

from ruralkpi.errors import UserError
from ruralkpi.intake.files import Source, content_kind, encoding_of
from ruralkpi.texts import say

HEAD_ROWS = 60
_DELIMITERS = (",", "\t", ";", "|")
_HEAD_BYTES = 1 << 18
_BLANK_LINE = re.compile(rb"\n\r?\n|\A\r?\n")
_BLOCK = 1 << 22


@dataclass(frozen=True)
class Sheet:
    """One table of a file. `head` is its first rows as text; `width` its number of columns.

    `frame` holds a workbook's rows (from the sheet's row 1); a text file is read later by its delimiter.
    """

    source: Source
    name: str
    encoding: str
    head: list[list[str]]
    frame: pd.DataFrame | None = None
    delimiter: str = ""

    @property
    def title(self) -> str:
        """What a person calls it: the file, and the sheet where the file has several."""
        return f"{self.source.name}#{self.name}" if self.name else self.source.name


def sheets_of(source: Source) -> list[list[Sheet]]:
    """The tables of a file; for each, the ways it may be cut into cells (text files: one a delimiter).

    Raises UserError for a file that can't be read: empty, locked by a password, damaged, in no known encoding.
    """
    try:
        kind = content_kind(source.path)
        if kind == "empty":
            raise UserError(say("error.file_empty", file=source.name))
        return _workbook(source) if kind == "workbook" else [_text_file(source)]
    except OSError as fault:
        raise UserError(say("error.file_unreadable", file=source.name, fault=fault.strerror or fault)) from None


def _workbook(source: Source) -> list[list[Sheet]]:
    try:
        with CalamineWorkbook.from_path(str(source.path)) as book:
            pages = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except UserError:
        raise
    except Exception as fault:  # calamine has one error class a format, and wraps I/O and zip errors in its own
        raise UserError(say("error.workbook", file=source.name, fault=first_line(fault))) from None
    filled = [(name, rows) for name, rows in pages if any(any(cell != "" for cell in row) for row in rows)]
    if not filled:
        raise UserError(say("error.file_empty", file=source.name))
    return [[_page(source, name if len(filled) > 1 else "", rows)] for name, rows in filled]


def _page(source: Source, name: str, rows: list[list[Any]]) -> Sheet:
    frame = pd.DataFrame(rows, dtype=object).map(cell_text)
    head = frame.head(HEAD_ROWS).fillna("").to_numpy().tolist()
    return Sheet(source, name, "workbook", head, frame=frame)


def cell_text(cell: Any) -> str | None:
    """A workbook cell as text; None when it is empty.

    Whole numbers lose their ``.0``; numbers of 16 digits and more keep their E, since digits are lost already.
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        return f"{cell:.6E}" if abs(cell) >= 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        at_midnight = cell.time() == dt.time(0)
        return cell.date().isoformat() if at_midnight else cell.isoformat(sep=" ", timespec="seconds")
    return str(cell)


def _text_file(source: Source) -> list[Sheet]:
    encoding = encoding_of(source.path)
    with source.path.open("rb") as stream:
        head = codecs.getincrementaldecoder(encoding)("strict").decode(stream.read(_HEAD_BYTES))
    return [Sheet(source, "", encoding, _head_rows(head, mark), delimiter=mark) for mark in _DELIMITERS]


def _head_rows(text: str, delimiter: str) -> list[list[str]]:
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    found: list[list[str]] = []
    try:
        for row in rows:
            found.append(row)
            if len(found) == HEAD_ROWS:
                break
    except csv.Error:  # a quote that never closes in the head: what came before it is enough to find the header
        pass
    return found


@contextmanager
def relation(con: duckdb.DuckDBPyConnection, sheet: Sheet) -> Iterator[str]:
    """SQL that selects the sheet's rows as ``row`` (1 = the file's first) and ``c0 … cN``, all text."""
    if sheet.frame is not None:
        with _frame_relation(con, sheet.frame) as sql:
            yield sql
        return
    with tempfile.TemporaryDirectory(prefix="ruralkpi-") as folder:
        path, has_blank_lines = _as_utf8(sheet, Path(folder))
        if has_blank_lines:
            with _frame_relation(con, _with_blank_lines(path, sheet)) as sql:
                yield sql
            return
        width = max(len(row) for row in sheet.head)
        yield _csv_relation(path, sheet, width)


@contextmanager
def _frame_relation(con: duckdb.DuckDBPyConnection, frame: pd.DataFrame) -> Iterator[str]:
    cells = frame.set_axis([f"c{i}" for i in range(frame.shape[1])], axis=1).astype("str").where(frame.notna().to_numpy(), None)
    cells.insert(0, "row", range(1, len(cells) + 1))
    con.register("sheet_rows", cells)
    try:
        yield "SELECT * FROM sheet_rows"
    finally:
        con.unregister("sheet_rows")


def _as_utf8(sheet: Sheet, folder: Path) -> tuple[Path, bool]:
    """The file in UTF-8 without BOM, and whether it has blank lines (which DuckDB passes over uncounted)."""
    path, copy = sheet.source.path, folder / "text.csv"
    decoder = codecs.getincrementaldecoder(sheet.encoding)("strict")
    blank, tail = False, b""
    with path.open("rb") as stream, copy.open("wb") as out:
        while block := stream.read(_BLOCK):
            text = decoder.decode(block).encode("utf-8")
            blank = blank or bool(_BLANK_LINE.search(tail + text))
            tail = text[-2:]
            out.write(text)
        out.write(decoder.decode(b"", final=True).encode("utf-8"))
    return copy, blank


def _with_blank_lines(path: Path, sheet: Sheet) -> pd.DataFrame:
    width = max(len(row) for row in sheet.head)
    try:
        return pd.read_csv(
            path, sep=sheet.delimiter, header=None, names=list(range(width)), dtype=object, index_col=False,
            skip_blank_lines=False, keep_default_na=False, na_values=[""], encoding="utf-8",
        )  # fmt: skip
    except (pd.errors.ParserError, ValueError) as fault:
        raise UserError(say("error.csv", file=sheet.source.name, fault=first_line(fault))) from None


def _csv_relation(path: Path, sheet: Sheet, width: int) -> str:
    columns = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(width))
    mark = sheet.delimiter.replace("\t", "\\t")
    return (
        f"SELECT row_number() OVER () AS row, * FROM read_csv({_quoted(path)}, header = false, auto_detect = false, "
        f"delim = '{mark}', quote = '\"', escape = '\"', columns = {{{columns}}}, null_padding = true, "
        f"strict_mode = false, parallel = false, max_line_size = 16777216)"
    )


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def first_line(fault: BaseException) -> str:
    return str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
