"""Names that are known, inside free text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from ruralkpi.masking import people, phones
from ruralkpi.masking.vocabulary import LETTER, is_han

_BLANKS = re.compile("[ \t\u3000\u00a0]")


def hidden(text: str, names: Iterable[str], kept: Iterable[str] = ()) -> str:
    """A text without numbers and without `names`; `kept` are longer names that stay whole (桃李园小学, although 李园 is known).

    The longest name at a place counts, with or without blanks between its characters; other letters only as whole words.
    """
    text, parts, end = phones.masked(text), [], 0
    hide = set(names)
    found = [(start, -stop, name) for name in hide.union(kept) for start, stop in _places(text, name)] if hide else []
    for start, minus_stop, name in sorted(found):
        if start >= end:
            shown = people.hidden(text[start:-minus_stop]) if name in hide else text[start:-minus_stop]
            parts += [text[end:start], shown]
            end = -minus_stop
    return "".join(parts) + text[end:]


def bare(name: str) -> str:
    """A name as it is looked up: small letters, no blanks."""
    return _BLANKS.sub("", name).lower()


def _places(text: str, name: str) -> Iterator[tuple[int, int]]:
    start = text.find(name) if is_han(name) else -1
    if start < 0 or _BLANKS.search(text):  # spelled with blanks, or in other letters
        yield from (found.span() for found in _spelled(name).finditer(text))
    while start >= 0:
        yield start, start + len(name)
        start = text.find(name, start + len(name))


@lru_cache(maxsize=1 << 14)
def _spelled(name: str) -> re.Pattern[str]:
    if is_han(name):
        return re.compile(f"{_BLANKS.pattern}?".join(map(re.escape, _BLANKS.sub("", name))), re.IGNORECASE)
    spaced = f"{_BLANKS.pattern}+".join(map(re.escape, _BLANKS.split(name)))
    return re.compile(rf"(?<!{LETTER}){spaced}(?!{LETTER})", re.IGNORECASE)
