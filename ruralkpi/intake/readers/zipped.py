"""Workbooks that are zip files: refused when a part that is read is damaged, or would unpack to more than any export."""

from __future__ import annotations

import io
import re
import zipfile

from ruralkpi.errors import UserError
from ruralkpi.texts import say

MAX_BYTES = 1 << 30  # unpacked, all parts that are read together
_READ = re.compile(r"\.(?:xml|rels|bin)$", re.IGNORECASE)  # pictures are not
_BLOCK = 1 << 20


def refuse_damaged(content: bytes, file: str) -> None:
    """Raises UserError for a zip that is damaged, too large, locked, or no workbook at all.

    Readers pass over wrong check sums, so each part is unpacked once for them; one that is longer than it says of itself
    has a wrong one.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if _READ.search(part.filename)]
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
