"""The card's figures: one line per rule, one tile per dimension."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content, months_before
from ruralkpi.cards.facts.limits import fit_of
from ruralkpi.cards.facts.limits import place as place_of
from ruralkpi.sql import Row

COUNTS = ("pending", "unknown", "exempt", "partial", "restated")


@dataclass(frozen=True)
class Line:
    """One rule of the month. Rates are shares 0–1 or None where nothing was owed.

    place: above, within or below the area's funnel; few: too few to compare; none: nothing to compare.
    limits: the funnel as shares. trend: the rate of each month, oldest first, None where nothing was owed.
    changed: places in the trend where another version of the rule begins.
    """

    rule: Row
    met_n: int
    owed_n: int
    counts: dict[str, int]
    rate: float | None
    low: float | None
    high: float | None
    area_rate: float | None
    place: str
    limits: tuple[float, float] | None
    trend: list[float | None]
    area_trend: list[float | None]
    changed: tuple[int, ...]
    evidence: float | None

    @property
    def missed_n(self) -> int:
        return self.owed_n - self.met_n

    @property
    def trend_n(self) -> int:
        """How many months have a rate."""
        return sum(rate is not None for rate in self.trend)

    @property
    def is_scored(self) -> bool:
        return bool(self.rule["use"] == "S")

    @property
    def is_idle(self) -> bool:
        """Nothing was owed, and there is nothing to say about it either."""
        return not self.owed_n and not self.counts["unknown"] and not self.counts["exempt"]

    @property
    def is_thin(self) -> bool:
        """Too little evidence to call the value one."""
        return self.evidence is not None and self.evidence < choices().evidence_from


@dataclass(frozen=True)
class Tile:
    """A dimension's scored rules taken together, this month and last month."""

    dimension: str
    met_n: int
    owed_n: int
    last_met_n: int
    last_owed_n: int

    @property
    def change(self) -> int | None:
        """Percentage points against last month; None where either month owed nothing."""
        if not self.owed_n or not self.last_owed_n:
            return None
        return round(100 * self.met_n / self.owed_n) - round(100 * self.last_met_n / self.last_owed_n)


def lines(content: Content) -> list[Line]:
    """One line per rule: scored ones first, by dimension, then in the standard's order."""
    months = [months_before(content.month, n) for n in reversed(range(choices().trend_months))]
    made = [_line(list(rows), months) for _, rows in groupby(content.lines, key=lambda row: row["rule_id"])]
    return sorted(made, key=lambda line: place(line.rule))


def place(rule: Mapping[str, Any]) -> tuple[bool, int]:
    """A rule's place on the card: scored ones first, then by dimension; one that card.toml doesn't know comes last.

    >>> first, last = choices().dimensions[0], choices().dimensions[-1]
    >>> place({"use": "S", "dimension": last}) < place({"use": "S", "dimension": "?"}) < place({"use": "I", "dimension": first})
    True
    """
    known, dimension = choices().dimensions, rule["dimension"]
    return rule["use"] != "S", known.index(dimension) if dimension in known else len(known)


def tiles(content: Content) -> list[Tile]:
    """One tile per dimension that has a scored rule, in the card's order."""
    last = months_before(content.month, 1)
    scored = [row for row in content.lines if row["use"] == "S"]
    made = []
    for dimension in choices().dimensions:
        rows = [row for row in scored if row["dimension"] == dimension]
        if rows:
            made.append(Tile(dimension, *_sums(rows, content.month), *_sums(rows, last)))
    return made


def _sums(rows: list[Row], month: str) -> tuple[int, int]:
    now = [row for row in rows if row["month"] == month]
    return sum(row["met_n"] for row in now), sum(row["owed_n"] for row in now)


def _line(rows: list[Row], months: list[str]) -> Line:
    by_month = {row["month"]: row for row in rows}
    now: dict[str, Any] = by_month.get(months[-1], {})
    met, owed = now.get("met_n") or 0, now.get("owed_n") or 0
    counts = {name: now.get(f"{name}_n") or 0 for name in COUNTS}
    area = now.get("area_rate")
    limits = fit_of(owed, area)
    decided = owed + counts["unknown"]
    return Line(
        rule=rows[0],
        met_n=met,
        owed_n=owed,
        counts=counts,
        rate=now.get("rate"),
        low=now.get("low"),
        high=now.get("high"),
        area_rate=area,
        place=place_of(met, owed, limits),
        limits=limits and (limits[0] / owed, limits[1] / owed),
        trend=[by_month.get(month, {}).get("rate") for month in months],
        area_trend=[by_month.get(month, {}).get("area_rate") for month in months],
        changed=tuple(months.index(month) for month in changes(rows[0].get("settings"), months)),
        evidence=owed / decided if decided else None,
    )


def changes(settings: str | None, months: list[str]) -> list[str]:
    """The months of a span in which a dated setting of a rule changed: before and after are not compared."""
    values = [setting["value"] for setting in json.loads(settings or "[]")]
    dated = [line for value in values if isinstance(value, list) for line in value if isinstance(line, dict) and "since" in line]
    return sorted({line["since"][:7] for line in dated} & set(months[1:]))
