"""The rows to mend: a workbook per submitter, which can be corrected and handed in again."""

from __future__ import annotations

import datetime as dt
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import xlsxwriter

from ruralkpi.checks.again import why
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import ORIGIN, Export
from ruralkpi.intake.file_names import MENDED
from ruralkpi.pages.paths import safe
from ruralkpi.quality import sealed
from ruralkpi.quality.mending import Mask
from ruralkpi.sql import first_row
from ruralkpi.texts import say

_MADE = dt.datetime(2026, 1, 1)  # a workbook carries the time of its making: this one, always
_SAFE = {"in_memory": True, "strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False}
Row = dict[str, Any]


def workbooks(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    month: str,
    tell: Callable[[str], None] = lambda line: None,
    lang: str = "zh",
) -> dict[str, str]:
    """Write folder/mend/待更正_M_<agent>.xlsx for every submitter with rows of `month` kept out; agent → file name. Once one of
    that name has been handed in, the next is …~2.xlsx, so that put beside it it comes after it and undoes nothing of it (X27).

    `lang`: of what is told in them; names of files, sheets and headers are Chinese, since they are read again.

    Everybody sees his own name, and other people's masked. A workbook that somebody has worked on stays as it is: the new one
    is put beside it, which `tell` is told. One that nobody has changed goes, and so do those of submitters without such rows.
    Rows whose agent is not in the list of agents come together under the empty name.
    """
    rows = con.execute(
        "SELECT CASE WHEN agent_id IN (SELECT agent_id FROM agent) THEN agent_id ELSE '' END AS who, source_table, file, row, "
        "list(code ORDER BY code, column_name) AS codes, list(message ORDER BY code, column_name) AS texts, "
        "list(column_name ORDER BY code, column_name) AS columns, any_value(mend) AS cells "
        "FROM flaw WHERE severity = 'reject' AND month = ? "
        "GROUP BY who, source_table, file_no, file, row ORDER BY who, source_table, file_no, row",
        [month],
    ).fetchall()
    names = ("who", "source_table", "file", "row", "codes", "texts", "columns", "cells")
    by_agent: dict[str, list[Row]] = {}
    for row in rows:
        line = dict(zip(names, row, strict=True))
        line["cells"] = {title: str(cell) for title, cell in json.loads(line["cells"] or "{}").items()}
        said = [line["cells"].pop(headers[0], None) for headers in ORIGIN.values()]  # of a row that was handed in already
        line["place"] = (said[0] or line["file"], said[1] or str(line["row"]))
        line["why"] = why(line["source_table"], line["codes"], line["texts"], lang)
        by_agent.setdefault(line["who"], []).append(line)
    mask, made = Mask(con, (line["cells"] for lines in by_agent.values() for line in lines)), {}
    (folder / "mend").mkdir(parents=True, exist_ok=True)
    for agent, lines in by_agent.items():
        whose = safe(agent) if agent else "~" + say("quality.others")  # no id's name begins with ~
        plain = folder / "mend" / f"{following(con, f'{MENDED}_{month}_{whose}')}.xlsx"
        path = sealed.place(plain)
        made[agent] = f"mend/{path.name}"
        for line in lines:
            line["cells"] = mask.cells(built_in()[line["source_table"]], line["cells"], agent)
        _write(path, lines, month, lang)
        if path != plain:
            tell(say("quality.kept", file=plain, new=path.name))
    for old in sorted((folder / "mend").glob(f"{MENDED}_*.xlsx")):
        if f"mend/{old.name}" not in made.values() and sealed.is_as_made(old):
            old.unlink()
    return made


def following(con: duckdb.DuckDBPyConnection, stem: str) -> str:
    """The name, without its ending, that comes after those of the workbooks that were handed in under `stem`; what copies are
    called by, such as ` (1)` and 改, may stand behind it, a letter or a figure is of somebody else's id."""
    named = f"(?:^|/){re.escape(stem)}(?:~([0-9]{{1,4}}))?[^0-9A-Za-z/#][^/#]*(?:#|$)"
    number = "coalesce(TRY_CAST(regexp_extract(file, $1, 1) AS INTEGER), 1)"
    last = first_row(con, f"SELECT max({number}) FROM source_count WHERE regexp_matches(file, $1)", [named])[0]
    return f"{stem}~{last + 1}" if last else stem


def _write(path: Path, lines: list[Row], month: str, lang: str) -> None:
    draft = io.BytesIO()
    book = xlsxwriter.Workbook(draft, _SAFE)
    book.set_properties({"created": _MADE, "comments": sealed.UNSEALED})
    look = {
        "head": book.add_format({"bold": True, "bottom": 1, "num_format": "@"}),
        "why": book.add_format({"font_color": "#C5471A", "text_wrap": True, "valign": "top", "num_format": "@"}),
        "bad": book.add_format({"bg_color": "#FFE9A8", "valign": "top", "num_format": "@"}),
        "cell": book.add_format({"valign": "top", "num_format": "@"}),
    }
    for table in sorted({line["source_table"] for line in lines}):
        how = say("quality.mend_how", lang, month=month)
        _sheet(book, look, built_in()[table], [line for line in lines if line["source_table"] == table], how)
    _requests(book, look, say("quality.mend_request", lang))
    book.close()
    sealed.put(draft, path)


def _requests(book: xlsxwriter.Workbook, look: dict[str, Any], how: str) -> None:
    """An empty list, for misses that somebody contests."""
    export = built_in()["corrections"]
    sheet = book.add_worksheet(export.files[0])
    sheet.write_string(0, 0, how)
    titles = [column.title for column in export.columns.values() if column.name not in ORIGIN]
    for place, title in enumerate(titles):
        sheet.write_string(2, place, title, look["head"])
    sheet.set_column(0, len(titles), 18, look["cell"])


def _sheet(book: xlsxwriter.Workbook, look: dict[str, Any], export: Export, lines: list[Row], how: str) -> None:
    """Instructions, then headers, then rows, every cell as text: nothing in them can become a formula."""
    sheet = book.add_worksheet(export.files[0][:31])
    sheet.write_string(0, 0, how)
    columns = [column for column in export.columns.values() if column.name not in ORIGIN]
    titles = [headers[0] for headers in ORIGIN.values()] + [column.title for column in columns]
    for place, title in enumerate(titles):
        sheet.write_string(2, place, title, look["head"])
    for number, line in enumerate(lines, start=3):
        for place, text in enumerate((*line["place"], line["why"])):
            sheet.write_string(number, place, text, look["why" if place == 2 else "cell"])
        for place, column in enumerate(columns, start=len(ORIGIN)):
            text = line["cells"].get(column.title, "")
            is_bad = column.name in line["columns"]
            if text or is_bad:
                sheet.write_string(number, place, text, look["bad" if is_bad else "cell"])
    sheet.set_column(0, 0, 24)
    sheet.set_column(1, 1, 7)
    sheet.set_column(2, 2, 48)
    sheet.set_column(3, len(titles), 18)
    sheet.freeze_panes(3, 3)
