"""The rows of a sheet that may be its header: each by itself, and each together with the group heads above it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.resources import files
from typing import Any

from ruralkpi.exports.form import plain

A_DAY = re.compile(r"\d[-/.年]\d{1,2}[-/.月]\d")


@dataclass(frozen=True)
class Header:
    """A row that may be the header; `titles` as a person reads them, `names` what each may be called, best first.

    `lower` and `upper`: the plain cells of the row and, where it stands under group heads, of the row above.
    """

    number: int
    titles: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]
    lower: frozenset[str]
    upper: frozenset[str] = frozenset()
    is_under_groups: bool = False

    def is_joined(self, place: int, name: str) -> bool:
        """Whether a cell is called so together with its group head: 代理人 over 工号."""
        names = self.names[place]
        return len(names) > 1 and names[0] != names[1] and name == names[0]

    def is_bare(self, place: int, name: str) -> bool:
        """Whether a cell is called so without its group head, which nobody knows: 工号 under 片区经理."""
        names = self.names[place]
        return len(names) > 1 and names[0] != names[1] and name == names[1]

    @cached_property
    def words(self) -> frozenset[str]:
        """All that its cells may be called."""
        return frozenset(name for names in self.names for name in names)

    def best(self, known: Set[str]) -> list[str] | None:
        """For each cell the name that is known, else its first; None when none is, or when a row says nothing here."""
        if known.isdisjoint(self.words):  # nearly all rows
            return None
        row = [next((name for name in names if name in known), names[0]) for names in self.names]
        hits = known & set(row)
        if self.is_under_groups and (hits <= self.lower or hits <= self.upper):
            return None
        return row


@cache
def _told() -> dict[str, Any]:
    return tomllib.loads((files("ruralkpi") / "intake" / "remarks.toml").read_text(encoding="utf-8"))


def patterns() -> dict[str, str]:
    """The patterns of remarks.toml by name."""
    return {key: value for key, value in _told().items() if isinstance(value, str)}


def word_list(name: str) -> tuple[str, ...]:
    """One of the lists of words of remarks.toml."""
    return tuple(_told()[name])


@cache
def is_measure(title: str) -> bool:
    """Whether a header counts or rates something, as those of a summary do: 次数, 完成率."""
    return bool(re.search(patterns()["measure"], title.strip(), re.IGNORECASE))


@cache
def is_title(cell: str) -> bool:
    """Whether a cell reads like a header, known or not: 库存编号, 单价."""
    return bool(re.search(patterns()["title"], cell.strip(), re.IGNORECASE)) and not re.search(r"\d", cell)


@cache
def is_label(cell: str) -> bool:
    """Whether a cell names what it says, as no id or name does: 单位：某县分公司."""
    return bool(re.search(patterns()["label"], cell.strip(), re.IGNORECASE))


def headers_of(rows: Sequence[Sequence[Any]]) -> list[Header]:
    """Every row that says anything, alone and under the row above it."""
    cells = [[(cell or "").strip() for cell in row] for row in rows]
    found = []
    for number, row in enumerate(cells, start=1):
        if not any(row):
            continue
        alone = tuple((plain(cell),) for cell in row)
        found.append(Header(number, tuple(row), alone, frozenset(plain(cell) for cell in row if cell)))
        if number > 1 and sum(map(bool, cells[number - 2])) > 1 and not any(map(A_DAY.search, row)):
            found.append(_under_groups(number, cells[number - 2], row))
    return found


def _under_groups(number: int, upper: list[str], lower: list[str]) -> Header:
    """受理 over 时间 is 受理时间, else 时间; a head over nothing is itself; a group reaches as far as its next neighbour."""
    titles, names, group = [], [], ""
    for place in range(max(len(upper), len(lower))):
        above = upper[place] if place < len(upper) else ""
        below = lower[place] if place < len(lower) else ""
        group = above or group
        titles.append(group + below if below and group != below else below or above)
        names.append(tuple(map(plain, (group + below, below) if below else (above,))))
    plains = [frozenset(plain(cell) for cell in row if cell) for row in (lower, upper)]
    return Header(number, tuple(titles), tuple(names), plains[0], plains[1], is_under_groups=True)
