"""Where agents and areas stand: each dimension's state, from the funnels of its scored rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import duckdb

from ruralkpi.cards.facts.limits import fit_of, place
from ruralkpi.sql import Row, fetch

ORDER = ("below", "above", "within", "few", "none")  # a dimension is what the first of its rules' places says
States = dict[str, dict[str, str]]


def of_agents(con: duckdb.DuckDBPyConnection, month: str) -> States:
    """agent id → dimension → state, each rule held against the agent's own area, as on the card."""
    return _states(fetch(con, "month/area_places", month=month), "agent_id")


def of_areas(rows: Iterable[Row]) -> States:
    """area id → dimension → state, each rule held against the county; rows of `area_county`."""
    return _states(rows, "area_id")


def of_row(row: Row) -> str:
    """The place of one row's kept and owed against its peers' rate."""
    return place(row["met_n"], row["owed_n"], fit_of(row["owed_n"], row["peer_rate"]))


def _states(rows: Iterable[Row], key: str) -> States:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for row in rows:
        if row["use"] == "S":
            found[row[key]][row["dimension"]].add(of_row(row))
    return {who: {name: min(places, key=ORDER.index) for name, places in by.items()} for who, by in found.items()}
