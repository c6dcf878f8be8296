"""Workbooks as named pages of text: xlsx and ods by one reader, old xls by another.

Every cell becomes text as a person would have typed it, so that all ways end in the same clean step.
A true date cell becomes ISO text; at midnight it is a day without a time of day (definition X19).
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable
from typing import Any

import xlrd
from python_calamine import CalamineWorkbook

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.shown import as_shown, zeros_of
from ruralkpi.intake.readers.zipped import refuse_bomb
from ruralkpi.texts import say

Row = list[Any]
Page = tuple[str, list[Row]]

ZERO_DAY = "1900-01-01"  # what a workbook means by a date cell that holds 0
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MOST_FILLED = 1_000_000  # cells that merged ones may fill in a sheet; no person merges more
_HALF_SECOND = dt.timedelta(milliseconds=500)


def pages_of(content: bytes, kind: str, file: str) -> list[Page]:
    """The sheets of a workbook in their order, hidden ones too, as rows of text; a merged cell's value in each row it spans.

    Raises UserError for one that is locked, damaged or too large.
    """
    if kind == "zip":
        refuse_bomb(content, file)
        content = as_shown(content)
    elif _ENCRYPTED in content:
        raise UserError(say("error.password", file=file))
    try:
        return _old(content) if kind == "ole" else _new(content)
    except Exception as fault:  # both readers wrap I/O, zip and struct errors in many classes
        text = first_line(fault)
        key = "password" if "assword" in text or "encrypted" in text else "zip" if "Cannot detect" in text else "workbook"
        raise UserError(say(f"error.{key}", file=file, fault=text)) from None


def _new(content: bytes) -> list[Page]:
    pages = []
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        for name in book.sheet_names:
            sheet = book.get_sheet_by_name(name)
            rows = [[cell_text(cell) for cell in row] for row in sheet.to_python(skip_empty_area=False)]
            spans = ((top, bottom, column) for (top, column), (bottom, _) in sheet.merged_cell_ranges or ())
            pages.append((name, filled_down(rows, spans)))
    return pages


def _old(content: bytes) -> list[Page]:
    """BIFF 2 to 8; files that this reader finds damaged are tried by the other, which is the more lenient of the two."""
    try:
        book = xlrd.open_workbook(file_contents=content, formatting_info=True, ragged_rows=True, logfile=io.StringIO())
    except Exception as fault:
        if "encrypted" in str(fault):
            raise
        return _new(content)
    pages = []
    for sheet in book.sheets():
        rows = [[_old_text(book, cell) for cell in sheet.row(number)] for number in range(sheet.nrows)]
        spans = ((top, end - 1, column) for top, end, column, _ in sheet.merged_cells)
        pages.append((sheet.name, filled_down(rows, spans)))
    return pages


def _old_text(book: xlrd.book.Book, cell: xlrd.sheet.Cell) -> str | None:
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return cell_text(bool(cell.value))
    if cell.ctype == xlrd.XL_CELL_DATE:
        try:
            moment = xlrd.xldate_as_datetime(cell.value, book.datemode)
        except (xlrd.xldate.XLDateError, OverflowError):
            return cell_text(cell.value)
        return cell_text(moment.time() if 0 <= cell.value < 1 else moment)
    if cell.ctype == xlrd.XL_CELL_NUMBER:
        zeros = zeros_of(book.format_map[book.xf_list[cell.xf_index].format_key].format_str)
        text = cell_text(cell.value)
        return text.zfill(zeros) if zeros and text is not None and text.isdecimal() else text
    return cell_text(cell.value)


def filled_down(rows: list[Row], spans: Iterable[tuple[int, int, int]]) -> list[Row]:
    """Put the value of a cell merged over several rows into each of them: it is said of all. Spans: top, bottom, column."""
    left = _MOST_FILLED
    for top, bottom, column in spans:
        left -= max(min(bottom, len(rows)) - top, 0)
        if left < 0:
            break
        value = rows[top][column] if top < len(rows) and column < len(rows[top]) else None
        for row in rows[top + 1 : bottom + 1] if value is not None else ():
            row.extend([None] * (column + 1 - len(row)))
            row[column] = row[column] or value
    return rows


def cell_text(cell: Any) -> str | None:
    """A workbook cell as text; None when it is empty.

    Whole numbers lose their ``.0``; numbers of 16 digits and more keep their E, since digits are lost already.
    """
    if isinstance(cell, str):
        return cell or None
    if cell is None:
        return None
    if isinstance(cell, bool):
        return "1" if cell else "0"
    if isinstance(cell, float):
        if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        return f"{cell:.6E}" if abs(cell) >= 1e15 else repr(cell)
    if isinstance(cell, dt.datetime):
        return _moment(cell + _HALF_SECOND)
    if isinstance(cell, dt.time):
        return ZERO_DAY if cell == dt.time(0) else _clock(cell)
    return str(cell)


def _moment(moment: dt.datetime) -> str:
    """To the nearest second: a workbook holds 08:05:09 as a fraction of a day that may fall just short of it."""
    text = moment.isoformat(sep=" ", timespec="seconds")
    return text.removesuffix(" 00:00:00")


def _clock(clock: dt.time) -> str:
    return (dt.datetime.combine(dt.date.min, clock) + _HALF_SECOND).time().isoformat(timespec="seconds")


def first_line(fault: BaseException) -> str:
    """The first line of an error's message."""
    return str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
