"""Workbooks that are zip files: refused when a part that is read is damaged, or would unpack to more than any export."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.binary import is_since_1904
from ruralkpi.intake.readers.page import SINCE_1904
from ruralkpi.texts import say

MAX_BYTES = 1 << 30  # unpacked, all parts that are read together
_READ = re.compile(r"\.(?:xml|rels|bin)$", re.IGNORECASE)  # pictures are not
_BLOCK = 1 << 20
_HEAD = 1 << 14  # bytes of a part in which an xlsx says so, in whatever part it does
_SINCE_1904 = re.compile(rb"<(?:\w+:)?workbookPr\b[^<>]*\sdate1904\s*=\s*[\"'](?:1|true)[\"']")
_NULL_DATE = re.compile(rb"<table:null-date\b[^<>]*\stable:date-value\s*=\s*[\"'](1[89]\d\d-\d\d-\d\d)[\"']")
# of an xls: the record that says so and the one that must follow it
_OLD_SINCE_1904 = b"\x22\0\x02\0\x01\0\x0e\0\x02\0"
_USUAL = dt.date(1899, 12, 30)


def refuse_damaged(content: bytes, file: str) -> None:
    """Raises UserError for a zip that is damaged, too large, locked, or no workbook at all.

    Readers pass over wrong check sums, so each part is unpacked once for them; one that is longer than it says of itself
    has a wrong one.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if _READ.search(part.filename)]
            if len({part.filename.lower() for part in parts}) < len(parts):  # which one counts, each program says otherwise
                raise zipfile.BadZipFile
            if sum(part.file_size for part in parts) > MAX_BYTES:
                raise UserError(say("error.bomb_bytes", file=file, limit=MAX_BYTES >> 20))
            for part in parts:
                with archive.open(part) as stream:
                    while stream.read(_BLOCK):
                        pass
            _refuse_other(archive, file)
    except (UserError, MemoryError):
        raise
    except Exception:  # of zipfile and of each way to pack: BadZipFile, zlib.error, EOFError, RuntimeError, KeyError …
        raise UserError(say("error.zip", file=file)) from None


def _refuse_other(archive: zipfile.ZipFile, file: str) -> None:
    names = archive.namelist()
    if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise UserError(say("error.password", file=file))
    if "content.xml" not in names and not any("workbook" in name.lower() for name in names):
        raise UserError(say("error.no_table", file=file))


def day_zero_of(content: bytes) -> dt.date | None:
    """The day from which a workbook counts days, where that is another than usual; an old xls is asked too."""
    if not content.startswith(b"PK"):
        return SINCE_1904 if _OLD_SINCE_1904 in content else None
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        names = book.namelist()
        if "content.xml" in names:
            found = _NULL_DATE.search(book.read("content.xml"))
            day = dt.date.fromisoformat(found[1].decode()) if found else _USUAL
            return None if day == _USUAL else day
        is_so = any(is_since_1904(book.read(name)) for name in names if name.lower().endswith("workbook.bin"))
        heads = (book.open(name).read(_HEAD) for name in names if name.lower().endswith(".xml"))
        return SINCE_1904 if is_so or any(map(_SINCE_1904.search, heads)) else None
