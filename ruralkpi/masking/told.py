"""Lines that go to a console, a log or a manifest: without the numbers and the names that the databases at hand know."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from ruralkpi.masking import phones, unmasked

_WORDED = re.compile(r"[^\W\d_]{2}|\d{6}")
_LISTS: list[Path] = []


def know(*databases: Path) -> None:
    """The databases whose lists say from now on who is known, where they exist."""
    _LISTS[:] = databases


def masked(text: str, databases: Sequence[Path] | None = None) -> str:
    """A line as it may be shown: `hidden`, unless names and phones are asked for."""
    return text if unmasked.is_on() else hidden(text, databases)


def hidden(text: str, databases: Sequence[Path] | None = None) -> str:
    """A line without numbers and known names; `databases`: others than those of `know`.

    A database that a run is just writing knows nobody; its lines are told when it is done.
    """
    if not _WORDED.search(text):
        return text
    for path in _LISTS if databases is None else databases:
        text = _hidden(text, path)
    return phones.masked(text)


def _hidden(text: str, database: Path) -> str:
    import duckdb  # only where there is a line to tell

    from ruralkpi.databases import reading
    from ruralkpi.errors import UserError
    from ruralkpi.masking import listed

    try:
        with reading(database) as con:
            return listed.masked(con, [text])[text]
    except (duckdb.Error, UserError, OSError):  # there is none, or it can't be read
        return text
