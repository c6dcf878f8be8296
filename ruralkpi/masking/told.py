"""Lines that go to a console, a log or a manifest: without the numbers and the names that the databases at hand know."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
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


def all_masked(texts: Iterable[str]) -> dict[str, str]:
    """Lines → each as it may be shown; their names are looked up together, since to open a database takes a while."""
    return {text: text for text in texts} if unmasked.is_on() else _all_hidden(texts, _LISTS)


def hidden(text: str, databases: Sequence[Path] | None = None) -> str:
    """A line without numbers and known names; `databases`: others than those of `know`.

    A database that a run is just writing knows nobody; its lines are told when it is done.
    """
    return _all_hidden([text], _LISTS if databases is None else databases)[text]


def _all_hidden(texts: Iterable[str], databases: Sequence[Path]) -> dict[str, str]:
    shown = {text: text for text in texts}
    worded = [text for text in shown if _WORDED.search(text)]
    for path in databases if worded else ():
        found = _named_hidden({shown[text] for text in worded}, path)
        shown |= {text: found.get(shown[text], shown[text]) for text in worded}
    return shown | {text: phones.masked(shown[text]) for text in worded}


def _named_hidden(texts: Iterable[str], database: Path) -> dict[str, str]:
    import duckdb  # only where there is a line to tell

    from ruralkpi.databases import glancing
    from ruralkpi.errors import UserError
    from ruralkpi.masking import listed

    try:
        with glancing(database) as con:
            return listed.masked(con, texts)
    except (duckdb.Error, UserError, OSError):  # there is none, or it can't be read
        return {}
