"""One card's content from the published tables: a few filtered queries, no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any

import duckdb

from ruralkpi.book.reading import month_form
from ruralkpi.calendar.months import months_before
from ruralkpi.cards.facts.choices import choices
from ruralkpi.checks.personal import agent_titles
from ruralkpi.errors import UserError, nearest
from ruralkpi.masking import mask_customer
from ruralkpi.sql import Row, fetch, query
from ruralkpi.texts import say

# the export whose rows a rule owes something for, by the rule's mart, or by its id where it has none
_SOURCES = {
    **dict.fromkeys(("key_slot", "greeting_day"), "customers"),
    **dict.fromkeys(("visit", "visit_question", "appointment"), "visits"),
    **dict.fromkeys(("complaint", "complaint_progress_told"), "complaints"),
    **dict.fromkeys(("agreement", "agreement_month"), "agreements"),
    "phone_visit": "calls",
    "fault": "faults",
    "report_week": "opportunities",
    "village_month": "village_info",
    "job": "jobs",
    "inspection": "inspections",
}


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

    @cached_property
    def _delivered(self) -> set[str] | None:
        """The exports that came; None where the book is too old to say."""
        return set(self.meta["exports"].split("\n")) if "exports" in self.meta else None

    def lacks(self, export: str) -> bool:
        """Whether nobody delivered an export: what only it can show is not known, which is not none."""
        return self._delivered is not None and export not in self._delivered

    def lacking(self, rule: Row) -> str | None:
        """The export that a rule would owe something for, where nobody delivered it."""
        export = _SOURCES.get(rule.get("mart") or rule["rule_id"])
        return export if export and self.lacks(export) else None

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
        raise UserError(say("error.agent_unknown", name=agent_id, near="、".join(nearest(agent_id, ids)) or "—"))
    return found[agent_id]


def collect_many(con: duckdb.DuckDBPyConnection, agents: Sequence[str], month: str) -> dict[str, Content]:
    """The content of several agents' cards by agent, of those that there are: the same queries as for one.

    Every row of a query names its agent and goes to that agent's content alone.
    """
    people = fetch(con, "cards/facts/person", agents=agents)
    if not people:
        return {}
    meta = {row["key"]: row["value"] for row in fetch(con, "cards/facts/meta")}
    rules = [rule for rule in fetch(con, "cards/facts/rules") if rule["use"] != "M"]
    found: dict[str, dict[str, list[Row]]] = {}
    for name, values in _asked(month, meta).items():
        found[name] = {agent: [] for agent in agents}
        for row in fetch(con, f"cards/facts/{name}", agents=agents, **values):
            found[name][row["agent_id"]].append(row)
    return {
        agent: Content(
            month=month,
            person=person,
            lines=_lines(rules, found["figures"][agent]),
            rows=found["rows"][agent],
            meta=meta,
            touches={row["customer_id"]: row for row in found["touches"][agent]},
            mend=found["mend"][agent],
            warned=found["warned"][agent],
            signals=found["signals"][agent],
        )
        for person in people
        for agent in [person["agent_id"]]
    }


def hashes(con: duckdb.DuckDBPyConnection, agents: Sequence[str], month: str) -> dict[str, str]:
    """By agent, the hash of all that the card's queries give for it; what they give for everybody (rules, meta) is not in it.

    Hashes of rows are summed, so that no order counts: twice, since the hashes of hashes add up otherwise.
    """
    meta = {row["key"]: row["value"] for row in fetch(con, "cards/facts/meta")}
    found: dict[str, list[str]] = {agent: [] for agent in agents}
    for name, values in {"person": {}, **_asked(month, meta)}.items():
        sums = "count(*) || ' ' || sum(hash(given)) || ' ' || sum(hash(hash(given)))"
        rows = f"SELECT agent_id, {sums} FROM ({query(f'cards/facts/{name}')}) AS given GROUP BY agent_id"
        for agent, words in con.execute(rows, {"agents": agents, **values}).fetchall():
            found[agent].append(f"{name} {words}")
    return {agent: "\n".join(words) for agent, words in found.items()}


def _asked(month: str, meta: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The queries whose every row names its agent, with what they are asked beside the agents."""
    set_up = choices()
    first, trend = months_before(month, set_up.grid_months - 1), months_before(month, set_up.trend_months - 1)
    days = {"first": datetime.strptime(first, "%Y-%m"), "after": datetime.strptime(months_before(month, -1), "%Y-%m")}
    naming = [f'$."{title}"' for title in agent_titles()]
    return {
        "figures": {"month": month, "first": min(trend, months_before(month, 12))},
        "rows": {"month": month, "first": first, "as_of": datetime.fromisoformat(meta["as_of"])},
        "touches": {"month": month, "first_month": first, **days},
        "mend": {"most": set_up.mend_most, "naming": naming},
        "warned": {"naming": naming},
        "signals": {"month": month},
    }


def _lines(rules: list[Row], figures: list[Row]) -> list[Row]:
    """Rule by rule, the rule with its months' figures; a rule without any stands there as well."""
    months: dict[str, list[Row]] = {rule["rule_id"]: [] for rule in rules}
    for figure in figures:
        months.get(figure["rule_id"], []).append(figure)
    return [rule | figure for rule in rules for figure in months[rule["rule_id"]] or [{"month": None}]]
