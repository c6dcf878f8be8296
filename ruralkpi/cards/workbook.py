"""summary.xlsx: figures, misses, due list and definitions of a month (or of one area), written row by row.

Memory stays flat whatever the number of rows; text is never a formula nor a link; the same marts give the same bytes.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import duckdb
import xlsxwriter

from ruralkpi.cards.choices import choices
from ruralkpi.cards.content import cut_off, sql
from ruralkpi.cards.plan import Plan
from ruralkpi.masking import mask_name, mask_phone
from ruralkpi.texts import catalogue, say

SHEETS = ("figures", "areas", "missed", "due", "rules")
_WIDE = {"label": 30, "customer_name": 22, "file": 34, "how": 90, "source_id": 24, "rule_id": 28, "clause": 16, "flags": 14}
_TIMES = ("start_at", "due_at", "done_at")
_WORDS = {"use": "use", "outcome": "outcome", "owner_role": "owner"}


def write_summary(folder: Path, marts: Path, todo: Plan, lang: str, stop: Event | None = None) -> None:
    """Write the month's summary.xlsx, unless it holds the same rows already; given up within a second of `stop`."""
    write_workbook(folder / "summary.xlsx", marts, todo, None, lang, stop)


def write_workbook(path: Path, marts: Path, todo: Plan, area: str | None, lang: str, stop: Event | None = None) -> None:
    """Write one workbook, of all areas or of one; whole or not at all."""
    part = path.with_name(path.name + ".part")
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with duckdb.connect(str(marts), read_only=True) as con:
        inputs = _inputs(con, todo, area, lang)
        if _inputs_in(path) == inputs:
            return
        try:
            with xlsxwriter.Workbook(str(part), options) as book:
                title = f"{todo.month} {area or ''}".strip()
                about = {"title": title, "author": "ruralkpi", "created": todo.edition.as_of, "comments": inputs}
                book.set_properties(about)
                _Writer(con, book, todo, area, lang, stop or Event()).write()
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)


def _query(name: str, todo: Plan, area: str | None, lang: str) -> tuple[str, dict[str, Any]]:
    """A sheet's query and its values."""
    query = sql(f"book_{name}").replace("{label}", f"label_{lang}").replace("{how}", f"how_{lang}")
    until = todo.edition.as_of + timedelta(days=choices().due_within_d)
    given = {"month": todo.month, "area": area, "until": until}
    return query, {key: value for key, value in given.items() if f"${key}" in query}


def _inputs(con: duckdb.DuckDBPyConnection, todo: Plan, area: str | None, lang: str) -> str:
    """The hash of all rows of all sheets, and of what turns them into a workbook."""
    sums = []
    for name in SHEETS:
        query, given = _query(name, todo, area, lang)
        sums.append(str(con.execute(f"SELECT count(*), sum(hash(r)::HUGEINT) FROM ({query}) AS r", given).fetchone()))
    return hashlib.sha256("\0".join([todo.recipe, str(choices()), *sums]).encode()).hexdigest()


def _inputs_in(path: Path) -> str | None:
    """The hash that a workbook was made from; None where there is none."""
    try:
        with zipfile.ZipFile(path) as zipped:
            found = re.search(rb"<dc:description>(\w+)<", zipped.read("docProps/core.xml"))
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    return found[1].decode() if found else None


class Stopped(Exception):
    """The run that wanted the workbook is over."""


