"""What xlsb and xls say and their readers would not tell: of an xlsb error cells, written into its sheets as text before they
are read, and from when it counts days; of an xls formulas without a stored value."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence

from xlrd import error_text_from_code

SHEET_RECORD = b"\x81\x01"  # how a part begins that is a sheet
_ROW, _ERROR, _FORMULA_ERROR, _TEXT = 0, 3, 11, 6  # kinds of records
_WORKBOOK = 0x99 | 0x01 << 7  # of workbook.bin: how the whole is meant
_PLACE = 8  # bytes of a cell's record that say its column and style; the error's code is the next
# what an error's record looks like, and by chance some others
_SOUGHT = re.compile(rb"[\x03\x0b][\x09-\xff][\x01-\x7f]?[\s\S]{2}\x00\x00[\s\S]{4}[\x00\x07\x0f\x17\x1d\x24\x2a\x2b]")
# of an xls: records that begin and end a part of it, and formulas: row, column, style, stored value, flags
_BEGIN, _END, _OLD_FORMULAS = 0x809, 0x0A, (0x06, 0x206, 0x406)
_OLD_FORMULA, _ASKS = struct.Struct("<HHH8sH"), 2  # the flag that asks to be worked out when the file is opened
_HISTORY = struct.Struct("<12xI")  # of the first record: which spreadsheets have saved the file; 0 for none


def is_since_1904(workbook: bytes) -> bool:
    """Whether an xlsb's workbook.bin says that days are counted from 1904."""
    at = 0
    while at < len(workbook):
        kind, body = _number(workbook, at, 2)
        length, body = _number(workbook, body, 4)
        if kind == _WORKBOOK:
            return bool(length and workbook[body] & 1)
        at = body + length
    return False


def with_errors(sheet: bytes) -> bytes:
    """The sheet with its error cells as text; the same bytes when it has none."""
    if not _SOUGHT.search(sheet):
        return sheet
    said, done, at = list[bytes](), 0, 0
    while at < len(sheet):
        kind, body = _number(sheet, at, 2)
        length, body = _number(sheet, body, 4)
        if kind in (_ERROR, _FORMULA_ERROR) and length > _PLACE:
            text = error_text_from_code.get(sheet[body + _PLACE], "#N/A").encode("utf-16-le")
            size = _PLACE + 4 + len(text)
            said += [
                sheet[done:at],
                bytes((_TEXT, size)),
                sheet[body : body + _PLACE],
                (len(text) // 2).to_bytes(4, "little"),
                text,
            ]
            done = body + length
        at = body + length
    return b"".join([*said, sheet[done:]])


def _number(sheet: bytes, at: int, most: int) -> tuple[int, int]:
    """A number in bytes of 7 bits, the lowest first, and where it ends; kinds keep the bits that say that more follow."""
    found = 0
    for place in range(most):
        byte = sheet[at + place]
        found |= (byte & 0x7F) << 7 * place
        if byte < 0x80:
            return found, at + place + 1
    return found, at + most


def unvalued_in(book: bytes, first: int, sheets: Sequence[int]) -> list[set[tuple[int, int]]]:
    """Of each sheet of an xls of 1993 or later, the cells (row, column) of formulas without a stored value; `first` and `sheets`:
    where its first record and the sheets begin.

    A missing value is written as 0 or as an empty text. It is one where the formula asks to be worked out on opening the file,
    or where no spreadsheet has ever saved the file and no formula in it has another value.
    """
    found = [list(_formulas(book, start)) for start in sheets]
    kind, length = struct.unpack_from("<HH", book, first)
    is_unsaved = kind == _BEGIN and length >= 16 and _HISTORY.unpack_from(book, first)[0] == 0
    is_blank = is_unsaved and not any(has_value for several in found for *_, has_value, _ in several)
    return [{(r, c) for r, c, has_value, asks in several if not has_value and (asks or is_blank)} for several in found]


def _formulas(book: bytes, at: int) -> Iterator[tuple[int, int, bool, bool]]:
    """The formulas of a sheet: row, column, whether they have a value that is neither 0 nor an empty text, whether they ask."""
    deep = 0
    while at + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, at)
        deep += (kind == _BEGIN) - (kind == _END)
        if deep <= 0:
            return
        if kind in _OLD_FORMULAS and length >= _OLD_FORMULA.size and at + 4 + length <= len(book):
            row, column, _, value, flags = _OLD_FORMULA.unpack_from(book, at + 4)
            is_empty = value[6:] == b"\xff\xff" and value[0] == 3
            yield row, column, any(value) and not is_empty, bool(flags & _ASKS)
        at += 4 + length
