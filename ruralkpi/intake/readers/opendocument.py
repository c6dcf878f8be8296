"""What an ods says and its reader would not tell: cells merged over rows, formulas without a stored value, error cells, and
numbers that a style fills with zeros."""

from __future__ import annotations

import io
import re
import zipfile
from bisect import bisect
from dataclasses import dataclass, field
from xml.parsers import expat

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.page import FORMULA, Row, number_in
from ruralkpi.texts import say

_MOST = 1_000_000  # cells of one kind that a repeated row may stand for
_SOUGHT = re.compile(rb'number-rows-spanned="(?!1")|table:formula=|calcext:value-type="error"|min-integer-digits="(?![01]")')
_ROW = re.compile(rb'<table:table-row(?=[\s/>])(?:[^<>]*?\stable:number-rows-repeated="(\d{1,7})")?[^<>]*>')
_REPEATED = re.compile(rb'<table:table-row\s(?:[^<>]*?\s)?table:number-rows-repeated="(\d{5,})"[^<>]*(?<!/)>')
_ENDS = (1 << 16, 1 << 20)  # rows of a sheet, in old programs and in today's
_SAYS = re.compile(rb"<text:p|office:(?:[a-z]+-)?value=|table:formula=")
_BLOCK = 1 << 20
_CELLS = ("table:table-cell", "table:covered-table-cell")


@dataclass
class Extras:
    """Of one sheet, counted from 0: spans as (top, bottom, column), and what cells say otherwise as (row, column, text)."""

    spans: list[tuple[int, int, int]] = field(default_factory=list)
    said: list[tuple[int, int, str]] = field(default_factory=list)


def extras_of(content: bytes, file: str) -> dict[str, Extras]:
    """Sheet name → its extras; nothing for a workbook of another kind, or for an ods that has none.

    Raises UserError where a row that says something is repeated down to the end of the sheet.
    """
    if not content.startswith(b"PK"):
        return {}
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        if "content.xml" not in book.namelist():
            return {}
        text = book.read("content.xml")
    for row in _REPEATED.finditer(text):
        if _SAYS.search(text, row.end(), text.find(b"</table:table-row", row.end())) and _reaches_the_end(text, row):
            raise UserError(say("error.repeated", file=file, n=int(row[1])))
    if not _SOUGHT.search(text):
        return {}
    scan = _Scan()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = scan.start, scan.end, scan.text
    for start in range(0, len(text), _BLOCK):
        parser.Parse(text[start : start + _BLOCK], start + _BLOCK >= len(text))
    return scan.found


def _reaches_the_end(text: bytes, row: re.Match[bytes]) -> bool:
    above = _ROW.finditer(text, text.rfind(b"<table:table ", 0, row.start()), row.start())
    last = sum(int(one[1] or 1) for one in above) + int(row[1])
    return last == _ENDS[0] or last >= _ENDS[1]


def with_said(rows: list[Row], cells: list[tuple[int, int, str]]) -> list[Row]:
    """The rows with what these cells say; FORMULA only where a cell is empty."""
    for number, column, text in cells:
        rows.extend([] for _ in range(number + 1 - len(rows)))
        row = rows[number]
        row.extend([None] * (column + 1 - len(row)))
        row[column] = row[column] or text if text == FORMULA else text
    return rows


class _Scan:
    """Walks through the rows and cells of all sheets; rows and cells that say that they are repeated count so often."""

    def __init__(self) -> None:
        self.found: dict[str, Extras] = {}
        self.sheet = Extras()
        self.row = self.deep = self.column = self.wide = 0
        self.padded: dict[str, int] = {}  # style of numbers or of cells → digits it fills up to
        self.number_style = self.row_style = ""
        self.columns: list[tuple[int, str]] = []  # up to which column each style holds that a column has
        self.error: list[str] | None = None  # what an error cell shows, while it is open

    def start(self, tag: str, words: dict[str, str]) -> None:
        if tag == "table:table":
            self.sheet = self.found.setdefault(words.get("table:name", ""), Extras())
            self.row = self.deep = 0
            self.columns.clear()
        elif tag == "table:table-column":
            end = (self.columns[-1][0] if self.columns else 0) + _number(words, "table:number-columns-repeated")
            self.columns.append((end, words.get("table:default-cell-style-name", "")))
        elif tag == "table:table-row":
            self.row, self.column = self.row + self.deep, 0
            self.deep = _number(words, "table:number-rows-repeated")
            self.row_style = words.get("table:default-cell-style-name", "")
        elif tag in _CELLS:
            self._cell(words)
        else:
            self._style(tag, words)

    def end(self, tag: str) -> None:
        if tag == "table:table":
            self.sheet = Extras()
        elif tag in _CELLS:
            if self.error is not None:
                self._say("".join(self.error).strip() or "#N/A")
            self.error = None
            self.column += self.wide

    def text(self, text: str) -> None:
        if self.error is not None:
            self.error.append(text)

    def _cell(self, words: dict[str, str]) -> None:
        self.wide, spanned = _number(words, "table:number-columns-repeated"), _number(words, "table:number-rows-spanned")
        if spanned > 1:
            self.sheet.spans.append((self.row, self.row + spanned - 1, self.column))
        if words.get("calcext:value-type") == "error":
            self.error = []
        elif "table:formula" in words and "office:value-type" not in words:
            self._say(FORMULA)
        elif self.padded and (value := words.get("office:value", "")).isdecimal() and words["office:value-type"] == "float":
            zeros = self.padded.get(words.get("table:style-name") or self.row_style or self._column_style(), 0)
            if len(value) < zeros:
                self._say(value.zfill(zeros))

    def _style(self, tag: str, words: dict[str, str]) -> None:
        if tag == "number:number-style":
            self.number_style = words.get("style:name", "")
        elif tag == "number:number" and words.get("number:decimal-places", "0") == "0":
            zeros = number_in(words, "number:min-integer-digits", 0)
            if zeros > 1:
                self.padded[self.number_style] = zeros
        elif tag == "style:style" and (zeros := self.padded.get(words.get("style:data-style-name", ""), 0)):
            self.padded[words.get("style:name", "")] = zeros

    def _column_style(self) -> str:
        place = bisect(self.columns, self.column, key=lambda one: one[0])
        return self.columns[place][1] if place < len(self.columns) else ""

    def _say(self, text: str) -> None:
        room = _MOST - len(self.sheet.said)
        cells = ((self.row + below, self.column + aside, text) for below in range(self.deep) for aside in range(self.wide))
        self.sheet.said.extend(cell for _, cell in zip(range(room), cells, strict=False))


def _number(words: dict[str, str], name: str) -> int:
    return max(number_in(words, name, 1), 1)
