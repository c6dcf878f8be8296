"""Asking for obligations: those behind a figure, those missed, those still to do; a sentence each."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

import pandas as pd

from ruralkpi.book import frames, labels, reading
from ruralkpi.book.opened import Opened
from ruralkpi.book.reading import Ids, Months, Where
from ruralkpi.book.times import present
from ruralkpi.book.words import attempts, is_week, sentence
from ruralkpi.checks.cutoff import parse_as_of
from ruralkpi.errors import UserError
from ruralkpi.masking import mask_id
from ruralkpi.obligations.outcomes import ASKED, DECIDED, MISSED
from ruralkpi.obligations.requested import code_sql
from ruralkpi.sql import literals
from ruralkpi.texts import known_language, say

MOST_DAYS = 36600  # ahead, that `due` takes
# spans and days that stand fixed beforehand; everything else is known from its start on
_AHEAD = ("key_slot", "report_week", "greeting_day", "village_month", "agreement_month", "expiring_month", "agreements")
_CODE = code_sql("o")
_ROWS = f"""SELECT o.rule_id, o.agent_id, o.area_id, o.customer_id, source_id, outcome, reason, month, due_on, start_at, due_at,
    done_at, flags, rule.use,
    coalesce(rule.use = 'S' AND o.agent_id IS NOT NULL AND outcome IN {literals(DECIDED)}, false) AS is_scored,
    CASE WHEN outcome IN {literals(ASKED)} THEN {_CODE} END AS code,
    o.owner_role, source_table, o.file, o.row, start_precision, done_precision, mend_until_at, since_at,
    rule.label_zh AS rule_label, rule.label_en, agent_name, area.county_id, customer.customer_name, village_name,
    customer.is_government AS is_firm
FROM obligation AS o JOIN rule USING (rule_id) LEFT JOIN customer ON customer.customer_id = o.customer_id
    LEFT JOIN agent ON agent.agent_id = o.agent_id LEFT JOIN area ON area.area_id = o.area_id"""
_NAMES = ("rule_label", "agent_name", "county_id", "customer_name", "village_name")


class Obligations(Opened):
    """The obligations."""

    def obligations(
        self,
        rule: Ids = None,
        month: Months = None,
        *,
        agent: Ids = None,
        area: Ids = None,
        county: Ids = None,
        outcomes: str | Iterable[str] = DECIDED,
        names: bool = False,
        lang: str | None = "zh",
    ) -> pd.DataFrame:
        """The rows behind a figure, a sentence each. Grain: one thing owed; by default those that the rate counts.

        start_at, due_at, done_at: local time (Asia/Shanghai), exact to start_precision and done_precision; due_on: the day
        that gives the month; file and row: where the record came from. `outcomes` picks among met, missed_late,
        missed_open, pending, unknown, exempt and void; "missed", "decided" and "all" stand for several. use: as of `kpi`;
        is_scored: whether it counts on an agent's card; code: by which a correction is asked for, of what is missed or unknown.
        `names` adds the rule's name, the agent's and customer's (masked), county and village. `lang=None` leaves the sentences
        out, for long spans. Raises UserError for what is not known.

        >>> rows = book.obligations("complaint_first_reply", "2026-02", agent="007")
        >>> rows["outcome"].tolist()
        ['met', 'missed_late']
        >>> print(rows["sentence"][1])
        投诉 C2：2 月 3 日 10:00 受理，48 小时内应首次回复，2 月 5 日 10:00 到期；2 月 5 日 12:00 首次回复，迟 2 小时。
        """
        wanted = reading.outcomes(outcomes)
        where = self._where(month, rule, agent, "o.").among("o.area_id", reading.areas(self.con, area, county))
        where.among("outcome", wanted)
        rows = self.sql(f"{_ROWS} WHERE {where} ORDER BY rule_no, o.agent_id, due_at, source_id", where.values)
        return self._with_sentences(rows, lang, names, self.as_of, {} if lang is None else self._attempts(where))

    def misses(
        self,
        month: Months = None,
        *,
        rule: Ids = None,
        agent: Ids = None,
        area: Ids = None,
        county: Ids = None,
        names: bool = False,
        lang: str | None = "zh",
    ) -> pd.DataFrame:
        """What was missed: done too late, or overdue and not done. Grain and columns of `obligations`, and late_h.

        late_h: hours past the deadline, until it was done, or until the cut-off while it is open.

        >>> rows = book.misses("2026-02", rule="complaint_first_reply")
        >>> rows[["source_id", "outcome", "late_h"]].values.tolist()
        [['C2', 'missed_late', 2.0], ['C3', 'missed_open', 1166.0]]
        """
        asked = {"agent": agent, "area": area, "county": county}
        rows = self.obligations(rule, month, **asked, outcomes=MISSED, names=names, lang=lang)
        late = rows["done_at"].fillna(pd.Timestamp(self.as_of)) - rows["due_at"]
        rows.insert(list(rows.columns).index("outcome") + 1, "late_h", late.dt.total_seconds() / 3600)
        return rows

    def due(
        self,
        as_of: dt.date | str | None = None,
        *,
        agent: Ids = None,
        area: Ids = None,
        county: Ids = None,
        rule: Ids = None,
        days: int = 14,
        names: bool = False,
        lang: str | None = "zh",
    ) -> pd.DataFrame:
        """What is still to do at `as_of`. Grain: one obligation that is overdue or due within `days`, not done by then.

        First what is overdue and can still be done, however old, marked by is_overdue, overdue_d whole days: a customer who
        waits before an agreement that lapsed, that before a missing record, each longest first; then what falls due,
        soonest first. What can't be made good any more (a slot that is over, section 6) is not to do. `as_of`: a time, or a
        day (also as text, "2026-03-31"), which means its 24:00. `names` as of `obligations`. Raises UserError for days that
        are no number from 0 to 36600.

        >>> book.due("2026-03-31", rule="agreement_renewed_in_time", days=30)[["is_overdue", "source_id"]].values.tolist()
        [[False, 'A3']]
        >>> print(book.due(rule="complaint_first_reply")["sentence"][0])
        投诉 C3：2 月 9 日 10:00 受理，48 小时内应首次回复，2 月 11 日 10:00 到期；至今未首次回复，漏办，已逾期 48 天，还能补办。
        """
        at = _moment(as_of) or self.as_of
        if not 0 <= days <= MOST_DAYS:
            raise UserError(say("book.days", value=days, most=MOST_DAYS))
        where = Where().add("outcome NOT IN ('void', 'exempt', 'unknown') AND (done_at IS NULL OR done_at > ?)", at)
        where.add("due_on <= ?", (at - dt.timedelta(seconds=1)).date() + dt.timedelta(days=days))
        where.add(f"(start_at <= ? OR source_table IN {_AHEAD} OR due_at <= start_at + INTERVAL 1 DAY)", at)
        where.add("(due_at > ? OR mend_until_at IS NULL OR mend_until_at > ? OR done_at > ?)", at, at, at)
        for kind, wanted in (("agent", agent), ("rule", rule)):
            where.among(f"o.{kind}_id", reading.known(self.con, kind, wanted))
        where.among("o.area_id", reading.areas(self.con, area, county))
        order = "CASE WHEN due_at <= ? THEN coalesce(mend_no, 9) ELSE 10 END, CASE WHEN due_at <= ? THEN since_at ELSE due_at END"
        query = f"{_ROWS} WHERE {where} ORDER BY {order}, rule_no, o.agent_id, source_id"
        return self._still_to_do(self.sql(query, [*where.values, at, at]), at, lang, names)

    def _still_to_do(self, rows: pd.DataFrame, at: dt.datetime, lang: str | None, is_named: bool) -> pd.DataFrame:
        """Rows as they stood `at`, whatever became of them since."""
        is_overdue = rows["due_at"] <= pd.Timestamp(at)
        rows["done_at"] = pd.NaT
        rows["outcome"] = is_overdue.map({True: "missed_open", False: "pending"})
        rows["mend_until_at"] = pd.NaT  # all that is listed can be done
        rows = self._with_sentences(rows, lang, is_named, at, {})
        rows.insert(0, "is_overdue", is_overdue)
        rows.insert(1, "overdue_d", (pd.Timestamp(at) - rows["due_at"]).dt.days.clip(lower=0).where(is_overdue, 0))
        return rows.drop(columns=["done_at", "outcome", "reason", "done_precision", "mend_until_at", "is_scored", "code"])

    def _attempts(self, where: Where) -> dict[tuple[str, str], list[str]]:
        """(rule, record) of missed slots → the days, 'MM-DD', on which the customer was tried in vain."""
        found = self.con.execute(
            f"""
