"""Asking for obligations: those behind a figure, those missed, those still to do; a sentence each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pandas as pd

from ruralkpi.book import frames, reading
from ruralkpi.book.opened import Opened
from ruralkpi.book.reading import Ids, Months, Where
from ruralkpi.book.words import SLOTS, sentence
from ruralkpi.masking import mask_customer, mask_id

DECIDED = ("met", "missed_late", "missed_open")
MISSED = ("missed_late", "missed_open")
OVERDUE_DAYS = 31
_ROWS = """SELECT o.rule_id, o.owner_role, o.agent_id, o.area_id, o.customer_id, source_table, source_id, start_at, due_at,
    due_on, month, done_at, outcome, reason, flags, o.file, o.row, start_precision, done_precision,
    customer.customer_name, customer.is_government AS is_firm
FROM obligation AS o JOIN rule USING (rule_id) LEFT JOIN customer ON customer.customer_id = o.customer_id"""


class Obligations(Opened):
    """The obligations."""

    def obligations(
        self,
        rule: Ids = None,
        month: Months = None,
        *,
        agent: Ids = None,
        area: Ids = None,
        outcomes: Iterable[str] = DECIDED,
        lang: str | None = "zh",
    ) -> pd.DataFrame:
        """The rows behind a figure, a sentence each. Grain: one thing owed; by default those that the rate counts.

        start_at, due_at, done_at: local time (Asia/Shanghai), exact to start_precision and done_precision; due_on: the day
        that gives the month; file and row: where the record came from. `outcomes` picks among met, missed_late,
        missed_open, pending, unknown, exempt and void; `lang=None` leaves the sentences out, for long spans.

        >>> rows = book.obligations("complaint_first_reply", "2026-02", agent="007")
        >>> rows["outcome"].tolist()
        ['met', 'missed_late']
        >>> print(rows["sentence"][1])
        投诉 C2：2 月 3 日 10:00 受理，48 小时内应首次回复，2 月 5 日 10:00 到期；2 月 5 日 12:00 首次回复，迟 2 小时。
        """
        where = self._where(month, rule, agent, area, "o.").among("o.area_id", area).among("outcome", outcomes)
        rows = self.sql(f"{_ROWS} WHERE {where} ORDER BY rule_no, o.agent_id, due_at, source_id", where.values)
        return self._with_sentences(rows, lang)

    def misses(
        self, month: Months = None, *, rule: Ids = None, agent: Ids = None, area: Ids = None, lang: str | None = "zh"
    ) -> pd.DataFrame:
        """What was missed: done too late, or overdue and not done. Grain and columns of `obligations`, and late_h.

        late_h: hours past the deadline, until it was done, or until the cut-off while it is open.

        >>> rows = book.misses("2026-02", rule="complaint_first_reply")
        >>> rows[["source_id", "outcome", "late_h"]].values.tolist()
        [['C2', 'missed_late', 2.0], ['C3', 'missed_open', 1166.0]]
        """
        rows = self.obligations(rule, month, agent=agent, area=area, outcomes=MISSED, lang=lang)
        late = rows["done_at"].fillna(pd.Timestamp(self.as_of)) - rows["due_at"]
        rows.insert(list(rows.columns).index("outcome") + 1, "late_h", late.dt.total_seconds() / 3600)
        return rows

    def due(
        self,
        as_of: dt.datetime | None = None,
        *,
        agent: Ids = None,
        area: Ids = None,
        rule: Ids = None,
        days: int = 14,
        lang: str | None = "zh",
    ) -> pd.DataFrame:
        """What is still to do at `as_of`, soonest first. Grain: one obligation due within `days`, not done by then.

        What is overdue by up to 31 days and can still be done stands first, marked by is_overdue.

        >>> book.due(rule="agreement_renewed_in_time", days=30)[["is_overdue", "source_id"]].values.tolist()
        [[False, 'A3']]
        """
        at = as_of or self.as_of
        today = (at - dt.timedelta(seconds=1)).date()
        where = Where().add("outcome NOT IN ('void', 'exempt', 'unknown') AND (done_at IS NULL OR done_at > ?)", at)
        where.add("due_on BETWEEN ? AND ?", today - dt.timedelta(days=OVERDUE_DAYS), today + dt.timedelta(days=days))
        where.add("start_at <= ?", at + dt.timedelta(days=31)).add(f"(due_at > ? OR source_table NOT IN {SLOTS})", at)
        for kind, wanted in (("agent", agent), ("area", area), ("rule", rule)):
            reading.known(self.con, kind, wanted)
            where.among(f"o.{kind}_id", wanted)
        rows = self.sql(f"{_ROWS} WHERE {where} ORDER BY due_at, rule_no, o.agent_id, source_id", where.values)
        rows["done_at"] = pd.NaT
        rows["outcome"] = "pending"
        rows = self._with_sentences(rows, lang)
        rows.insert(0, "is_overdue", rows["due_at"] <= pd.Timestamp(at))
        return rows.drop(columns=["done_at", "outcome", "reason", "done_precision"])

    def _with_sentences(self, rows: pd.DataFrame, lang: str | None) -> pd.DataFrame:
        names, is_firm = rows.pop("customer_name"), rows.pop("is_firm")
        if lang is None:
            return _without_numbers(rows)
        rules: dict[str, Any] = {str(row["rule_id"]): row for row in self.sql("SELECT * FROM rule").to_dict("records")}
        records: Iterable[tuple[Any, Any, Any]] = zip(frames.progress(rows.to_dict("records")), names, is_firm, strict=True)
        rows["sentence"] = [
            sentence(row, rules[row["rule_id"]], mask_customer(name, firm is True) if isinstance(name, str) else None, lang)
            for row, name, firm in records
        ]
        return _without_numbers(rows)


def _without_numbers(rows: pd.DataFrame) -> pd.DataFrame:
    """Ids of customers that are phone numbers, and records named after them, masked."""
    for column in ("customer_id", "source_id"):
        shown = {one: mask_id(one) for one in rows[column].dropna().unique()}
        changed = {one: masked for one, masked in shown.items() if masked != one}
        rows[column] = rows[column].replace(changed) if changed else rows[column]
    return rows
