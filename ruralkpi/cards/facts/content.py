"""One card's content from the published tables: a few filtered queries, no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any

import duckdb

from ruralkpi.book.reading import month_form
from ruralkpi.cards.facts.choices import choices
from ruralkpi.errors import UserError, nearest
from ruralkpi.masking import mask_customer
from ruralkpi.sql import Row, fetch
from ruralkpi.texts import say


@dataclass(frozen=True)
class Content:
    """Everything a card shows, as rows of the marts.

    person: the agent; lines: rule × month of the trend; rows: obligations named on the card;
    meta: edition and cut-off of the marts; touches: longest gap, vain attempts and other holders by key customer;
    mend: quarantined records that name the agent; warned: warnings on records that were kept; signals: shares of
    records worth a look, with the area's.
    """

    month: str
    person: Row
    lines: list[Row]
    rows: list[Row]
    meta: dict[str, str]
    touches: dict[str, Row] = field(default_factory=dict)
    mend: list[Row] = field(default_factory=list)
    warned: list[Row] = field(default_factory=list)
    signals: list[Row] = field(default_factory=list)

    @cached_property
    def twins(self) -> frozenset[str]:
        """Customers' names, as they are shown, that several of the content's customers share."""
        shown: dict[str, set[str]] = {}
        for row in self.rows:
            if row["customer_name"]:
                shown.setdefault(mask_customer(row["customer_name"], row["is_firm"]), set()).add(row["customer_id"])
        return frozenset(name for name, ids in shown.items() if len(ids) > 1)

    @property
    def as_of(self) -> datetime:
        """The data's cut-off."""
        return datetime.fromisoformat(self.meta["as_of"])


def collect(con: duckdb.DuckDBPyConnection, agent_id: str, month: str) -> Content:
    """The content of one agent's card. Raises UserError for a month's wrong form and for an unknown agent."""
    month_form(month)
    if not isinstance(agent_id, str):
        raise UserError(say("card.not_text", name="agent_id", value=agent_id))
    found = collect_many(con, [agent_id], month)
    if agent_id not in found:
        ids = [row[0] for row in con.execute("SELECT agent_id FROM agent").fetchall()]
        raise UserError(say("card.unknown_agent", agent=agent_id, near="、".join(nearest(agent_id, ids)) or "—"))
    return found[agent_id]


def collect_many(con: duckdb.DuckDBPyConnection, agents: Sequence[str], month: str) -> dict[str, Content]:
    """The content of several agents' cards by agent, of those that there are: the same queries as for one.

    Every row of a query names its agent and goes to that agent's content alone.
    """
    people = fetch(con, "cards/facts/person", agents=agents)
    if not people:
        return {}
    set_up = choices()
    first, trend = months_before(month, set_up.grid_months - 1), months_before(month, set_up.trend_months - 1)
    days = {"first": datetime.strptime(first, "%Y-%m"), "after": datetime.strptime(months_before(month, -1), "%Y-%m")}

    def by_agent(name: str, **values: Any) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {agent: [] for agent in agents}
        for row in fetch(con, f"cards/facts/{name}", agents=agents, **values):
            found[row["agent_id"]].append(row)
        return found

    rules = [rule for rule in fetch(con, "cards/facts/rules") if rule["use"] != "M"]
    figures = by_agent("figures", month=month, first=min(trend, months_before(month, 12)))
    meta = {row["key"]: row["value"] for row in fetch(con, "cards/facts/meta")}
    rows = by_agent("rows", month=month, first=first, as_of=datetime.fromisoformat(meta["as_of"]))
    touches = by_agent("touches", month=month, first_month=first, **days)
    mend, warned = by_agent("mend", most=set_up.mend_most), by_agent("warned")
    signals = by_agent("signals", month=month)
    return {
        agent: Content(
            month=month,
            person=person,
            lines=_lines(rules, figures[agent]),
            rows=rows[agent],
            meta=meta,
            touches={row["customer_id"]: row for row in touches[agent]},
            mend=mend[agent],
            warned=warned[agent],
            signals=signals[agent],
        )
        for person in people
        for agent in [person["agent_id"]]
    }


def _lines(rules: list[Row], figures: list[Row]) -> list[Row]:
    """Rule by rule, the rule with its months' figures; a rule without any stands there as well."""
    months: dict[str, list[Row]] = {rule["rule_id"]: [] for rule in rules}
    for figure in figures:
        months.get(figure["rule_id"], []).append(figure)
    return [rule | figure for rule in rules for figure in months[rule["rule_id"]] or [{"month": None}]]


@cache
def months_before(month: str, n: int) -> str:
    """'YYYY-MM' n months earlier; raises ValueError for another spelling of a month."""
    first = datetime.strptime(month, "%Y-%m")
    index = first.year * 12 + first.month - 1 - n
    return f"{index // 12:04d}-{index % 12 + 1:02d}"
