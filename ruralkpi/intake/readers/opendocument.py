"""What an ods says and its reader would not tell: cells merged over rows, and formulas without a stored value."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from xml.parsers import expat

from ruralkpi.intake.readers.page import FORMULA, Row, number_in

_MOST = 1_000_000  # cells of one kind that a repeated row may stand for
_SOUGHT = re.compile(rb'number-rows-spanned="(?!1")|table:formula=')
_BLOCK = 1 << 20


@dataclass
class Extras:
    """Of one sheet, counted from 0: spans as (top, bottom, column), and cells (row, column) with a formula and no value."""

    spans: list[tuple[int, int, int]] = field(default_factory=list)
    formulas: list[tuple[int, int]] = field(default_factory=list)


def extras_of(content: bytes) -> dict[str, Extras]:
    """Sheet name → its extras; nothing for a workbook of another kind, or for an ods that has none."""
    if not content.startswith(b"PK"):
        return {}
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        if "content.xml" not in book.namelist():
            return {}
        text = book.read("content.xml")
    if not _SOUGHT.search(text):
        return {}
    scan = _Scan()
    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = scan.start, scan.end
    for start in range(0, len(text), _BLOCK):
        parser.Parse(text[start : start + _BLOCK], start + _BLOCK >= len(text))
    return scan.found


def with_formulas(rows: list[Row], places: list[tuple[int, int]]) -> list[Row]:
    """The rows with FORMULA in the empty cells at these places."""
    for number, column in places:
        rows.extend([] for _ in range(number + 1 - len(rows)))
        row = rows[number]
        row.extend([None] * (column + 1 - len(row)))
        row[column] = row[column] or FORMULA
    return rows


class _Scan:
    """Walks through the rows and cells of all sheets; rows and cells that say that they are repeated count so often."""

    def __init__(self) -> None:
        self.found: dict[str, Extras] = {}
        self.sheet = Extras()
        self.row = self.deep = self.column = 0

    def start(self, tag: str, words: dict[str, str]) -> None:
        if tag == "table:table":
            self.sheet = self.found.setdefault(words.get("table:name", ""), Extras())
            self.row = self.deep = 0
        elif tag == "table:table-row":
            self.row, self.column = self.row + self.deep, 0
            self.deep = _number(words, "table:number-rows-repeated")
        elif tag in ("table:table-cell", "table:covered-table-cell"):
            wide, spanned = _number(words, "table:number-columns-repeated"), _number(words, "table:number-rows-spanned")
            if spanned > 1:
                self.sheet.spans.append((self.row, self.row + spanned - 1, self.column))
            if "table:formula" in words and "office:value-type" not in words:
                self._formulas(wide)
            self.column += wide

    def end(self, tag: str) -> None:
        if tag == "table:table":
            self.sheet = Extras()

    def _formulas(self, wide: int) -> None:
        room = _MOST - len(self.sheet.formulas)
        cells = ((self.row + below, self.column + aside) for below in range(self.deep) for aside in range(wide))
        self.sheet.formulas.extend(cell for _, cell in zip(range(room), cells, strict=False))


def _number(words: dict[str, str], name: str) -> int:
    return max(number_in(words, name, 1), 1)
