"""The cadence grid: each key customer a row, each half-month and week of the last months a cell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from ruralkpi.book.words import is_week
from ruralkpi.calendar.months import months_before
from ruralkpi.cards.facts.content import Content
from ruralkpi.sql import Row
from ruralkpi.texts import say

STATES = {
    "met": "kept",
    "missed_late": "missed",
    "missed_open": "missed",
    "pending": "pending",
    "unknown": "unknown",
    "exempt": "exempt",
}


@dataclass(frozen=True, order=True)
class Slot:
    """A column: long slots (half-months) come before short ones (weeks) in each month."""

    month: str
    is_week: bool
    start: date


@dataclass(frozen=True)
class GridRow:
    """A customer: the state of each column, in the columns' order; 'none' is not owed.

    gap_d: days between visits, last_on: the last one; others: who else held the customer in these months, as (first day,
    last day, agent).
    """

    row: Row
    states: list[str]
    kept_n: int
    missed_n: int
    gap_d: int | None = None
    last_on: date | None = None
    others: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Grid:
    """All columns and rows."""

    slots: list[Slot]
    rows: list[GridRow]

    @property
    def seen(self) -> list[str]:
        """The states that occur, in the legend's order."""
        found = {state for row in self.rows for state in row.states}
        return [state for state in (*dict.fromkeys(STATES.values()), "partial", "none") if state in found]


def grid(content: Content, first: str) -> Grid:
    """All slots from month `first` up to the card's month; most missed first."""
    cells: dict[str, dict[Slot, str]] = defaultdict(dict)
    rows: dict[str, Row] = {}
    for row in content.rows:
        if row["source_table"] == "key_slot" and first <= row["month"] <= content.month:
            cells[row["customer_id"]][_slot(row)] = _state(row)
            rows[row["customer_id"]] = row
    slots = sorted({slot for states in cells.values() for slot in states})
    made = [
        _row(rows[customer], [states.get(slot, "none") for slot in slots], content.touches.get(customer, {}))
        for customer, states in cells.items()
    ]
    return Grid(slots, sorted(made, key=lambda row: (-row.missed_n, row.row["customer_id"])))


def holders(row: GridRow, first: str, month: str, lang: str) -> list[str]:
    """Who else held a customer, and when, as far as a grid of months `first` to `month` reaches."""
    after = months_before(month, -1)

    def told(begin: str, last: str, agent: str) -> str:
        is_after = f"{date.fromisoformat(last) + timedelta(1)}" >= after
        kind = "held_until" if begin < first else "held_from" if is_after else "held"
        return say(f"card.{kind}", lang, agent=agent, first=begin[5:], last=last[5:])

    return [told(*one) for one in row.others]


def _row(row: Row, states: list[str], touch: Row) -> GridRow:
    others = tuple((first, last, agent) for first, last, agent in (one.split(" ", 2) for one in touch.get("others") or ()))
    return GridRow(row, states, states.count("kept"), states.count("missed"), touch.get("gap_d"), touch.get("last_on"), others)


def _slot(row: Row) -> Slot:
    return Slot(row["month"], is_week(row), row["start_at"].date())


def _state(row: Row) -> str:
    if (row["reason"] or "").startswith("partial"):
        return "partial"
    return STATES.get(row["outcome"], "none")
