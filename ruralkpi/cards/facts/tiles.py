"""The tiles on top of a card: one per dimension, this month beside the last."""

from __future__ import annotations

from dataclasses import dataclass

from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content, months_before
from ruralkpi.cards.facts.figures import changes
from ruralkpi.sql import Row


@dataclass(frozen=True)
class Tile:
    """A dimension's scored rules taken together, this month and last month; change: percentage points, where they compare."""

    dimension: str
    met_n: int
    owed_n: int
    last_met_n: int
    last_owed_n: int
    change: int | None


def tiles(content: Content) -> list[Tile]:
    """One tile per dimension that has a scored rule, in the card's order."""
    last = months_before(content.month, 1)
    scored = [row for row in content.lines if row["use"] == "S"]
    made = []
    for dimension in choices().dimensions:
        rows = [row for row in scored if row["dimension"] == dimension]
        if rows:
            made.append(Tile(dimension, *_sums(rows, content.month), *_sums(rows, last), _change(rows, content.month, last)))
    return made


def _change(rows: list[Row], month: str, last: str) -> int | None:
    """Percentage points against last month, over the rules with enough decided in both; None where there is none (section 6)."""
    enough = {
        at: {row["rule_id"] for row in rows if row["month"] == at and row["owed_n"] >= choices().change_from_n}
        for at in (month, last)
    }
    both = enough[month] & enough[last]
    if not both or any(changes(row.get("settings"), [last, month]) for row in rows if row["rule_id"] in both):
        return None
    alike = [row for row in rows if row["rule_id"] in both]
    (met, owed), (met_before, owed_before) = _sums(alike, month), _sums(alike, last)
    return round(100 * (met / owed - met_before / owed_before))


def _sums(rows: list[Row], month: str) -> tuple[int, int]:
    now = [row for row in rows if row["month"] == month]
    return sum(row["met_n"] for row in now), sum(row["owed_n"] for row in now)
