"""The tables of a file as rows of text: workbooks, small text files, and the head of large ones.

Every cell becomes text as a person would have typed it, so that all ways end in the same clean step.
A true date cell becomes ISO text; at midnight it is a day without a time of day (definition X19).
"""

from __future__ import annotations

import codecs
import datetime as dt
import io
from dataclasses import dataclass
from typing import Any

from python_calamine import CalamineWorkbook

from ruralkpi.errors import UserError
from ruralkpi.intake.delimited import DELIMITERS, head_rows, records
from ruralkpi.intake.files import Source, content_kind, encoding_of, is_wide
from ruralkpi.intake.zipped import refuse_bomb
from ruralkpi.texts import say

Row = list[Any]

SMALL = 1 << 24  # bytes up to which a text file is cut into cells in memory; beyond, DuckDB reads it
ZERO_DAY = "1900-01-01"  # what a workbook means by a date cell that holds 0
_HEAD_BYTES = 1 << 18
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Sheet:
    """One table of a file. `head` is its first rows; `rows` all of a workbook's.

    A text file is read by `delimiter`: from `text` when it is small, by DuckDB when `text` is None.
    """

    source: Source
    name: str
    encoding: str
    head: list[Row]
    rows: list[Row] | None = None
    delimiter: str = ""
    text: str | None = None

    @property
    def title(self) -> str:
        """What a person calls it: the file, and the sheet where the file has several."""
        return f"{self.source.name}#{self.name}" if self.name else self.source.name

    def all_rows(self, width: int) -> list[Row]:
        """Every row, the file's first one first; `width`: cells of the header row. Not for large text files.

        Raises UserError where quotes don't pair.
        """
        if self.rows is not None:
            return self.rows
        assert self.text is not None
        return records(self.text, self.delimiter, width, self.source.name)


def sheets_of(source: Source) -> list[list[Sheet]]:
    """The tables of a file; for each, the ways it may be cut into cells (text files: one a delimiter).

    Raises UserError for a file that can't be read: empty, locked by a password, damaged, in no known encoding.
    """
    if source.path.is_dir():
        raise UserError(say("error.is_folder", file=source.name))
    try:
        with source.path.open("rb") as stream:
            kind = content_kind(stream.read(64))
        if kind in ("zip", "ole"):
            return _workbook(source, kind)
        if kind in ("empty", "pdf", "markup"):
            raise UserError(say("error.file_empty" if kind == "empty" else f"error.{kind}", file=source.name))
        return [_text_file(source)]
    except OSError as fault:
        raise UserError(say("error.file_unreadable", file=source.name, fault=fault.strerror or fault)) from None


def _workbook(source: Source, kind: str) -> list[list[Sheet]]:
    content = source.path.read_bytes()
    if kind == "zip":
        refuse_bomb(content, source.name)
    elif _ENCRYPTED in content:
        raise UserError(say("error.password", file=source.name))
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
            pages = [(name, book.get_sheet_by_name(name).to_python(skip_empty_area=False)) for name in book.sheet_names]
    except Exception as fault:  # calamine has one error class a format, and wraps I/O and zip errors in its own
        key = "error.password" if "assword" in str(fault) else "error.workbook"
        raise UserError(say(key, file=source.name, fault=first_line(fault))) from None
    filled = [(name, rows) for name, rows in pages if any(cell != "" for row in rows for cell in row)]
    if not filled:
        raise UserError(say("error.no_cells", file=source.name))
    return [[_page(source, name if len(filled) > 1 else "", rows)] for name, rows in filled]


def _page(source: Source, name: str, rows: list[list[Any]]) -> Sheet:
    texts = [[cell_text(cell) for cell in row] for row in rows]
    return Sheet(source, name, "workbook", texts[:60], rows=texts)


def cell_text(cell: Any) -> str | None:
    """A workbook cell as text; None when it is empty.

    Whole numbers lose their ``.0``; numbers of 16 digits and more keep their E, since digits are lost already.
    """
    if isinstance(cell, str):
        return cell or None
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        return f"{cell:.6E}" if abs(cell) >= 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        at_midnight = cell.time() == dt.time(0)
        return cell.date().isoformat() if at_midnight else cell.isoformat(sep=" ", timespec="seconds")
    return ZERO_DAY if cell == dt.time(0) else str(cell)


def _text_file(source: Source) -> list[Sheet]:
    if source.path.stat().st_size <= SMALL:
        encoding, text = _decoded(source)
        head = text[:_HEAD_BYTES]
    else:
        encoding, text = encoding_of(source), None
        with source.path.open("rb") as stream:
            head = codecs.getincrementaldecoder(encoding)("strict").decode(stream.read(_HEAD_BYTES))
    if not head.strip("\ufeff \t\r\n,;|\x1a"):
        raise UserError(say("error.no_cells", file=source.name))
    marks = [mark for mark in DELIMITERS if mark in head] or [","]
    return [Sheet(source, "", encoding, head_rows(head, mark), delimiter=mark, text=text) for mark in marks]


def _decoded(source: Source) -> tuple[str, str]:
    """Encoding and text of a small file, in one reading where the text is UTF-8."""
    content = source.path.read_bytes()
    if not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and not is_wide(content[:4096]):
        try:
            return "utf-8-sig" if content.startswith(codecs.BOM_UTF8) else "utf-8", content.decode("utf-8-sig")
        except UnicodeDecodeError:
            pass
    encoding = encoding_of(source)
    return encoding, content.decode(encoding)


def first_line(fault: BaseException) -> str:
    """The first line of an error's message."""
    return str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
