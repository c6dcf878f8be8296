"""The tiles on top of a card: one per dimension, this month beside the last and the same month last year; and why one fell."""

from __future__ import annotations

from dataclasses import dataclass

from ruralkpi.calendar.months import months_before
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content
from ruralkpi.cards.facts.figures import changes, uncounted
from ruralkpi.sql import Row


@dataclass(frozen=True)
class Share:
    """What one rule has of a tile's change: percentage points, and its kept and owed before and now."""

    rule: Row
    points: float
    before: tuple[int, int]
    now: tuple[int, int]


@dataclass(frozen=True)
class Tile:
    """A dimension's scored rules taken together, this month, last month and a year ago; change: percentage points, where they
    compare; shares: each rule's, which add up to it, the worst first; unknown_n, exempt_n: what stands outside the rate;
    is_lacking: nobody delivered what its rules would owe something for."""

    dimension: str
    met_n: int
    owed_n: int
    last_met_n: int
    last_owed_n: int
    year_met_n: int
    year_owed_n: int
    unknown_n: int
    exempt_n: int
    is_lacking: bool
    shares: tuple[Share, ...]

    @property
    def uncounted(self) -> str:
        """Why nothing was decided, where that is so."""
        return uncounted(self.unknown_n, self.exempt_n, self.is_lacking)

    @property
    def change(self) -> int | None:
        """Percentage points against last month, over the rules with enough decided in both; None where there are none."""
        return round(sum(one.points for one in self.shares)) if self.shares else None

    @property
    def falls(self) -> list[Share]:
        """The rules that pulled the tile down, two at most."""
        return [one for one in self.shares if round(one.points) < 0][:2] if (self.change or 0) < 0 else []


def tiles(content: Content) -> list[Tile]:
    """One tile per dimension that has a scored rule, in the card's order."""
    last = months_before(content.month, 1)
    scored = [row for row in content.lines if row["use"] == "S"]
    made = []
    for dimension in choices().dimensions:
        rows = [row for row in scored if row["dimension"] == dimension]
        if rows:
            now, before, year = (_sums(rows, month) for month in (content.month, last, months_before(content.month, 12)))
            aside = _sums(rows, content.month, ("unknown_n", "exempt_n"))
            is_lacking = all(content.lacking(row) for row in rows)
            made.append(Tile(dimension, *now, *before, *year, *aside, is_lacking, _shares(rows, content.month, last)))
    return made


def _shares(rows: list[Row], month: str, last: str) -> tuple[Share, ...]:
    """Each rule's share of the change against last month, over the rules with enough decided in both (section 6); none where a
    rule changed. A rule's is (Δmet·(owed + owed before) − Δowed·(met + met before)) ÷ (2·owed·owed before)."""
    enough = {
        at: {row["rule_id"] for row in rows if row["month"] == at and row["owed_n"] >= choices().change_from_n}
        for at in (month, last)
    }
    both = enough[month] & enough[last]
    if not both or any(changes(row.get("settings"), [last, month]) for row in rows if row["rule_id"] in both):
        return ()
    alike = [row for row in rows if row["rule_id"] in both]
    (met, owed), (met_before, owed_before) = _sums(alike, month), _sums(alike, last)
    found = []
    for rule in (row for row in alike if row["month"] == month):
        own = [row for row in alike if row["rule_id"] == rule["rule_id"]]
        now, before = _sums(own, month), _sums(own, last)
        moved = (now[0] - before[0]) * (owed + owed_before) - (now[1] - before[1]) * (met + met_before)
        found.append(Share(rule, 50 * moved / (owed * owed_before), before, now))
    return tuple(sorted(found, key=lambda one: (one.points, one.rule["rule_no"])))


def _sums(rows: list[Row], month: str, names: tuple[str, str] = ("met_n", "owed_n")) -> tuple[int, int]:
    now = [row for row in rows if row["month"] == month]
    first, second = (sum(row[name] for row in now) for name in names)
    return first, second
