"""Workbooks that are zip files: refused before they are opened when they would unpack to more than a machine holds."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

from ruralkpi.errors import UserError
from ruralkpi.texts import say

MAX_BYTES = 1 << 30  # unpacked, all parts together
MAX_CELLS = 40_000_000  # last row × last column of a sheet: readers keep the empty ones too
_SHEET = re.compile(r"worksheets/[^/]*\.xml$|content\.xml$")
_CELL = re.compile(rb'<(?:\w+:)?(?:c|row)\s[^>]*?\br="([A-Z]*)(\d+)"')
_BLOCK = 1 << 20


def refuse_bomb(content: bytes, file: str) -> None:
    """Raises UserError for a zip that is damaged, too large, locked, or no workbook at all.

    Sizes are counted by unpacking in blocks, since the sizes that a zip states of itself may lie.
    """
    unpacked = 0
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.infolist():
                corner, tail = [0, 0], b""
                for block in _blocks(content, part):
                    unpacked += len(block)
                    if unpacked > MAX_BYTES:
                        raise UserError(say("error.bomb_bytes", file=file, limit=MAX_BYTES >> 20))
                    if _SHEET.search(part.filename):
                        _stretch(corner, tail + block)
                        tail = block[-200:]
                if corner[0] * corner[1] > MAX_CELLS:
                    raise UserError(
                        say("error.bomb_cells", file=file, rows=corner[0], columns=corner[1], limit=MAX_CELLS // 10**6)
                    )
            _is_workbook(archive, file)
    except (zipfile.BadZipFile, zlib.error, ValueError, IndexError, OSError, NotImplementedError):
        raise UserError(say("error.zip", file=file)) from None


def _is_workbook(archive: zipfile.ZipFile, file: str) -> None:
    names = archive.namelist()
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise UserError(say("error.password", file=file))
    if "content.xml" not in names and not any("workbook" in name.lower() for name in names):
        raise UserError(say("error.no_table", file=file))


def _blocks(content: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    head = part.header_offset
    start = (
        head
        + 30
        + int.from_bytes(content[head + 26 : head + 28], "little")
        + int.from_bytes(content[head + 28 : head + 30], "little")
    )
    packed = content[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield packed
        return
    if part.compress_type != zipfile.ZIP_DEFLATED:
        raise NotImplementedError(part.compress_type)
    unpacker = zlib.decompressobj(-15)
    while packed:
        yield unpacker.decompress(packed, _BLOCK)
        if unpacker.eof:
            return
        packed = unpacker.unconsumed_tail
    yield unpacker.flush()


def _stretch(corner: list[int], block: bytes) -> None:
    """Move the corner (rows, columns) out to the last cell that a block of a sheet names."""
    found = _CELL.findall(block)
    if found:
        corner[0] = max(corner[0], max(int(row) for _, row in found))
        corner[1] = max(corner[1], max(map(_number, {letters for letters, _ in found})))


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters[:4]:
        number = number * 26 + letter - 64
    return number
