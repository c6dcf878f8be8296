"""The scorecard's own choices, from card.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Choices:
    """See card.toml for what each means."""

    compare_from_n: int
    compare_months: int
    change_from_n: int
    trend_from_n: int
    evidence_from: float
    funnel_tail: float
    trend_months: int
    grid_months: int
    due_within_d: int
    soon_d: int
    silent_h: int
    named_most: int
    carried_apart: int
    headlines: int
    area_lines: int
    printed_most: int
    files_most: int
    long_from: int
    records_most: int
    heat_below: list[float]
    explored_most: int
    mend_most: int
    area_due_within_d: int
    plain_most: int
    sheet_rows: int
    scale_from: float
    dimensions: list[str]


@cache
def choices() -> Choices:
    """card.toml, read once."""
    return Choices(**tomllib.loads(resources.files("ruralkpi.cards.facts").joinpath("card.toml").read_text(encoding="utf-8")))
