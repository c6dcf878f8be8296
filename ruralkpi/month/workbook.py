"""summary.xlsx: figures, misses, due list and definitions of a month, or of one area.

Memory stays flat whatever the number of rows; text is never a formula nor a link; the same marts give the same bytes.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import duckdb

from ruralkpi.book.words import flag_words
from ruralkpi.cards.facts.choices import choices
from ruralkpi.databases import reading
from ruralkpi.masking import mask_customer, mask_id, mask_person
from ruralkpi.month import pour
from ruralkpi.month.planned import Plan
from ruralkpi.month.workbook_form import TIMES, Sheet, write_form
from ruralkpi.pages.typography import placed
from ruralkpi.sql import literal, query
from ruralkpi.sql import name as quoted
from ruralkpi.texts import catalogue, say
from ruralkpi.whole import whole

SHEETS = ("figures", "areas", "missed", "due", "rules")
_LIKE_A_NUMBER = "length({0}) > 10 AND regexp_matches({0}, '1[3-9][0-9]{{9}}|[0-9]{{17}}[0-9Xx]|1[3-9][0-9][ -][0-9]{{4}}')"
_MASKED = {
    "agent_name": "masked_person({})",
    "customer_name": "masked_customer({}, coalesce(_is_firm, false))",
    "customer_id": f"CASE WHEN {_LIKE_A_NUMBER} THEN masked_id({{0}}) ELSE {{0}} END",
    "source_id": f"CASE WHEN {_LIKE_A_NUMBER} THEN masked_id({{0}}) ELSE {{0}} END",
}
_PLACES = {"area_id": "area", "county_id": "county"}
_WORDS = {"use": "use", "outcome": "outcome", "owner_role": "owner"}


def write_summary(folder: Path, marts: Path, todo: Plan, lang: str) -> None:
    """Write the month's summary.xlsx, unless it holds the same rows already."""
    write_workbook(folder / "summary.xlsx", marts, todo, None, lang)


def write_workbook(path: Path, marts: Path, todo: Plan, area: str | None, lang: str) -> None:
    """Write one workbook, of all areas or of one; whole or not at all."""
    form = path.with_name(path.name + ".form")
    with reading(marts) as con:
        sheets, inputs = _sheets(con, todo, area, lang)
        if _inputs_in(path) == inputs:
            return
        con.create_function("masked_person", mask_person, ["VARCHAR"], "VARCHAR")
        con.create_function("masked_customer", mask_customer, ["VARCHAR", "BOOLEAN"], "VARCHAR")
        con.create_function("masked_id", mask_id, ["VARCHAR"], "VARCHAR")
        con.create_function("flag_words", lambda codes: flag_words(codes, lang), ["VARCHAR"], "VARCHAR")
        try:
            parts = write_form(form, sheets, todo, f"{todo.month} {area or ''}".strip(), inputs, lang)
            with whole(path) as part:
                pour.pour(form, part, {name: partial(_rows, con, sheet, lang) for name, sheet in parts.items()})
        finally:
            form.unlink(missing_ok=True)


def _sheets(con: duckdb.DuckDBPyConnection, todo: Plan, area: str | None, lang: str) -> tuple[list[Sheet], str]:
    """The sheets, long ones in several parts; and the hash of all their rows and of what turns them into a workbook."""
    sheets, sums = [], [todo.recipe, str(choices())]
    until = todo.imprint.as_of + timedelta(days=choices().due_within_d)
    known = {"month": todo.month, "area": area, "until": until, "as_of": todo.imprint.as_of}
    for name in SHEETS:
        text = query(f"month/book_{name}").replace("{label}", f"label_{lang}").replace("{how}", f"how_{lang}")
        given = {key: value for key, value in known.items() if f"${key}" in text}
        n, words = con.execute(f"SELECT count(*), sum(hash(r)::HUGEINT)::VARCHAR FROM ({text}) AS r", given).fetchall()[0]
        columns = [row[0] for row in con.execute(f"DESCRIBE {text}", given).fetchall() if not row[0].startswith("_")]
        sums.append(f"{n} {words}")
        most = choices().sheet_rows
        for part, first in enumerate(range(0, max(n, 1), most)):
            sheets.append(Sheet(name, part, min(n - first, most), columns, text, given))
    return sheets, hashlib.sha256("\0".join(sums).encode()).hexdigest()


def _inputs_in(path: Path) -> str | None:
    """The hash that a workbook was made from; None where there is none."""
    try:
        with zipfile.ZipFile(path) as zipped:
            found = re.search(rb"<dc:description>(\w+)<", zipped.read("docProps/core.xml"))
    except (OSError, KeyError, zipfile.BadZipFile):
        return None
    return found[1].decode() if found else None


def _rows(con: duckdb.DuckDBPyConnection, sheet: Sheet, lang: str, form: str) -> Iterator[str]:
    """The sheet's rows as XML, some thousand at a time."""
    cells = [_cell(name, lang) for name in sheet.columns]
    found = con.execute(pour.row_sql(sheet.query, cells, form, sheet.part, choices().sheet_rows), sheet.given)
    while batch := found.fetchmany(5000):
        yield "".join(row for (row,) in batch)


def _cell(name: str, lang: str) -> pour.Cell:
    """How a column's values are written: text stays text, a missing rate is a word."""
    value = quoted(name)
    if name.endswith("_n") or name in ("row", "low", "high", "target"):
        return pour.Cell(value, pour.number)
    if name == "rate":
        none = pour.text(literal(say("workbook.none", lang)))
        return pour.Cell(value, lambda rate: f"CASE WHEN {rate} IS NULL THEN {none} ELSE {pour.number(rate)} END")
    if name in TIMES:
        return pour.Cell(value, pour.time)
    if name in _PLACES:
        unknown = literal(placed(None, _PLACES[name], lang))
        return pour.Cell(f"CASE WHEN {value} = '-' THEN {unknown} ELSE {value} END", pour.text)
    if name in _WORDS:
        words = {key: say(f"{_WORDS[name]}.{key}", lang) for key in _keys(_WORDS[name])}
        cases = " ".join(f"WHEN {literal(key)} THEN {literal(word)}" for key, word in words.items())
        return pour.Cell(f"CASE {value} {cases} ELSE {value} END", pour.text)
    if name == "flags":
        return pour.Cell(f"CASE WHEN {value} = '' THEN '' ELSE flag_words({value}) END", pour.text)
    return pour.Cell(_MASKED[name].format(value) if name in _MASKED else value, pour.text)


def _keys(table: str) -> list[str]:
    return [key.partition(".")[2] for key in catalogue() if key.startswith(f"{table}.")]
