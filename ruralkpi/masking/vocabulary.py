"""words.toml, read once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

HAN = "\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"  # inside a character class
LETTER = rf"[^\W_{HAN}]"  # of any other script, or a digit


@cache
def words() -> dict[str, Any]:
    """The lists of words.toml by name."""
    return tomllib.loads((files("ruralkpi") / "masking" / "words.toml").read_text(encoding="utf-8"))


@cache
def listed(name: str) -> frozenset[str]:
    """One of the lists, as a set: of words, or of the characters of a text."""
    return frozenset(words()[name])


def any_of(some: Iterable[str]) -> str:
    """A pattern that finds any of the words, the longest first."""
    return "|".join(re.escape(word) for word in sorted(some, key=lambda word: (-len(word), word)))


def is_han(name: str) -> bool:
    """Whether a name begins with a Chinese character."""
    return bool(_HAN.match(name))


_HAN = re.compile(f"[{HAN}]")
