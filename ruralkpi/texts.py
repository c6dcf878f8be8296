"""Every text that a user reads, from one catalogue: texts.toml."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from ruralkpi.errors import UserError

LANGUAGES = ("zh", "en")


@cache
def catalogue() -> dict[str, dict[str, str]]:
    """All texts: dotted key → language → text with {placeholders}."""
    file = resources.files("ruralkpi").joinpath("texts.toml")
    flat: dict[str, dict[str, str]] = {}
    _flatten("", tomllib.loads(file.read_text(encoding="utf-8")), flat)
    return flat


def _flatten(prefix: str, table: dict[str, Any], flat: dict[str, dict[str, str]]) -> None:
    if set(table) & set(LANGUAGES):
        flat[prefix] = {language: str(table[language]) for language in LANGUAGES if language in table}
        return
    for name, inner in table.items():
        _flatten(f"{prefix}.{name}" if prefix else name, inner, flat)


def template(key: str, lang: str = "zh", n: Any = None) -> str:
    """The text of a dotted key, unfilled; for n = 1 its form under key_one, if any. Raises KeyError for an unknown key,
    UserError for an unknown language."""
    one = f"{key}_one"
    return catalogue()[one if str(n) == "1" and one in catalogue() else key][known_language(lang)]


def known_language(lang: str) -> str:
    """`lang` where texts exist in it. Raises UserError with those that do."""
    if lang not in LANGUAGES:
        raise UserError(say("error.lang_unknown", value=lang, known="、".join(LANGUAGES)))
    return lang


def say(key: str, lang: str = "zh", **values: Any) -> str:
    """The text of a dotted key, filled in. Raises KeyError for an unknown key or missing value, UserError
    for an unknown language."""
    return template(key, lang, values.get("n")).format(**values)


def some(words: Sequence[str], most: int) -> str:
    """The first of many as one line names them, with … where there are more.

    >>> some(["a", "b"], 2), some(["a", "b", "c"], 2)
    ('a、b', 'a、b…')
    """
    return "、".join(words[:most]) + ("…" if len(words) > most else "")


def letters(n: int) -> str:
    """A to Z, then AA and so on, from 0: a spreadsheet's columns, or a list's items.

    >>> letters(0), letters(25), letters(26), letters(701)
    ('A', 'Z', 'AA', 'ZZ')
    """
    before, last = divmod(n, 26)
    return (letters(before - 1) if before else "") + chr(65 + last)


def cut_off(as_of: dt.datetime) -> str:
    """The cut-off in words: midnight is the end of the day before ('2026-10-31 24:00')."""
    if as_of.time() == dt.time(0):
        return f"{as_of - dt.timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{as_of:%Y-%m-%d %H:%M}"
