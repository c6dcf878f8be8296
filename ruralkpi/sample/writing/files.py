"""Writing tables as files, the same bytes each time."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pandas as pd
import xlsxwriter

# A workbook carries the time of its making: this one, always.
MADE = datetime(2026, 1, 1)


def write(path: Path, cells: pd.DataFrame, encoding: str) -> None:
    """Write spelled cells as CSV or, by the ending, as a workbook."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        cells.to_csv(path, index=False, encoding=encoding, lineterminator="\r\n")
    else:
        workbook(path, cells)


def workbook(path: Path, cells: pd.DataFrame) -> None:
    """One sheet; text stays text, dates are true dates. Slow (cell by cell), so only one county has it."""
    book = xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": MADE})
    sheet = book.add_worksheet("Sheet1")
    stamp, day = (
        book.add_format({"num_format": "yyyy/m/d h:mm:ss"}),
        book.add_format({"num_format": "yyyy/m/d"}),
    )
    sheet.write_row(0, 0, list(cells.columns), book.add_format({"bold": True}))
    for at, column in enumerate(cells.columns):
        for row, cell in enumerate(cells[column], start=1):
            if isinstance(cell, datetime):
                sheet.write_datetime(row, at, cell, stamp)
            elif isinstance(cell, date):
                sheet.write_datetime(row, at, cell, day)
            elif isinstance(cell, str) and cell:
                sheet.write_string(row, at, cell)
            elif cell is not None and cell != "":
                sheet.write_number(row, at, cell)
    book.close()
