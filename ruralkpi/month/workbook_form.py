"""The form of summary.xlsx: its sheets with heads, widths, filters and formats, and no rows yet."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xlsxwriter

from ruralkpi.month.planned import Plan
from ruralkpi.pages.typography import masked
from ruralkpi.texts import cut_off, say

TIMES = ("start_at", "due_on", "done_at")
_WIDE = {"label": 30, "customer_name": 22, "file": 34, "how": 90, "source_id": 24, "rule_id": 28, "clause": 16, "flags": 14}


@dataclass(frozen=True)
class Sheet:
    """One sheet: n rows, the part-th stretch of those of a query, and its columns."""

    name: str
    part: int
    n: int
    columns: list[str]
    query: str
    given: dict[str, Any]


def write_form(path: Path, sheets: list[Sheet], todo: Plan, title: str, inputs: str, lang: str) -> dict[str, Sheet]:
    """Write the workbook without its rows; returns the sheets that take rows, by their part of the file."""
    draft = io.BytesIO()
    with xlsxwriter.Workbook(draft, {"in_memory": True}) as book:
        book.set_properties({"title": title, "author": "ruralkpi", "created": todo.imprint.as_of, "comments": inputs})
        made = _Form(book, lang)
        longest = {sheet.name: sheet.n for sheet in sheets if sheet.part == 0}
        made.about(todo, {sheet.name: longest[sheet.name] for sheet in sheets if sheet.part == 1})
        for sheet in sheets:
            made.sheet(sheet)
    path.write_bytes(draft.getvalue())
    return {f"xl/worksheets/sheet{number}.xml": sheet for number, sheet in enumerate(sheets, start=2)}


class _Form:
    def __init__(self, book: Any, lang: str) -> None:
        self.book, self.lang = book, lang
        look: dict[str, Any] = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        book.formats[0].set_font_name("Microsoft YaHei")
        book.formats[0].set_font_size(10)
        self.head = book.add_format({**look, "bold": True, "bottom": 2, "text_wrap": True})
        self.low = book.add_format({"font_color": "#A83A12", "bold": True})
        self.wrapped = book.add_format({**look, "text_wrap": True})
        share = book.add_format({**look, "num_format": "0.0%"})
        time = book.add_format({**look, "num_format": "yyyy-mm-dd hh:mm:ss"})
        self.text, self.plain = book.add_format({**look, "num_format": "@"}), book.add_format(look)
        self.looks = {
            **dict.fromkeys(("rate", "low", "high", "target"), share),
            **dict.fromkeys(TIMES, time),
            "due_on": book.add_format({**look, "num_format": "yyyy-mm-dd"}),
            "how": self.wrapped,
        }

    def say(self, key: str, **values: Any) -> str:
        return say(f"workbook.{key}", self.lang, **values)

    def about(self, todo: Plan, split: dict[str, int]) -> None:
        """The first sheet: month, cut-off, edition; which lists go on in further sheets."""
        sheet = self.book.add_worksheet(self.say("about"))
        imprint = todo.imprint
        words = {"version": imprint.rules_version, "masked": masked(self.lang)}
        lines = [self.say("note", month=todo.month, as_of=cut_off(imprint.as_of), **words)]
        lines += [imprint.standing] if imprint.standing else []
        lines += [self.say("split", name=self.say(name), n=f"{n:,}") for name, n in split.items()]
        sheet.set_column(0, 0, 110)
        for number, line in enumerate(lines):
            sheet.write_string(number, 0, line, self.wrapped)

    def sheet(self, one: Sheet) -> None:
        """Heads, widths, filter and formats of a sheet, and one row of blanks in the columns' looks."""
        sheet = self.book.add_worksheet(self.say(one.name) + (f" {one.part + 1}" if one.part else ""))
        sheet.freeze_panes(1, 0)
        for i, column in enumerate(one.columns):
            sheet.set_column(i, i, _WIDE.get(column, 18 if column in TIMES else 10))
            sheet.write_string(0, i, self.say(column), self.head)
            is_number = column.endswith("_n") or column == "row"
            sheet.write_blank(1, i, None, self.looks.get(column, self.plain if is_number else self.text))
        sheet.autofilter(0, 0, max(one.n, 1), len(one.columns) - 1)
        if "rate" in one.columns:
            self._mark_rates(sheet, one.columns.index("rate"), max(one.n, 1))

    def _mark_rates(self, sheet: Any, column: int, last: int) -> None:
        """A bar in each rate, and low ones in bold: shape as well as colour."""
        sheet.conditional_format(1, column, last, column, {"type": "cell", "criteria": "<", "value": 0.8, "format": self.low})
        bar = {
            "type": "data_bar", "bar_color": "#9CC3DD", "bar_solid": True,
            "min_type": "num", "min_value": 0, "max_type": "num", "max_value": 1,
        }  # fmt: skip
        sheet.conditional_format(1, column, last, column, bar)
