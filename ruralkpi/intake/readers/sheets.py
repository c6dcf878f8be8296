"""The tables of a file as rows of text: workbooks, web pages, small text files, and the head of large ones."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.delimited import DELIMITERS, head_rows, records
from ruralkpi.intake.readers.files import Source, content_kind, encoding_of, is_wide
from ruralkpi.intake.readers.markup import tables_of
from ruralkpi.intake.readers.workbooks import ZERO_DAY as ZERO_DAY
from ruralkpi.intake.readers.workbooks import Row, pages_of
from ruralkpi.texts import say

SMALL = 1 << 24  # bytes up to which a text file is cut into cells in memory; beyond, DuckDB reads it
_HEAD_BYTES = 1 << 18
_SAID = re.compile(r'\ufeff?"?sep=(.)"?\r?\n', re.IGNORECASE)  # the first line of a text that Excel opens by its delimiter
_NO_TABLES = {"empty": "error.file_empty", "pdf": "error.pdf", "other": "error.no_table"}
_MARKUP_BYTES = 1 << 26  # a web page beyond is no export


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
        if kind == "markup":
            return _markup(source)
        if kind in _NO_TABLES:
            raise UserError(say(_NO_TABLES[kind], file=source.name))
        return [_text_file(source)]
    except OSError as fault:
        raise UserError(say("error.file_unreadable", file=source.name, fault=fault.strerror or fault)) from None


def _workbook(source: Source, kind: str) -> list[list[Sheet]]:
    return _sheets(source, "workbook", pages_of(source.path.read_bytes(), kind, source.name))


def _markup(source: Source) -> list[list[Sheet]]:
    if source.path.stat().st_size > _MARKUP_BYTES:
        raise UserError(say("error.markup", file=source.name))
    encoding, text = _decoded(source)
    return _sheets(source, encoding, tables_of(text, source.name))


def _sheets(source: Source, encoding: str, pages: list[tuple[str, list[Row]]]) -> list[list[Sheet]]:
    """One sheet a page that holds anything; named where there are several of them."""
    filled = [(name or str(number), rows) for number, (name, rows) in enumerate(pages, start=1) if any(map(any, rows))]
    if not filled:
        raise UserError(say("error.no_cells", file=source.name))
    return [[Sheet(source, name if len(filled) > 1 else "", encoding, rows[:60], rows=rows)] for name, rows in filled]


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
    said = _SAID.match(head)
    marks = [said[1]] if said else [mark for mark in DELIMITERS if mark in head] or [","]
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
