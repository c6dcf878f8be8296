"""Where agents and areas stand: each dimension's state, from the funnels of its scored rules."""

from __future__ import annotations

from collections import defaultdict

import duckdb

from ruralkpi.calendar.months import months_before, months_until
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.figures import changes
from ruralkpi.cards.facts.limits import Compared, Place, compared, standing
from ruralkpi.sql import Row, fetch

ORDER = ("below", "above", "within", "few", "thin", "none")  # a dimension is what the first of its rules' places says
States = dict[str, dict[str, str]]
Placed = list[tuple[Row, Place]]  # the row of a rule and an agent, or an area; its place


def of_rules(con: duckdb.DuckDBPyConnection, month: str) -> Placed:
    """Each agent's scored rules held against the agent's own area, as on the card."""
    return _placed(fetch(con, "month/area_places", month=month, quarter=quarter(month)), month)


def of_areas(con: duckdb.DuckDBPyConnection, month: str) -> Placed:
    """Each area's rules held against its county: rows of `area_county`, in their order."""
    return _placed(fetch(con, "month/area_county", month=month, quarter=quarter(month)), month)


def _placed(rows: list[Row], month: str) -> Placed:
    return [(row, of_row(row, month)) for row in rows]


def totals(con: duckdb.DuckDBPyConnection, month: str) -> dict[str, float]:
    """rule id → the rate of all, what only areas owe included: the one base of all that is held against the whole (section 6)."""
    return {row["rule_id"]: int(row["met_n"]) / int(row["owed_n"]) for row in fetch(con, "month/totals", month=month)}


def quarter(month: str) -> str:
    """The first of the months that are compared together where one has too few."""
    return months_before(month, choices().compare_months - 1)


def of_row(row: Row, month: str) -> Place:
    """The place of one row's kept and owed against its peers'."""
    months = months_until(month, choices().compare_months)
    three = None if changes(row["settings"], months) else _counts(row, "quarter_", len(months))
    now = _counts(row, "", 1)
    return standing(compared(now, three), now.owed, int(row["unknown_n"] or 0))


def _counts(row: Row, prefix: str, months: int) -> Compared:
    met, owed, peer_met, peer_owed = (
        int(row[f"{prefix}{name}"] or 0) for name in ("met_n", "owed_n", "peer_met_n", "peer_owed_n")
    )
    return Compared(met, owed, peer_met, peer_owed, months)


def states(placed: Placed, key: str) -> States:
    """agent or area id, as `key` says → dimension → state, of scored rules."""
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row, place in placed:
        if row["use"] == "S":
            found[row[key]][row["dimension"]].add(place.where)
    return {who: {name: min(places, key=ORDER.index) for name, places in by.items()} for who, by in found.items()}
