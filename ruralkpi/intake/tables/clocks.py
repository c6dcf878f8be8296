"""A day and a clock in two columns under one header: merged over both, or with an empty one behind it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from ruralkpi.intake.readers.workbooks import ZERO_DAY
from ruralkpi.intake.tables.match import Match

Pairs = Callable[[int], Iterable[tuple[str | None, str | None]]]  # a column's cells below the header, and those beside them
_CLOCK = re.compile(rf"\D{{0,6}}\d{{1,2}}\s?[:：时時点點][^-/年]{{0,12}}|{ZERO_DAY}")  # 0 in a cell of times is midnight
_OWN_CLOCK = re.compile(r"\d\s?[:：时時点點](?!0?0(?::00)?(?:\.0+)?\s*$)")


def with_clocks(found: Match, pairs: Pairs) -> Match:
    """The match with the clocks that stand behind its days: such a column's cells are both places as one text, so that what is no
    clock can't be read with its day, and is told."""
    columns = found.export.columns
    for name, places in found.places.items():
        behind = places[-1] + 1
        is_named = behind < len(found.titles) and bool(found.titles[behind])
        is_beyond = behind >= len(found.titles) and bool(found.sheet.delimiter)  # a cell more, which has shifted the others
        is_time = columns[name].kind == "stamp" and columns[name].constant is None and len(places) == 1
        if is_time and not is_named and not is_beyond and _are_clocks(pairs(places[0])):
            titles = (*found.titles, *[""] * (behind + 1 - len(found.titles)))
            found = replace(found, titles=titles, places=found.places | {name: (*places, behind)})
    return found


def _are_clocks(pairs: Iterable[tuple[str | None, str | None]]) -> bool:
    """Whether of the cells behind a time that say anything most are clocks beside a bare day."""
    said = [(day or "", clock.strip()) for day, clock in pairs if clock and clock.strip()]
    clocks_n = sum(1 for day, clock in said if day and _CLOCK.fullmatch(clock) and not _OWN_CLOCK.search(day))
    return clocks_n * 2 > len(said)
