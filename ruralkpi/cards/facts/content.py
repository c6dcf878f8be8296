"""One card's content from the published tables: a few filtered queries, no more."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import duckdb

from ruralkpi.book.reading import month_form
from ruralkpi.cards.facts.choices import choices
from ruralkpi.errors import UserError, nearest
from ruralkpi.sql import Row, fetch
from ruralkpi.texts import say


@dataclass(frozen=True)
class Content:
    """Everything a card shows, as rows of the marts.

    person: the agent; lines: rule × month of the trend; rows: obligations named on the card;
    meta: edition and cut-off of the marts; touches: longest gap and vain attempts by key customer;
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

    @property
    def as_of(self) -> datetime:
        """The data's cut-off."""
        return datetime.fromisoformat(self.meta["as_of"])


def collect(con: duckdb.DuckDBPyConnection, agent_id: str, month: str) -> Content:
    """The content of one agent's card. Raises UserError for a month's wrong form and for an unknown agent."""
    month_form(month)
    if not isinstance(agent_id, str):
        raise UserError(say("card.not_text", name="agent_id", value=agent_id))
    who = fetch(con, "cards/facts/person", agent_id=agent_id)
    if not who:
        ids = [row[0] for row in con.execute("SELECT agent_id FROM agent").fetchall()]
        raise UserError(say("card.unknown_agent", agent=agent_id, near="、".join(nearest(agent_id, ids)) or "—"))
    set_up = choices()
    first = months_before(month, set_up.grid_months - 1)
    days = {"first": datetime.strptime(first, "%Y-%m"), "after": datetime.strptime(months_before(month, -1), "%Y-%m")}
    touches = fetch(con, "cards/facts/touches", agent_id=agent_id, month=month, first_month=first, **days)
    return Content(
        month=month,
        person=who[0],
        lines=fetch(
            con,
            "cards/facts/lines",
            agent_id=agent_id,
            area_id=who[0]["area_id"],
            month=month,
            first=months_before(month, set_up.trend_months - 1),
        ),
        rows=fetch(con, "cards/facts/rows", agent_id=agent_id, month=month, first=first),
        meta={row["key"]: row["value"] for row in fetch(con, "cards/facts/meta")},
        touches={row["customer_id"]: row for row in touches},
        mend=fetch(con, "cards/facts/mend", agent_id=agent_id, most=set_up.mend_most),
        warned=fetch(con, "cards/facts/warned", agent_id=agent_id, area_id=who[0]["area_id"]),
        signals=fetch(con, "cards/facts/signals", agent_id=agent_id, month=month),
    )


def months_before(month: str, n: int) -> str:
    """'YYYY-MM' n months earlier; raises ValueError for another spelling of a month."""
    first = datetime.strptime(month, "%Y-%m")
    index = first.year * 12 + first.month - 1 - n
    return f"{index // 12:04d}-{index % 12 + 1:02d}"
