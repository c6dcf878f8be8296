"""Spark for a stage: begun when it is needed, what it keeps for a while put away, its errors a line."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ruralkpi.engines.folder import Place
from ruralkpi.engines.spark.session import first_line, lazily
from ruralkpi.errors import UserError
from ruralkpi.settings import Settings
from ruralkpi.texts import say

WORK = "book.work"
_FULL = ("No space left on device", "File too large", "Disk quota exceeded")  # as Java says it


@contextmanager
def sparked(settings: Settings, master: str, to: Place | None = None) -> Iterator[tuple[Callable[[], Any], Path]]:
    """Spark on `master`, begun when it is asked for, and a folder for what is kept for a while: in TO, or beside the book where
    TO is far.

    Inside `alone`. Raises UserError for a master that can't be reached, and for what Spark can't get done; then its log stays.
    """
    work = to / WORK if isinstance(to, Path) else settings.db.with_name(f"{settings.db.stem}.spark.work")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    try:
        with lazily(master, work, settings.memory_bytes) as spark:
            yield spark, work
    except Exception as fault:
        if type(fault).__module__.partition(".")[0] not in ("pyspark", "py4j"):
            raise
        raise UserError(_told(fault, to or settings.db, work)) from None
    else:
        shutil.rmtree(work, ignore_errors=True)
    finally:
        with suppress(OSError):
            work.rmdir()  # where Spark has not begun


def _told(fault: Exception, to: Place, work: Path) -> str:
    """What Spark could not get done, in a line."""
    text = str(fault)
    if any(one in text for one in _FULL):
        return say("error.spark_full", folder=to)
    return say("error.spark_failed", fault=first_line(fault), log=work / "spark.log")