SELECT DISTINCT o.rule_id, o.source_id, strftime(tried.contacted_at, '%m-%d') AS day, CAST(tried.contacted_at AS DATE)
FROM obligation AS o JOIN contact AS tried ON tried.customer_id = o.customer_id AND NOT tried.counts
    AND tried.contacted_at >= o.start_at AND tried.contacted_at < o.due_at
    AND tried.kind = CASE WHEN o.due_at > o.start_at + INTERVAL 7 DAY THEN 'onsite' ELSE 'call' END
WHERE o.source_table = 'key_slot' AND outcome = 'missed_open' AND {where} ORDER BY ALL""",
            where.values,
        ).fetchall()
        days: dict[tuple[str, str], list[str]] = {}
        for rule_id, source_id, day, _ in found:
            days.setdefault((rule_id, source_id), []).append(day)
        return days

    def _with_sentences(
        self, rows: pd.DataFrame, lang: str | None, is_named: bool, at: dt.datetime, tried: dict[tuple[str, str], list[str]]
    ) -> pd.DataFrame:
        english, told = rows.pop("label_en"), None
        rows["rule_label"] = english if lang == "en" else rows["rule_label"]
        if lang is not None:
            known_language(lang)
            rules: dict[str, Any] = {str(row["rule_id"]): row for row in self.sql("SELECT * FROM rule").to_dict("records")}
            names = labels.shown(rows["customer_name"], rows["is_firm"])
            records: Iterable[tuple[Any, Any]] = zip(frames.progress(rows.to_dict("records")), names, strict=True)
            told = [sentence(row, rules[row["rule_id"]], _customer(row, name, tried, lang), lang, at=at) for row, name in records]
        rows = labels.without_numbers(labels.named(rows, is_named, _NAMES), "customer_id", "source_id")
        return rows if told is None else rows.assign(sentence=told)


def _moment(as_of: dt.date | str | None) -> dt.datetime | None:
    """A cut-off as a person gives it; a bare day means its 24:00. Raises UserError for what is none."""
    if as_of is None or isinstance(as_of, dt.datetime):
        return as_of
    return parse_as_of(as_of.isoformat() if isinstance(as_of, dt.date) else str(as_of))


def _customer(row: Any, name: Any, tried: dict[tuple[str, str], list[str]], lang: str) -> str | None:
    """The customer as he may be named, with the days on which a missed slot's was tried in vain; None where nobody is."""
    shown = name if present(name) else None
    if days := tried.get((row["rule_id"], row["source_id"])):
        return (shown or mask_id(row["customer_id"])) + attempts(is_week(row), days, lang)
    return shown
