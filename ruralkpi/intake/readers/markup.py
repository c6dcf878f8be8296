"""Tables in web pages and in XML spreadsheets of 2003, which many systems hand out under the name .xls.

Python's own parser of HTML reads both: it takes unclosed tags, loads nothing from outside and expands no entities
but the characters of HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.texts import say

Row = list[Any]

MAX_CELLS = 4_000_000  # of a file, with those that only a span or an index makes
_BLANKS = re.compile(r"[ \t\r\n\xa0]+")
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?")


@dataclass
class Table:
    """A table as it grows. `spans`: (row, column) from 0 → the value that a cell above lets down to it."""

    name: str
    rows: list[Row] = field(default_factory=list)
    spans: dict[tuple[int, int], str | None] = field(default_factory=dict)

    def put(self, value: str | None, index: int, wide: int, deep: int) -> None:
        """Add a cell to the last row: at column `index` (1 = first; 0 = the next free one), over so many cells."""
        row, number = self.rows[-1], len(self.rows) - 1
        row.extend([None] * (index - 1 - len(row)))
        while (number, len(row)) in self.spans:
            row.append(None)
        for below in range(1, deep):
            self.spans |= {(number + below, len(row) + aside): None if aside else value for aside in range(wide)}
        row.extend([value, *[None] * (wide - 1)])

    def filled(self) -> list[Row]:
        """The rows, with what cells of several rows say in each of these."""
        for (number, column), value in self.spans.items():
            if number < len(self.rows):
                row = self.rows[number]
                row.extend([None] * (column + 1 - len(row)))
                row[column] = row[column] or value
        return self.rows


def tables_of(text: str, file: str) -> list[tuple[str, list[Row]]]:
    """The tables of a page that have more than one row, as (name, rows of text).

    Raises UserError when there is none, or when there would be more than MAX_CELLS cells.
    """
    reader = _Reader()
    try:
        reader.feed(text)
        reader.close()
    except OverflowError:
        raise UserError(say("error.markup_cells", file=file, limit=MAX_CELLS // 10**6)) from None
    found = [(table.name, table.filled()) for table in reader.tables if len(table.rows) > 1]
    if not found:
        raise UserError(say("error.markup", file=file))
    return found


class _Reader(HTMLParser):
    """Collects tables; one inside another is a table of its own, since pages lay themselves out by tables."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Table] = []
        self.open: list[Table] = []
        self.page = ""
        self.cells_n = 0
        self.cell: tuple[list[str], int, int, int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        words = {name.removeprefix("ss:"): value or "" for name, value in attrs}
        if tag == "worksheet":
            self.page = words.get("name", "")
        elif tag == "table":
            self._end_cell()
            self.open.append(Table(self.page))
            self.tables.append(self.open[-1])
        elif tag in ("tr", "row") and self.open:
            self._end_cell()
            rows = self.open[-1].rows
            skipped = max(_number(words, "index", 0) - 1 - len(rows), 0)
            self._count(skipped + 1)
            rows.extend([] for _ in range(skipped + 1))
        elif tag in ("td", "th", "cell") and self.open and self.open[-1].rows:
            self._end_cell()
            wide = max(_number(words, "colspan", 1), _number(words, "mergeacross", 0) + 1)
            deep = max(_number(words, "rowspan", 1), _number(words, "mergedown", 0) + 1)
            index = _number(words, "index", 0)
            self._count(index + wide * deep)
            self.cell = ([], index, wide, deep)
        elif tag == "comment":  # a remark pinned to a cell is not what the cell says
            self._end_cell()
        elif tag in ("br", "p", "div") and self.cell:
            self.cell[0].append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "cell", "tr", "row", "table"):
            self._end_cell()
        if tag == "table" and self.open:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        if self.cell:
            self.cell[0].append(_BLANKS.sub(" ", data))

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self.handle_data(data.removeprefix("CDATA["))

    def _end_cell(self) -> None:
        if self.cell:
            parts, index, wide, deep = self.cell
            text = "\n".join(line.strip() for line in "".join(parts).split("\n")).strip()
            self.open[-1].put(_plain(text) or None, index, wide, deep)
            self.cell = None

    def _count(self, more: int) -> None:
        self.cells_n += more
        if self.cells_n > MAX_CELLS:
            raise OverflowError


def _plain(text: str) -> str:
    """A time as the XML of 2003 writes it, 2026-10-03T08:05:00.000, as a person would; days of 1899 stand for no day."""
    stamp = _STAMP.fullmatch(text)
    if stamp is None:
        return text
    return stamp[2] if stamp[1].startswith("1899-12-3") else f"{stamp[1]} {stamp[2]}".removesuffix(" 00:00:00")


def _number(words: dict[str, str], name: str, otherwise: int) -> int:
    text = words.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise
