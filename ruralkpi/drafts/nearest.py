"""Which export a table is most like, and which columns each of its headers may stand for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cache

from ruralkpi.drafts.dates import CLOCK, TIME, is_mostly
from ruralkpi.drafts.tables import Seen
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import ORIGIN, Column, Export, plain
from ruralkpi.exports.vocabulary import UNKNOWN, Reader
from ruralkpi.intake.tables.match import Known

_ALIKE, _OFFERED = 0.6, 3  # how like a header must be to be offered, and how many columns are
_TIMES = ("stamp", "stamps", "day")
_LEAST, _FITTING = 0.2, 4
_CODE = re.compile(r"^(?=.*\d)[\w-]+$", re.ASCII)
_DECIMAL = re.compile(r"-?\d+\.\d+")
_WORDS = 40  # different texts of a column that may be words


@dataclass(frozen=True)
class Guess:
    """A table taken for one export. `sure`: column → the place of the header that is its own and no other's; `offered`: place →
    the columns that it may stand for, likeliest first; `joined`: (place of a date, place of a time of day); `lacking`: required
    columns without a sure header; `is_said`: see guesses."""

    export: Export
    sure: dict[str, int]
    offered: dict[int, list[str]]
    joined: tuple[int, int] | None
    lacking: list[str]
    score: float
    is_said: bool = False


def guesses(seen: Seen, wanted: str = "") -> list[Guess]:
    """The exports from the likeliest on; only `wanted` where it is named.

    It is said that a table is an export where the user says so, where its header is whole, or where the file's name says it of
    this one alone and no other export is as like to the headers: a name by itself is a guess (申诉 may be either of two).
    """
    named = {export.name: n for export, n in Known.of(list(built_in().values()), seen.sheet.source.name).exports if n}
    found = [_guess(seen, export) for export in built_in().values() if wanted in ("", export.name)]
    best = max(found, key=lambda one: one.score)
    told = []
    for one in found:
        name = one.export.name
        is_whole = seen.is_understood and seen.match is not None and seen.match.is_sure and seen.match.export.name == name
        is_named = list(named) == [name] and bool(one.sure) and one.score == best.score
        score = one.score + min(named.get(name, 0), 4)
        told.append(replace(one, score=score, is_said=wanted == name or is_whole or is_named))
    return sorted(told, key=lambda one: (-one.is_said, -one.score, one.export.name))


def _guess(seen: Seen, export: Export) -> Guess:
    places: dict[str, list[int]] = {}
    for place, title in enumerate(seen.titles):
        for column, _ in export.wanted.get(plain(title), ()) if title else ():
            places.setdefault(column, []).append(place)
    sure = {column: own[0] for column, own in places.items() if len(own) == 1 and column not in ORIGIN}
    if seen.match is not None and seen.match.export.name == export.name and seen.match.is_under_groups:
        sure = {column: own[0] for column, own in seen.match.places.items() if len(own) == 1}
    taken = set(sure.values())
    offered = {
        place: near
        for place, title in enumerate(seen.titles)
        if title and place not in taken and (near := _near(seen, place, export, set(sure)))
    }
    lacking = [name for name, column in export.columns.items() if column.required and name not in sure]
    held = {column for near in offered.values() for column in near}
    score = sum(1.5 if export.columns[name].required else 1.0 for name in sure) + 0.3 * len(
        {near[0] for near in offered.values()}
    )
    strange = [place for place, title in enumerate(seen.titles) if title and place not in taken and place not in offered]
    times_n = sum(1 for place in strange if is_mostly(TIME, seen.texts(place)[:200]))  # events, of another export
    score -= 0.5 * sum(1 for name in lacking if name not in held) + 0.5 * times_n
    return Guess(export, sure, offered, _joined(seen), lacking, score)


def _near(seen: Seen, place: int, export: Export, sure: set[str]) -> list[str]:
    texts = seen.texts(place)
    scored = [
        (-score, name)
        for name, column in export.columns.items()
        if name not in sure and name not in ORIGIN and (score := _likeness(seen.titles[place], texts, column)) >= _ALIKE
    ]
    return [name for _, name in sorted(scored)[:_OFFERED]]


def _likeness(title: str, texts: Sequence[str], column: Column) -> float:
    """How like a column a header and what stands below it are: 0 and up; a time is no other kind of column, nor the reverse."""
    alike = max((_alike(plain(title), plain(head)) for head in (*column.headers, column.name)), default=0.0)
    if alike < _LEAST:
        return 0.0
    kind_fits = 0.0
    if texts:
        is_time = is_mostly(TIME, list(texts[:200]))
        if is_time != (column.kind in _TIMES or column.kind == "birthday") or (column.kind == "id" and not _is_id(texts)):
            return 0.0
        kind_fits = 0.3 if is_time else 0.0
        kind_fits += 0.6 * _known_words(texts, column)
    return kind_fits + alike


def _is_id(texts: Sequence[str]) -> bool:
    return not any(" " in text or _DECIMAL.fullmatch(text) for text in texts[:50])


def fitting(seen: Seen, guess: Guess, name: str) -> list[int]:
    """Places that nothing is known of and whose cells may be a required column's that no header is like."""
    column = guess.export.columns[name]
    free = [place for place, title in enumerate(seen.titles) if title and place not in guess.sure.values()]
    if column.kind in _TIMES:
        return [place for place in free if is_mostly(TIME, seen.texts(place)[:200])][:_FITTING]
    coded = [place for place in free if is_mostly(_CODE, seen.texts(place)[:200])]
    return coded[:_FITTING] if column.kind == "id" else []


def _known_words(texts: Sequence[str], column: Column) -> float:
    """The share of the texts that are words of a deciding column, where few texts stand there; yes and no are said anywhere."""
    if column.words is None or column.kind == "flag" or not 0 < len(texts) <= _WORDS:
        return 0.0
    return sum(1 for text in texts if column.words.by_key and _means(column, text)) / len(texts)


def _means(column: Column, text: str) -> bool:
    assert column.words is not None
    meaning = Reader(column.words).means(text)
    return meaning is not None and UNKNOWN not in meaning


@cache
def _alike(one: str, other: str) -> float:
    """How alike two headers are, 0 to 1: their common letters, and their common end, which says what kind a column is."""
    ratio = SequenceMatcher(None, one, other, autojunk=False).ratio()
    return ratio if not (one in other or other in one) else max(ratio, 0.6)


def _joined(seen: Seen) -> tuple[int, int] | None:
    """A column of days right beside one of times of day."""
    for place in range(len(seen.titles) - 1):
        day, clock = seen.texts(place), seen.texts(place + 1)
        if is_mostly(TIME, day) and is_mostly(CLOCK, clock) and not any(":" in text for text in day):
            return place, place + 1
    return None
