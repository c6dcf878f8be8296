"""Errors that a user can mend, and the exit codes of the command line."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

DONE, PARTLY, USAGE, GATE, OURS, INTERRUPTED = 0, 1, 2, 3, 70, 130


class UserError(Exception):
    """One line that names what is wrong and what to do; the command line prints it without a traceback."""

    exit_code = USAGE


class NothingToDo(UserError):
    """There is no input to work on (an empty folder, a month without data)."""


def nearest(word: str, known: Iterable[str], n: int = 3) -> list[str]:
    """The known names most like `word`, small and large letters alike, best first; empty when none is similar.

    >>> nearest("VISIT", ["calls", "visits"])
    ['visits']
    """
    by_letters: dict[str, list[str]] = {}
    for name in sorted(known):
        by_letters.setdefault(name.casefold(), []).append(name)
    alike = difflib.get_close_matches(word.casefold(), by_letters, n=n, cutoff=0.4)
    return [name for letters in alike for name in by_letters[letters]][:n]
