"""What an xlsb says and its reader would not tell: error cells, written into its sheets as text before they are read, and from
when it counts days."""

from __future__ import annotations

import re

from xlrd import error_text_from_code

SHEET_RECORD = b"\x81\x01"  # how a part begins that is a sheet
_ROW, _ERROR, _FORMULA_ERROR, _TEXT = 0, 3, 11, 6  # kinds of records
_WORKBOOK = 0x99 | 0x01 << 7  # of workbook.bin: how the whole is meant
_PLACE = 8  # bytes of a cell's record that say its column and style; the error's code is the next
# what an error's record looks like, and by chance some others
_SOUGHT = re.compile(rb"[\x03\x0b][\x09-\xff][\x01-\x7f]?[\s\S]{2}\x00\x00[\s\S]{4}[\x00\x07\x0f\x17\x1d\x24\x2a\x2b]")


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
