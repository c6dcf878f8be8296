"""Workbooks as named pages of text: xlsx and ods by one reader, old xls by another.

Every cell becomes text as a person would have typed it, so that all ways end in the same clean step.
A true date cell becomes ISO text; at midnight it is a day without a time of day (definition X19).
"""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

import xlrd
from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.binary import unvalued_in
from ruralkpi.intake.readers.box.limits import Count
from ruralkpi.intake.readers.names import with_own_names
from ruralkpi.intake.readers.opendocument import Extras, extras_of, with_said
from ruralkpi.intake.readers.page import FORMULA, SINCE_1904, Page, Row, filled_down
from ruralkpi.intake.readers.shown import as_shown, zeros_of
from ruralkpi.intake.readers.zipped import day_zero_of, refuse_damaged
from ruralkpi.texts import say

ZERO_DAY = "1900-01-01"  # what a workbook means by a date cell that holds 0
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_LONGEST = 120  # characters of an error's message that are shown
_HALF_SECOND = dt.timedelta(milliseconds=500)


def pages_of(content: bytes, kind: str, count: Count) -> list[Page]:
    """The sheets of a workbook in their order, hidden ones too and said so, as rows of text; a merged cell's value in each row
    that it spans.

    Raises UserError for one that is locked, damaged or too large; MemoryError passes.
    """
    file, has_formulas = count.file, False
    if kind == "zip":
        refuse_damaged(content, file)
    elif _ENCRYPTED in content:
        raise UserError(say("error.password", file=file))
    try:
        if kind == "zip":
            content, has_formulas = as_shown(content, file)
        return _old(content, count) if kind == "ole" else _new(content, count, has_formulas)
    except (UserError, MemoryError):
        raise
    except Exception as fault:  # readers wrap I/O, zip and struct errors in many classes
        text = first_line(fault)
        key = "password" if "assword" in text or "encrypted" in text else "zip" if "Cannot detect" in text else "workbook"
        raise UserError(say(f"error.{key}", file=file, fault=text)) from None


def _new(content: bytes, count: Count, has_formulas: bool = False) -> list[Page]:
    pages, extras, day_zero = [], extras_of(content, count.file), day_zero_of(content)
    with CalamineWorkbook.from_filelike(io.BytesIO(content)) as book:
        if len(set(book.sheet_names)) < len(book.sheet_names):
            return _new(with_own_names(content, count.file), count, has_formulas)
        for about in book.sheets_metadata:
            if about.typ != SheetTypeEnum.WorkSheet:
                continue
            sheet = book.get_sheet_by_name(about.name)
            count.cells(sheet.total_height * sheet.total_width)  # the reader makes the empty ones before the first, too
            rows: list[Row] = [[cell_text(cell) for cell in row] for row in sheet.iter_rows()]
            more = extras.get(about.name, Extras())
            spans = [(top, bottom, column) for (top, column), (bottom, _) in sheet.merged_cell_ranges or ()]
            rows = filled_down(with_said(rows, more.said), [*spans, *more.spans])
            formulas = (has_formulas or bool(more.said)) and any(FORMULA in row for row in rows)
            pages.append(Page(about.name, rows, about.visible != SheetVisibleEnum.Visible, formulas, day_zero))
    return pages


def _old(content: bytes, count: Count) -> list[Page]:
    """BIFF 2 to 8; files that this reader finds damaged are tried by the other, which is the more lenient of the two."""
    try:
        book = xlrd.open_workbook(
            file_contents=content, formatting_info=True, ragged_rows=True, logfile=io.StringIO(), on_demand=True
        )
        sheets = book.sheets()
    except Exception as fault:
        if "encrypted" in str(fault):
            raise
        return _new(content, count)
    pages, day_zero = [], SINCE_1904 if book.datemode else None
    is_late = book.biff_version >= 50  # earlier ones are written by no program that leaves values out
    unvalued = unvalued_in(book.mem, book.base, book._sh_abs_posn) if is_late else [set[tuple[int, int]]()] * len(sheets)
    book.release_resources()
    for sheet, without in zip(sheets, unvalued, strict=True):
        count.cells(sum(map(sheet.row_len, range(sheet.nrows))))
        rows = [[_old_text(book, cell) for cell in sheet.row(number)] for number in range(sheet.nrows)]
        for row, column in without:
            if row < len(rows) and column < len(rows[row]):
                rows[row][column] = FORMULA
        spans = ((top, end - 1, column) for top, end, column, _ in sheet.merged_cells)
        pages.append(Page(sheet.name, filled_down(rows, spans), bool(sheet.visibility), bool(without), day_zero))
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
    """The first line of an error's message, as far as it can be shown."""
    line = str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__
    shown = "".join(c if c.isprintable() else " " for c in line)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"
