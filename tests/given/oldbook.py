"""A true .xls (BIFF8 in an OLE file) for the tests, as small as readers take it."""

from __future__ import annotations

import struct
from typing import NamedTuple

FORMATS = ("General", "0000", "yyyy-mm-dd hh:mm:ss")
_ERRORS = {"#N/A": 42, "#REF!": 23}
_SECTOR = 512


class Formula(NamedTuple):
    """A formula's stored value, None for the empty text, and its flags."""

    value: float | None
    flags: int = 0


def old_book(
    rows: list[list[object]],
    formats: dict[int, int] | None = None,
    codepage: int = 1200,
    is_1904: bool = False,
    history: int = 0,
) -> bytes:
    """Rows from A1 on: text, numbers, error cells (#N/A, #REF!), formulas. `formats`: column → place in FORMATS; `history`: which
    spreadsheets have saved it."""
    formats = formats or {}
    head = [
        _record(0x809, struct.pack("<HHHHII", 0x600, 5, 0x0DBB, 0x7CC, history, 6)),
        _record(0x42, struct.pack("<H", codepage)),
        _record(0x22, struct.pack("<H", is_1904)),
        *(_record(0x41E, struct.pack("<H", 164 + place) + _text(code)) for place, code in enumerate(FORMATS)),
        *(_record(0xE0, struct.pack("<HHHBBBBIIH", 0, 164 + place, 1, 0, 0, 0, 0, 0, 0, 0)) for place in range(len(FORMATS))),
    ]
    name = struct.pack("<BB", 1, 0) + b"1"
    start = sum(map(len, head)) + 4 + 6 + len(name) + 4
    head += [_record(0x85, struct.pack("<IBB", start, 0, 0) + name[:1] + name[1:]), _record(0x0A, b"")]
    cells = [_cell(r, c, formats.get(c, 0) if r else 0, value) for r, row in enumerate(rows) for c, value in enumerate(row)]
    sheet = [_record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0x0DBB, 0x7CC, 0, 6)), *cells, _record(0x0A, b"")]
    return _ole(b"".join(head + sheet))


def _record(kind: int, content: bytes) -> bytes:
    return struct.pack("<HH", kind, len(content)) + content


def _text(text: str) -> bytes:
    return struct.pack("<HB", len(text), 1) + text.encode("utf-16-le")


def _cell(row: int, column: int, style: int, value: object) -> bytes:
    place = struct.pack("<HHH", row, column, style)
    if value is None:
        return b""
    if isinstance(value, str):
        if value in _ERRORS:
            return _record(0x205, place + struct.pack("<BB", _ERRORS[value], 1))
        return _record(0x204, place + _text(value))
    if isinstance(value, Formula):
        stored = b"\3\0\0\0\0\0\xff\xff" if value.value is None else struct.pack("<d", value.value)
        return _record(0x06, place + stored + struct.pack("<HIH", value.flags, 0, 3) + b"\x1e\1\0")
    return _record(0x203, place + struct.pack("<d", value))


def _ole(stream: bytes) -> bytes:
    """An OLE file with one stream: header, FAT, directory, then the stream."""
    stream = stream.ljust(4096, b"\0")
    sectors = -(-len(stream) // _SECTOR)
    end, unused = 0xFFFFFFFE, 0xFFFFFFFF
    chain = [0xFFFFFFFD, end, *range(3, 2 + sectors), end]
    fat = struct.pack("<128I", *chain, *[unused] * (128 - len(chain)))
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + bytes(16)
        + struct.pack("<HHHHH6xIII4xIIIII", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 4096, end, 0, end, 0)
    )
    header += struct.pack("<109I", 0, *[unused] * 108)
    entries = _entry("Root Entry", 5, 1, end, 0) + _entry("Workbook", 2, unused, 2, len(stream))
    return header + fat + entries.ljust(_SECTOR, b"\0") + stream.ljust(sectors * _SECTOR, b"\0")


def _entry(name: str, kind: int, child: int, start: int, size: int) -> bytes:
    text = name.encode("utf-16-le")
    none = 0xFFFFFFFF
    return text.ljust(64, b"\0") + struct.pack("<HBBIII36xIII", len(text) + 2, kind, 1, none, none, child, start, size, 0)
