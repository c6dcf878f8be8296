"""The tables of a file as rows of text: workbooks and web pages, small text files, and the head of large ones."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ruralkpi.decoding import texts
from ruralkpi.errors import UserError
from ruralkpi.intake.readers.box.parent import Box
from ruralkpi.intake.readers.contents import KINDS, Contents
from ruralkpi.intake.readers.delimited import DELIMITERS, head_rows, records, visible_lines
from ruralkpi.intake.readers.files import Source, content_kind, decoded, encoding_of
from ruralkpi.intake.readers.page import Row
from ruralkpi.texts import letters, say

SMALL = 1 << 24  # bytes up to which a text file is cut into cells in memory; beyond, DuckDB reads it
MAX_COLUMNS = 4096  # of a text file; no system has more, and reading takes its time for each
_HEAD_BYTES = 1 << 18
_SAID = re.compile(r'\ufeff?"?sep=(.)"?(?:\r\n?|\n)', re.IGNORECASE)  # the first line of a text that Excel opens by its delimiter
_NO_TABLES = {"empty": "error.file_empty", "pdf": "error.pdf", "other": "error.no_table"}


@dataclass(frozen=True)
class Sheet:
    """One sheet of a file, or the columns of it in which a table of its own stands. `head` is its first rows; `rows` all of a
    workbook's; `page` its own name; `left` the column (0 = the first) where it begins, where a table stands beside another.

    A text file begins with `start` and is read by `delimiter`: from `text` when it is small, by DuckDB when that is None.
    """

    source: Source
    name: str
    encoding: str
    head: list[Row]
    rows: list[Row] | None = None
    delimiter: str = ""
    text: str | None = None
    start: str = ""
    page: str = ""
    left: int = 0
    is_hidden: bool = False
    has_formulas: bool = False
    day_zero: dt.date | None = None  # as Page says it

    @property
    def title(self) -> str:
        """What a person calls it: the file, the sheet where the file has several, the column where the sheet has several tables
        side by side."""
        sheet = f"{self.source.name}#{self.name}" if self.name else self.source.name
        return f"{sheet}!{letters(self.left)}" if self.left else sheet

    @property
    def is_large(self) -> bool:
        """Whether DuckDB reads it, since its text is not held."""
        return self.rows is None and self.text is None

    def cut_by(self, mark: str) -> Sheet:
        """The same text file, by another delimiter."""
        return replace(self, delimiter=mark, head=head_rows(self.start, mark))

    def all_rows(self, width: int) -> list[Row]:
        """Every row, the file's first one first; `width`: cells of the header row. Not for large text files.

        Raises UserError where quotes don't pair.
        """
        if self.rows is not None:
            return self.rows
        assert self.text is not None
        return records(self.text, self.delimiter, width, self.source.name)


def sheets_of(source: Source, box: Box, delimiters: Sequence[str] = ()) -> list[list[Sheet]]:
    """The tables of a file; for each, the ways it may be cut into cells (text files: one a delimiter).

    `box` reads all but text; `delimiters`: those that mappings name for this file, beside the usual ones.

    Raises UserError for a file that can't be read: empty, locked by a password, damaged, in no known encoding, beyond a limit.
    """
    if source.fault:
        raise UserError(say(source.fault, file=source.name, to=source.to))
    if source.path.is_dir():
        raise UserError(say("error.is_folder", file=source.name))
    try:
        with source.path.open("rb") as stream:
            kind = content_kind(stream.read(1 << 11))
        if kind in KINDS:
            return _sheets(source, box.contents(source))
        if kind in _NO_TABLES:
            raise UserError(say(_NO_TABLES[kind], file=source.name))
        return [_text_file(source, delimiters)]
    except OSError as fault:
        raise UserError(say("error.file_unreadable", file=source.name, fault=fault.strerror or fault)) from None


def _sheets(source: Source, contents: Contents) -> list[list[Sheet]]:
    """One sheet a page that holds anything; named where there are several of them."""
    pages = enumerate(contents.pages, start=1)
    filled = [(page.name or str(number), page) for number, page in pages if any(map(any, page.rows))]
    if not filled:
        raise UserError(say("error.no_cells", file=source.name))
    return [
        [
            Sheet(source, name if len(filled) > 1 else "", contents.encoding, page.rows[:60], rows=page.rows, page=page.name,
                  is_hidden=page.is_hidden, has_formulas=page.has_formulas, day_zero=page.day_zero)
        ]
        for name, page in filled
    ]  # fmt: skip


def _text_file(source: Source, delimiters: Sequence[str]) -> list[Sheet]:
    if source.path.stat().st_size <= SMALL:
        encoding, text = decoded(source)
        head = text[:_HEAD_BYTES]
    else:
        encoding, text = encoding_of(source), None
        head = next(texts(source.path, encoding), "")[:_HEAD_BYTES]
    head, text = visible_lines(head), text if text is None else visible_lines(text)
    if not head.strip("\ufeff \t\r\n,;|\x1a"):
        raise UserError(say("error.no_cells", file=source.name))
    said = _SAID.match(head)
    marks = [said[1]] if said else [mark for mark in dict.fromkeys([*delimiters, *DELIMITERS]) if mark in head] or [","]
    ways = [Sheet(source, "", encoding, head_rows(head, mark), delimiter=mark, text=text, start=head) for mark in marks]
    widest = max(len(row) for way in ways for row in way.head)
    if widest > MAX_COLUMNS:
        raise UserError(say("error.too_wide", file=source.name, n=widest, limit=MAX_COLUMNS))
    return ways
