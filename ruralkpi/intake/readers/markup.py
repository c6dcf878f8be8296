"""Tables in web pages and in XML spreadsheets of 2003, which many systems hand out under the name .xls.

Python's own parser of HTML reads both: it takes unclosed tags, loads nothing from outside and expands no entities
but the characters of HTML.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.box.limits import Count
from ruralkpi.intake.readers.page import FORMULA, Page, Row, number_in
from ruralkpi.intake.readers.shown import zeros_of
from ruralkpi.texts import say

_OPEN = 1000  # tags at the end of a page that never end: a page cut off has one
_DEEP = 20  # tables around one that hear what it says; without an end each would say it all again
_FEW = 2  # cells of a row that need not be a record
_FORMAT = re.compile(r'<(?:ss:)?NumberFormat\s(?:[^<>]*?\s)?(?:ss:)?Format\s*=\s*"([^"<]*)"')
_BLANKS = re.compile(r"[ \t\r\n\xa0]+")
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(\.\d+)?")


@dataclass
class Table:
    """A table as it grows. `spans`: (row, column) from 0 → the value that a cell above lets down to it."""

    name: str
    rows: list[Row] = field(default_factory=list)
    spans: dict[tuple[int, int], str | None] = field(default_factory=dict)
    has_formulas: bool = False

    def put(self, value: str | None, index: int, wide: int, deep: int) -> None:
        """Add a cell to the last row: at column `index` (1 = first; 0 = the next free one), over so many cells."""
        row, number = self.rows[-1], len(self.rows) - 1
        row.extend([None] * (index - 1 - len(row)))
        while (number, len(row)) in self.spans:
            row.append(None)
        for below in range(1, deep):
            self.spans |= {(number + below, len(row) + aside): None if aside else value for aside in range(wide)}
        row.extend([value, *[None] * (wide - 1)])

    def goes_on(self, before: Table) -> bool:
        """Whether its only row may be one more of the table before; other tables of one row are titles, menus, signatures."""
        width = len(before.rows[-1]) if len(before.rows) > 1 and self.name == before.name else 0
        return len(self.rows) == 1 and len(self.rows[0]) == width > _FEW and sum(map(bool, self.rows[0])) > _FEW

    def filled(self) -> list[Row]:
        """The rows, with what cells of several rows say in each of these that says something of its own."""
        own = [any(row) for row in self.rows]
        for (number, column), value in self.spans.items():
            if number < len(self.rows) and own[number]:
                row = self.rows[number]
                row.extend([None] * (column + 1 - len(row)))
                row[column] = row[column] or value
        return self.rows


def tables_of(text: str, count: Count) -> list[Page]:
    """The tables of a page that have more than one row; counted are also the cells that only a span or an index makes.

    Raises UserError when there is none, when there are more cells than allowed, or when the page breaks off in a tangle of tags.
    """
    reader = _Reader(count)
    reader.feed(text)
    if reader.rawdata.startswith("<!--"):  # never closed, nor is another after it: the parser would look for each one's end
        rest, reader.rawdata = reader.rawdata, ""
        reader.feed(rest.replace("<!--", "&lt;!--"))
    if reader.rawdata.count("<") > _OPEN:
        raise UserError(say("error.markup_open", file=count.file))
    reader.close()
    reader.leave()
    found = [
        Page(table.name, table.filled(), number < reader.hidden.get(table.name, 0), table.has_formulas)
        for number, table in enumerate(reader.tables)
        if len(table.rows) > 1 or (number and table.goes_on(reader.tables[number - 1]))
    ]
    if not found:
        raise UserError(say("error.markup", file=count.file))
    return found


class _Reader(HTMLParser):
    """Collects tables; one inside another is a table of its own, since pages lay themselves out by tables; but what one of a
    single row says, the cell around it says."""

    def __init__(self, count: Count) -> None:
        super().__init__(convert_charrefs=True)
        self.count = count
        self.tables: list[Table] = []
        self.open: list[Table] = []
        self.page = ""
        self.hidden: dict[str, int] = {}  # page → how many tables there were when it was said to be hidden
        self.cell: tuple[list[str], int, int, int] | None = None
        self.lacks_value = self.says_visible = False
        self.style, self.padded = "", dict[str, int]()  # the style that is open; styles → digits they fill up to
        self.row_style, self.zeros, self.is_number = "", 0, False
        self.around: list[tuple[tuple[list[str], int, int, int] | None, bool]] = []  # the cell around each open table

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        tag = tag.removeprefix("ss:")
        words = {name.removeprefix("ss:"): value or "" for name, value in attrs}
        if tag == "worksheet":
            self.page = words.get("name", "")
        elif tag == "table":
            self.around.append((self.cell, self.lacks_value))
            self.cell = None
            self.open.append(Table(self.page))
            self.tables.append(self.open[-1])
        elif tag == "style":
            self.style = words.get("id", "")
        elif tag == "numberformat" and self.style:
            self.padded[self.style] = zeros_of(words.get("format", ""))
        elif tag in ("tr", "row") and self.open:
            self._end_cell()
            self.row_style = words.get("styleid", "")
            rows = self.open[-1].rows
            skipped = max(number_in(words, "index", 0) - 1 - len(rows), 0)
            self.count.cells(skipped + 1)
            rows.extend([] for _ in range(skipped + 1))
        elif tag in ("td", "th", "cell") and self.open and self.open[-1].rows:
            self._end_cell()
            wide = max(number_in(words, "colspan", 1), number_in(words, "mergeacross", 0) + 1)
            deep = max(number_in(words, "rowspan", 1), number_in(words, "mergedown", 0) + 1)
            index = number_in(words, "index", 0)
            self.count.cells(index + wide * deep)
            self.cell, self.lacks_value = ([], index, wide, deep), "formula" in words
            self.zeros, self.is_number = self.padded.get(words.get("styleid") or self.row_style, 0), False
        elif tag == "data":
            self.lacks_value, self.is_number = False, words.get("type") == "Number"
        elif tag.rpartition(":")[2] == "visible":
            self.says_visible = True
        elif tag == "comment":  # a remark pinned to a cell is not what the cell says
            self._end_cell()
        elif tag in ("br", "p", "div") and self.cell:
            self.cell[0].append("\n")

    def handle_endtag(self, tag: str) -> None:
        self.says_visible = False
        tag = tag.removeprefix("ss:")
        if tag in ("td", "th", "cell", "tr", "row", "table"):
            self._end_cell()
        elif tag == "style":
            self.style = ""
        if tag == "table" and self.open:
            self._leave_table()

    def leave(self) -> None:
        """Leave the tables that never end."""
        while self.open:
            self._end_cell()
            self._leave_table()

    def _leave_table(self) -> None:
        table = self.open.pop()
        self.cell, self.lacks_value = self.around.pop()
        if self.cell and len(table.rows) == 1 and len(self.open) < _DEEP:
            blank = "" if self.cell[0] and self.cell[0][-1].endswith(" ") else " "
            self.cell[0].append(f"{blank}{' '.join(filter(None, table.rows[0]))}")
            table.rows.clear()

    def handle_data(self, data: str) -> None:
        if self.style and (found := _FORMAT.search(data)):  # what stands in <style> is no markup to the parser of HTML
            self.padded[self.style] = zeros_of(unescape(found[1]))
        elif self.cell:
            self.cell[0].append(_BLANKS.sub(" ", data))
        elif self.says_visible and data.strip().lower() in ("sheethidden", "sheetveryhidden"):
            self.hidden[self.page] = len(self.tables)

    def unknown_decl(self, data: str) -> None:
        if data.startswith("CDATA["):
            self.handle_data(data.removeprefix("CDATA["))

    def _end_cell(self) -> None:
        if self.cell:
            parts, index, wide, deep = self.cell
            text = "\n".join(line.strip() for line in "".join(parts).split("\n")).strip()
            text = text.zfill(self.zeros) if self.is_number and text.isdecimal() else text
            self.open[-1].has_formulas |= self.lacks_value and not text
            self.open[-1].put(_plain(text) or (FORMULA if self.lacks_value else None), index, wide, deep)
            self.cell = None


def _plain(text: str) -> str:
    """A time as the XML of 2003 writes it, 2026-10-03T08:05:00.000, as a person would; days of 1899 stand for no day."""
    stamp = _STAMP.fullmatch(text)
    if stamp is None:
        return text
    return stamp[2] if stamp[1].startswith("1899-12-3") else f"{stamp[1]} {stamp[2]}".removesuffix(" 00:00:00")
