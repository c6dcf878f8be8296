"""Workbooks that tell whether anybody has changed them since they were handed out: each carries a seal of what is in it."""

from __future__ import annotations

import hashlib
import io
import re
import zipfile
from itertools import chain, count
from pathlib import Path

from ruralkpi.texts import say
from ruralkpi.whole import whole

UNSEALED = "0" * 64  # stands as the comment of a workbook's properties until the seal is known
_PROPERTIES = "docProps/core.xml"


def put(draft: io.BytesIO, path: Path) -> None:
    """Write a workbook with UNSEALED among its properties, whole or not at all, with its seal there instead."""
    with zipfile.ZipFile(draft) as source, whole(path) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as out:
        seal = _seal(source)
        for info in source.infolist():
            content = source.read(info)
            out.writestr(info, content.replace(UNSEALED.encode(), seal) if info.filename == _PROPERTIES else content)


def _seal(zipped: zipfile.ZipFile) -> bytes:
    parts = sorted(f"{info.filename} {info.CRC}" for info in zipped.infolist() if info.filename != _PROPERTIES)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest().encode()


def is_as_made(path: Path) -> bool:
    """Whether a file is a workbook with its seal unbroken."""
    try:
        with zipfile.ZipFile(path) as zipped:
            found = re.search(rb"<dc:description>(\w+)<", zipped.read(_PROPERTIES))
            return found is not None and found[1] == _seal(zipped)
    except Exception:  # whatever it is, it is not as it was made
        return False


def place(path: Path) -> Path:
    """`path`, or where somebody's own work stands there, one beside it whose name says that it is new."""
    newer = f"{path.stem}~{say('quality.newer')}"
    beside = (path.with_name(f"{newer}{n if n > 1 else ''}{path.suffix}") for n in count(1))
    return next(one for one in chain([path], beside) if is_as_made(one) or not (one.exists() or one.is_symlink()))