class _Writer:
    def __init__(self, con: duckdb.DuckDBPyConnection, book: Any, todo: Plan, area: str | None, lang: str, stop: Event) -> None:
        self.con, self.book, self.todo, self.area, self.lang, self.stop = con, book, todo, area, lang, stop
        look: dict[str, Any] = {"font_name": "Microsoft YaHei", "font_size": 10, "valign": "top"}
        book.formats[0].set_font_name("Microsoft YaHei")
        book.formats[0].set_font_size(10)
        self.head = book.add_format({**look, "bold": True, "bottom": 2, "text_wrap": True})
        self.text = book.add_format({**look, "num_format": "@"})
        self.wrapped = book.add_format({**look, "text_wrap": True})
        self.share = book.add_format({**look, "num_format": "0.0%"})
        self.time = book.add_format({**look, "num_format": "yyyy-mm-dd hh:mm:ss"})
        self.low = book.add_format({"font_color": "#A83A12", "bold": True})
        self.split: list[str] = []

    def write(self) -> None:
        about = self.book.add_worksheet(self.say("about"))
        for name in SHEETS:
            self._sheets(name)
        edition = self.todo.edition
        lines = [self.say("note", month=self.todo.month, as_of=cut_off(edition.as_of), version=edition.rules_version)]
        lines += [self.say("split", name=self.say(name), n=f"{choices().sheet_rows:,}") for name in self.split]
        about.set_column(0, 0, 110)
        for number, line in enumerate(lines):
            about.write_string(number, 0, line, self.wrapped)

    def say(self, key: str, **values: Any) -> str:
        return say(f"workbook.{key}", self.lang, **values)

    def _sheets(self, name: str) -> None:
        """One sheet, or several where Excel's row limit asks for it."""
        query, given = _query(name, self.todo, self.area, self.lang)
        found = self.con.execute(query, given)
        columns = [column[0] for column in found.description or []]
        rows, number, most = self._rows(found), 0, choices().sheet_rows
        first = next(rows, None)
        while number == 0 or first is not None:
            number += 1
            title = self.say(name) + (f" {number}" if number > 1 else "")
            first = self._sheet(title, columns, first, rows, most)
        if number > 1:
            self.split.append(name)

    def _sheet(
        self, title: str, columns: list[str], first: tuple[Any, ...] | None, rows: Iterator[tuple[Any, ...]], most: int
    ) -> tuple[Any, ...] | None:
        """Write up to `most` rows; returns the first that found no room."""
        sheet = self.book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for i, name in enumerate(columns):
            sheet.set_column(i, i, _WIDE.get(name, 18 if name in _TIMES else 10))
            sheet.write_string(0, i, self.say(name), self.head)
        cells = [self._cell(sheet, i, name) for i, name in enumerate(columns)]
        at = 0
        while first is not None and at < most:
            at += 1
            for put, value in zip(cells, first, strict=True):
                put(at, value)
            first = next(rows, None)
        sheet.autofilter(0, 0, max(at, 1), len(columns) - 1)
        if "rate" in columns:
            self._mark_rates(sheet, columns.index("rate"), max(at, 1))
        return first

    def _rows(self, found: duckdb.DuckDBPyConnection) -> Iterator[tuple[Any, ...]]:
        while batch := found.fetchmany(10000):
            if self.stop.is_set():
                raise Stopped
            yield from batch

    def _mark_rates(self, sheet: Any, column: int, last: int) -> None:
        """A bar in each rate, and low ones in bold: shape as well as colour."""
        sheet.conditional_format(1, column, last, column, {"type": "cell", "criteria": "<", "value": 0.8, "format": self.low})
        bar = {
            "type": "data_bar",
            "bar_color": "#9CC3DD",
            "bar_solid": True,
            "min_type": "num",
            "min_value": 0,
            "max_type": "num",
            "max_value": 1,
        }
        sheet.conditional_format(1, column, last, column, bar)

    def _cell(self, sheet: Any, i: int, name: str) -> Callable[[int, Any], object]:
        """How a column's values are written: text stays text, a missing rate is a word."""
        if name.endswith("_n") or name == "row":
            return lambda at, value: value is not None and sheet.write_number(at, i, value)
        if name in ("rate", "low", "high"):
            none = self.say("none") if name == "rate" else ""
            return lambda at, value: (
                sheet.write_string(at, i, none) if value is None else sheet.write_number(at, i, value, self.share)
            )
        if name in _TIMES:
            return lambda at, value: value is not None and sheet.write_number(at, i, _serial(value), self.time)
        if name in _WORDS:
            words = {key: say(f"{_WORDS[name]}.{key}", self.lang) for key in _keys(_WORDS[name])}
            return lambda at, value: sheet.write_string(at, i, words.get(value, value or ""))
        if name in ("agent_name", "customer_name"):
            return lambda at, value: value and sheet.write_string(at, i, mask_name(value))
        if name in ("how", "label"):
            return lambda at, value: value and sheet.write_string(at, i, value, self.wrapped if name == "how" else None)
        return lambda at, value: value and sheet.write_string(at, i, mask_phone(value) if name == "file" else value, self.text)


def _keys(table: str) -> list[str]:
    return [key.partition(".")[2] for key in catalogue() if key.startswith(f"{table}.")]


def _serial(value: datetime) -> float:
    """A time as spreadsheets count: days since 1899-12-30."""
    return (value - datetime(1899, 12, 30)).total_seconds() / 86400
