"""The flag that shows names and phones as they are stored, and the log of its use (STANDARD section 7)."""

from __future__ import annotations

import datetime as dt
import getpass
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ruralkpi.errors import UserError
from ruralkpi.texts import say

_ON = [False]


def is_on() -> bool:
    """Whether names and phones are shown as they are stored."""
    return _ON[0]


def turn_on() -> None:
    """For a worker of a run whose use of the flag is logged already."""
    _ON[0] = True


def log_of(book: Path) -> Path:
    """The log beside a book: a JSON line for each use, with time, user and what was asked for."""
    return book.with_name(f"{book.stem}.unmasked.log")


@contextmanager
def shown(book: Path, what: str) -> Iterator[Path]:
    """Inside the block names and phones are shown; the log, which is given, says so first.

    Raises UserError where the log can't be written: then nothing is shown.
    """
    log = log_of(book)
    line = {"at": dt.datetime.now().astimezone().isoformat(timespec="seconds"), "user": _user(), "what": what}
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    except OSError as fault:
        raise UserError(say("error.unwritable", folder=log.parent, fault=fault.strerror or fault)) from None
    before, _ON[0] = _ON[0], True
    try:
        yield log
    finally:
        _ON[0] = before


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no name for this user
        return str(os.getuid())
