"""The card's figures: one line per rule."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from statistics import median
from typing import Any

from ruralkpi.calendar.months import months_until
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content
from ruralkpi.cards.facts.limits import Compared, compared, evidence, standing, wilson
from ruralkpi.sql import Row

COUNTS = ("pending", "unknown", "exempt", "partial", "restated")


@dataclass(frozen=True)
class Line:
    """One rule of the month. Rates are shares 0–1 or None where nothing was owed.

    base: what is held against the area, the month or three; None: too few. last: kept and owed of the month before.
    trend: the rate of each month, oldest first, None where nothing was owed; trend_n: its
    kept/owed; usual_n: what a month usually owes.
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
    base: Compared | None
    last: tuple[int, int]
    usual_n: float
    trend: list[float | None]
    area_trend: list[float | None]
    trend_n: list[str]
    changed: tuple[int, ...]
    evidence: float | None

    @property
    def missed_n(self) -> int:
        return self.owed_n - self.met_n

    @property
    def place(self) -> str:
        """above, within or below the area's funnel; few, thin or none where it is not compared (limits.Place)."""
        return standing(self.base, self.owed_n, self.counts["unknown"]).where

    @property
    def limits(self) -> tuple[float, float] | None:
        """The funnel as shares."""
        return (self.base.fit[0] / self.base.owed, self.base.fit[1] / self.base.owed) if self.base else None

    @property
    def interval(self) -> tuple[float, float, float]:
        """The rate that is compared, and its 95 % interval."""
        assert self.base
        return self.base.met / self.base.owed, *wilson(self.base.met, self.base.owed)

    @property
    def has_trend(self) -> bool:
        """Whether its months say more than one case here and there."""
        return sum(rate is not None for rate in self.trend) > 2 and self.usual_n >= choices().trend_from_n

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
        return self.place == "thin"


def uncounted(unknown: int, exempt: int, is_lacking: bool = False) -> str:
    """Why there is no rate where nothing was decided, as a key of card.none: undecidable, exempt, or nothing owed; or nobody
    knows, since the export is lacking.

    >>> uncounted(1, 5), uncounted(0, 5), uncounted(0, 0), uncounted(0, 0, True)
    ('undecidable', 'exempt', 'owed', 'undelivered')
    """
    return "undecidable" if unknown else "exempt" if exempt else "undelivered" if is_lacking else "owed"


def lines(content: Content) -> list[Line]:
    """One line per rule: scored ones first, by dimension, then in the standard's order."""
    months = months_until(content.month, choices().trend_months)
    made = [_line(list(rows), months) for _, rows in groupby(content.lines, key=lambda row: row["rule_id"])]
    return sorted(made, key=lambda line: rank(line.rule, line.met_n, line.owed_n))


def rank(rule: Mapping[str, Any], met: int, owed: int) -> tuple[bool, int, int]:
    """A rule's place in the table of a card: scored ones first, then what was missed most, then as `place`."""
    is_unscored, dimension = place(rule)
    return is_unscored, met - owed, dimension


def place(rule: Mapping[str, Any]) -> tuple[bool, int]:
    """A rule's place on the card: scored ones first, then by dimension; one that card.toml doesn't know comes last.

    >>> first, last = choices().dimensions[0], choices().dimensions[-1]
    >>> place({"use": "S", "dimension": last}) < place({"use": "S", "dimension": "?"}) < place({"use": "I", "dimension": first})
    True
    """
    known, dimension = choices().dimensions, rule["dimension"]
    return rule["use"] != "S", known.index(dimension) if dimension in known else len(known)


def _line(rows: list[Row], months: list[str]) -> Line:
    by_month = {row["month"]: row for row in rows}
    now: dict[str, Any] = by_month.get(months[-1], {})
    met, owed = now.get("met_n") or 0, now.get("owed_n") or 0
    counts = {name: now.get(f"{name}_n") or 0 for name in COUNTS}
    settings = rows[0].get("settings")
    return Line(
        rule=rows[0],
        met_n=met,
        owed_n=owed,
        counts=counts,
        rate=now.get("rate"),
        low=now.get("low"),
        high=now.get("high"),
        area_rate=now.get("area_rate"),
        base=compared(_base(by_month, months[-1:]), _quarter(by_month, months, settings)) if owed else None,
        last=_base(by_month, months[-2:-1]).own,
        usual_n=median([by_month[month]["owed_n"] for month in months if month in by_month and by_month[month]["owed_n"]] or [0]),
        trend=[by_month.get(month, {}).get("rate") for month in months],
        trend_n=[f"{row['met_n']}/{row['owed_n']}" if (row := by_month.get(month, {})).get("owed_n") else "" for month in months],
        area_trend=[by_month.get(month, {}).get("area_rate") for month in months],
        changed=tuple(months.index(month) for month in changes(settings, months)),
        evidence=evidence(owed, counts["unknown"]),
    )


def _base(by_month: Mapping[str | None, Row], months: list[str]) -> Compared:
    """Own and the area's kept and owed of some months together."""
    some = [by_month[month] for month in months if month in by_month]
    met, owed, peer_met, peer_owed = (
        sum(row.get(name) or 0 for row in some) for name in ("met_n", "owed_n", "area_met_n", "area_owed_n")
    )
    return Compared(met, owed, peer_met, peer_owed, len(months))


def _quarter(by_month: Mapping[str | None, Row], months: list[str], settings: str | None) -> Compared | None:
    """The last three months together; None where the rule changed among them."""
    some = months[-choices().compare_months :]
    return None if changes(settings, some) else _base(by_month, some)


def changes(settings: str | None, months: list[str]) -> list[str]:
    """The months of a span in which a dated setting of a rule changed: before and after are not compared."""
    return sorted(_dated(settings or "[]") & set(months[1:]))


@cache
def _dated(settings: str) -> frozenset[str]:
    """The months in which a rule's dated settings change; rows of many agents and areas ask it of few rules."""
    values = [setting["value"] for setting in json.loads(settings)]
    dated = [line for value in values if isinstance(value, list) for line in value if isinstance(line, dict) and "since" in line]
    return frozenset(line["since"][:7] for line in dated)
