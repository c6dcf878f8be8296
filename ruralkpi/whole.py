"""Files written whole or not at all; whether one is as it was written, and whether the run that writes one still does."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # what a system says of a disk that takes no more
CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)  # and of a place that is not ours to write


@contextmanager
def whole(path: Path) -> Iterator[Path]:
    """A file beside `path` to write in the block; it takes that place when the block ends well, else it goes."""
    part = path.with_name(path.name + ".part")
    try:
        yield part
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def write(path: Path, text: str) -> None:
    """Write a text whole or not at all, in UTF-8 with line ends as they are."""
    with whole(path) as part:
        part.write_text(text, encoding="utf-8", newline="\n")


def hash_of(path: Path) -> str:
    """The hash of a file's bytes. Raises OSError where they can't be read."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def is_alive(process: str) -> bool:
    """Whether a process of this number runs that is not this one."""
    if not process.isdecimal() or int(process) == os.getpid():
        return False
    try:
        os.kill(int(process), 0)
    except PermissionError:
        return True
    except (OSError, OverflowError):
        return False
    return True
