"""One run at a time in a month's folder, the last card of a killed run's workers included."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from ruralkpi.errors import UserError
from ruralkpi.texts import say

_NAME = ".lock"


@contextmanager
def alone(folder: Path, patience: float = 10.0) -> Iterator[TextIO]:
    """Hold the folder. Workers of a run that was killed finish their card first; that is waited for.

    Raises UserError when another run holds the folder for longer than `patience` seconds.
    """
    import fcntl

    with (folder / _NAME).open("w") as file:
        until = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError:
                if time.monotonic() > until:
                    raise UserError(say("card.locked", folder=folder)) from None
                time.sleep(0.05)
        yield file


def let_workers_in(file: TextIO) -> None:
    """From now on workers may hold the folder too; a second run still may not."""
    import fcntl

    fcntl.flock(file, fcntl.LOCK_SH)


def join(folder: Path) -> TextIO | None:
    """A worker's own hold on the folder, until its process ends; None when the run has ended already."""
    import fcntl

    try:
        file = (folder / _NAME).open("r")
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return file
    except OSError:
        return None
