"""Asking for what the rates leave out: how long nobody came, what agreements are at risk, how long it took."""

from __future__ import annotations

import datetime as dt

import pandas as pd

from ruralkpi.book import labels, reading
from ruralkpi.book.opened import Opened
from ruralkpi.book.reading import Ids, Months, Where
from ruralkpi.errors import UserError
from ruralkpi.obligations.outcomes import DECIDED
from ruralkpi.sql import literals, query
from ruralkpi.texts import say

_RENEWAL = "agreement_renewed_in_time"
_NAMES = ("agent_name", "county_id", "customer_name", "village_name")
_NAMED = """agent.agent_name, area.county_id, customer.customer_name, customer.village_name, customer.is_government AS is_firm"""
_JOINED = """LEFT JOIN agent ON agent.agent_id = held.agent_id LEFT JOIN area ON area.area_id = held.area_id
    LEFT JOIN customer ON customer.customer_id = held.customer_id"""


class Records(Opened):
    """What stands behind the figures, measured."""

    def gaps(self, month: Months = None, *, agent: Ids = None, area: Ids = None, county: Ids = None) -> pd.DataFrame:
        """Stretches of days without an on-site visit to a key customer, longest first (clause 2.1.1(4)).

        Grain: one stretch that touches the months, whole, within the days on which one agent held the customer as key.
        from_on: the visit before (is_after_visit), else the first of those days that the data speak for; until_on: the
        visit that ended it (is_ended_by_visit), else the last of those days or the cut-off's. gap_d: days between them.
        unsure_n: days within it with a visit of which the record does not say whether it came about. Anybody's visit counts
        (X12). Names are masked.

        >>> book.gaps("2026-02")[["customer_id", "agent_id", "gap_d", "is_ended_by_visit"]].head(2).values.tolist()
        [['K3', '101', 89, False], ['K1', '007', 39, False]]
        """
        first, last = self.span(month)
        ends = {"first": f"{first}-01", "last": pd.Period(last, "M").end_time.date(), "today": self._today()}
        where = self._held(agent, area, county)
        text = f"SELECT held.*, {_NAMED} FROM ({query('book/gaps')}) AS held {_JOINED} WHERE {where}"
        numbered = {f"v{n}": value for n, value in enumerate(where.values)}
        for name in numbered:
            text = text.replace("?", f"${name}", 1)
        rows = self.con.execute(f"{text} ORDER BY gap_d DESC, customer_id, from_on, agent_id", ends | numbered).df()
        return labels.without_numbers(labels.named(rows, True, _NAMES), "customer_id")

    def at_risk(self, days: int = 60, *, agent: Ids = None, area: Ids = None, county: Ids = None) -> pd.DataFrame:
        """Agreements that expire within `days` of the cut-off and are not renewed yet, those worth most first (2.3 ¶2).

        Grain: one agreement that owes a renewal: neither auto-renewed nor open-ended nor ended by the operator.
        monthly_yuan: a month's worth (section 5), missing where no amount is known; amount_yuan as recorded; days_left:
        days from the cut-off's day to expires_on; reminded_on: the first reminder. Names are masked.

        >>> book.at_risk(days=30)[["source_id", "product", "monthly_yuan", "days_left"]].values.tolist()
        [['A3', '专线', 75.0, 20]]
        """
        today = self._today()
        where = self._held(agent, area, county).add("held.rule_id = ?", _RENEWAL)
        where.add("held.outcome NOT IN ('void', 'exempt') AND (held.done_at IS NULL OR held.done_at > ?)", self.as_of)
        where.add("held.due_on > ? AND held.due_on <= ?", today, today + dt.timedelta(days=days))
        rows = self.sql(
            f"""SELECT held.source_id, held.customer_id, held.agent_id, held.area_id, agreement.product, agreement.expires_on,
                date_diff('day', CAST(? AS DATE), agreement.expires_on) AS days_left, agreement.monthly_yuan,
                agreement.amount_yuan, CAST(agreement.reminded_at AS DATE) AS reminded_on, {_NAMED}
            FROM obligation AS held JOIN agreement ON agreement.source_id = held.source_id {_JOINED} WHERE {where}
            ORDER BY agreement.monthly_yuan DESC NULLS LAST, agreement.expires_on, held.source_id""",
            [today, *where.values],
        )
        return labels.without_numbers(labels.named(rows, True, _NAMES), "customer_id", "source_id")

    def times(self, rule: str, month: Months = None, *, agent: Ids = None, area: Ids = None, county: Ids = None) -> pd.DataFrame:
        """How long each thing took that a rate counts: from its start until it was done, by the start.

        Grain: one decided obligation of `rule` due in the months. start_on: the day of the start; hours: from start_at to
        done_at, or to the cut-off while it is open (is_open); missing where a stamp has no time of day. Names are masked.
        Raises UserError for a rule that has no start, such as a visit owed in a half-month.

        >>> book.times("complaint_first_reply", "2026-02")[["source_id", "hours", "is_open"]].values.tolist()
        [['C1', 23.0, False], ['C2', 50.0, False], ['C3', 1214.0, True]]
        """
        rule = self.known_rule(rule)
        where = self._held(agent, area, county).add("held.rule_id = ?", rule).add("month BETWEEN ? AND ?", *self.span(month))
        rows = self.sql(
            f"""SELECT held.rule_id, held.source_id, held.customer_id, held.agent_id, held.area_id,
                CAST(held.start_at AS DATE) AS start_on, held.start_at, held.done_at, held.done_at IS NULL AS is_open,
                held.outcome, CASE WHEN held.start_precision <> 'day' AND coalesce(held.done_precision, '') <> 'day'
                    THEN date_diff('second', held.start_at, coalesce(held.done_at, ?)) / 3600.0 END AS hours, {_NAMED}
            FROM obligation AS held {_JOINED}
            WHERE {where} AND held.outcome IN {literals(DECIDED)} AND held.source_table <> 'key_slot'
            ORDER BY held.start_at, held.source_id""",
            [self.as_of, *where.values],
        )
        if rows.empty and self._is_slot(rule):
            raise UserError(say("book.no_start", rule=rule))
        return labels.without_numbers(labels.named(rows, True, _NAMES), "customer_id", "source_id")

    def _is_slot(self, rule: str) -> bool:
        found = self.con.execute("SELECT 1 FROM obligation WHERE rule_id = ? AND source_table = 'key_slot' LIMIT 1", [rule])
        return bool(found.fetchall())

    def _today(self) -> dt.date:
        return (self.as_of - dt.timedelta(seconds=1)).date()

    def _held(self, agent: Ids, area: Ids, county: Ids) -> Where:
        where = Where().among("held.agent_id", reading.known(self.con, "agent", agent))
        return where.among("held.area_id", reading.areas(self.con, area, county))
