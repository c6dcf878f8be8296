"""The book: the published marts, read-only, as pandas frames."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from ruralkpi import about, reading
from ruralkpi.errors import UserError
from ruralkpi.masking import mask_name
from ruralkpi.reading import ROWS, Ids, Months, Where
from ruralkpi.store import reading as connection
from ruralkpi.texts import say
from ruralkpi.words import sentence

if TYPE_CHECKING:
    from ruralkpi.settings import Settings

DECIDED = ("met", "missed_late", "missed_open")
MISSED = ("missed_late", "missed_open")
OVERDUE_DAYS = 31


class Book:
    """One published database, read-only. Close it, or use it as a context manager; many may read it at once.

    A book goes on showing the marts that it was opened on; one opened while a build runs shows the last good ones.
    Where a method takes `month`: one month as YYYY-MM, a pair (first, last), or None for the newest complete one.
    `agent`, `area` and `rule` take one id or several. Unknown ids and empty months raise UserError.

    >>> book.months, book.as_of
    (['2026-01', '2026-02', '2026-03'], datetime.datetime(2026, 4, 1, 0, 0))
    """

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.path = path
        self.con: duckdb.DuckDBPyConnection = connection(path, threads)

    @classmethod
    def on(cls, con: duckdb.DuckDBPyConnection, of: Book) -> Book:
        """A book on tables that stand before those of another one on `con`'s search path.

        >>> rk.Book.on(book.con, book).as_of == book.as_of
        True
        """
        other = cls.__new__(cls)
        other.path, other.con = of.path, con
        return other

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return about.text(self)

    def _repr_html_(self) -> str:
        return about.html(self)

    def close(self) -> None:
        """Let go of the file.

        >>> other = rk.open(book.path)
        >>> other.close()
        """
        self.con.close()

    def sql(self, query: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """Any query's result; `?` in it takes `values` in order. Names and phones come out as they are stored.

        >>> book.sql("SELECT count(*) AS n FROM agent WHERE area_id = ?", ["甲片区"])["n"].item()
        2
        """
        return self.con.execute(query, list(values)).df()

    @property
    def meta(self) -> dict[str, str]:
        """as_of, month_first, month_last (the newest complete month), rules_version, snapshot_customers.

        >>> book.meta["month_last"]
        '2026-03'
        """
        return dict(self.con.execute("SELECT key, value FROM meta ORDER BY key").fetchall())

    @property
    def as_of(self) -> dt.datetime:
        """The data's cut-off; 00:00 of a day is the 24:00 of the day before.

        >>> book.as_of
        datetime.datetime(2026, 4, 1, 0, 0)
        """
        return dt.datetime.fromisoformat(self.meta["as_of"])

    @property
    def months(self) -> list[str]:
        """The months that have ended by the cut-off, oldest first; (months[0], months[-1]) is the whole span.

        >>> book.months
        ['2026-01', '2026-02', '2026-03']
        """
        meta = self.meta
        return [f"{one:%Y-%m}" for one in pd.period_range(meta["month_first"], meta["month_last"], freq="M")]

    def month(self, month: str | None) -> str:
        """`month`, or the newest complete one. Raises UserError for a wrong form or a month without any obligation.

        >>> book.month(None)
        '2026-03'
        """
        return self.span(month)[0]

    def span(self, month: Months) -> tuple[str, str]:
        """First and last month of `month`. Raises UserError for a wrong form or order, or months without any obligation.

        >>> book.span(("2026-01", "2026-02"))
        ('2026-01', '2026-02')
        """
        return reading.span(self.con, month, self.meta["month_last"])

    def known_agent(self, agent_id: str) -> None:
        """Raises UserError with the nearest ids when there is no such agent.

        >>> book.known_agent("007")
        """
        reading.known(self.con, "agent", agent_id)

    def known_rule(self, rule_id: str) -> None:
        """Raises UserError with the nearest ids when there is no such rule.

        >>> book.known_rule("key_call_weekly")
        """
        reading.known(self.con, "rule", rule_id)

    def _where(self, month: Months, rule: Ids, agent: Ids, area: Ids, prefix: str = "") -> Where:
        where = Where().add("month BETWEEN ? AND ?", *self.span(month))
        for kind, wanted in (("rule", rule), ("agent", agent), ("area", area)):
            reading.known(self.con, kind, wanted)
            if kind != "area":
                where.among(f"{prefix}{kind}_id", wanted)
        return where

    def kpi(
        self, month: Months = None, *, agent: Ids = None, area: Ids = None, rule: Ids = None, by: str = "agent"
    ) -> pd.DataFrame:
        """Figures. Grain: rule, agent (`by`: area, county, province) and month; the rules in the standard's order.

        rule_id, the key and month: text. met_n of owed_n, and late_n + open_n, which make up the rest: counts.
        rate, low and high (Wilson 95 %), rate_unexempted (as if nothing were exempted): shares of 1, missing when
        nothing was owed. pending_n, unknown_n, exempt_n, partial_n: counts that stand outside the rate.
        `by` above agent includes what only the area owes. Raises UserError for an unknown `by`.

        >>> book.kpi("2026-02", agent="007", rule="complaint_first_reply")[["met_n", "owed_n", "rate"]].values.tolist()
        [[1.0, 2.0, 0.5]]
        >>> frame = book.kpi(("2026-01", "2026-03"), area="甲片区", rule="complaint_first_reply", by="area")
        >>> frame[["month", "met_n", "owed_n"]].values.tolist()
        [['2026-01', 0, 0], ['2026-02', 1, 3], ['2026-03', 0, 0]]
        """
        where = self._where(month, rule, agent, area, "kpi.")
        if by not in ("agent", "area", "county", "province"):
            raise UserError(say("book.by", value=by, known="agent、area、county、province"))
        if by == "agent" or agent is not None:
            ids = reading.listed(area)
            if area is not None:
                where.add(
                    f"agent_id IN (SELECT agent_id FROM agent WHERE area_id IN ({', '.join('?' * len(ids)) or 'NULL'}))", *ids
                )
            return self._figures("kpi_agent_month", "agent_id", where)
        where.among("kpi.area_id", area)
        if by == "area":
            return self._figures("kpi_area_month", "area_id, county_id", where)
        return reading.rolled_up(self.con, by, where)

    def _figures(self, table: str, key: str, where: Where) -> pd.DataFrame:
        return self.sql(
            f"SELECT rule_id, {key}, month, met_n, owed_n, pending_n, unknown_n, exempt_n, rate, low, high, "
            "late_n, open_n, partial_n, "
            "CASE WHEN unexempted_owed_n > 0 THEN unexempted_met_n / unexempted_owed_n END AS rate_unexempted "
            f"FROM {table} AS kpi JOIN rule USING (rule_id) WHERE {where} ORDER BY rule_no, {key}, month",
            where.values,
        )

    def measures(self, month: Months = None, *, measure: Ids = None, agent: Ids = None, area: Ids = None) -> pd.DataFrame:
        """Measures that are no obligations (STANDARD section 5).

        Grain: measure, part, month and agent, or area where agent_id is missing; `agent` keeps the agents' own rows,
        `area` the areas'. value = n / of_n, a share of 1 (hours for repair_time: missing when that share of the repairs
        is not reached); of_n is missing for mere counts; is_provisional: the cohort may still grow.

        >>> rows = book.measures("2026-03", measure="renewal_count", area="甲片区")
        >>> rows[["part", "n", "of_n"]].values.tolist()
        [['d0', 1.0, 2.0], ['d30', 2.0, 2.0], ['d7', 2.0, 2.0], ['reactivated', 0.0, 2.0]]
        """
        where = Where().add("month BETWEEN ? AND ?", *self.span(month)).among("measure_id", measure)
        if agent is not None:
            where.among("agent_id", agent)
        elif area is not None:
            where.add("agent_id IS NULL").among("area_id", area)
        return self.sql(f"SELECT * FROM measure WHERE {where} ORDER BY measure_id, part, month, area_id, agent_id", where.values)

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
        rows = self.sql(f"{ROWS} WHERE {where} ORDER BY rule_no, o.agent_id, due_at, source_id", where.values)
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
        where.add("start_at <= ?", at + dt.timedelta(days=31)).add("(due_at > ? OR source_table <> 'key_slot')", at)
        for kind, wanted in (("agent", agent), ("area", area), ("rule", rule)):
            reading.known(self.con, kind, wanted)
            where.among(f"o.{kind}_id", wanted)
        rows = self.sql(f"{ROWS} WHERE {where} ORDER BY due_at, rule_no, o.agent_id, source_id", where.values)
        rows["done_at"] = pd.NaT
        rows["outcome"] = "pending"
        rows = self._with_sentences(rows, lang)
        rows.insert(0, "is_overdue", rows["due_at"] <= pd.Timestamp(at))
        return rows.drop(columns=["done_at", "outcome", "reason", "done_precision"])

    def quality(self, by: str = "export") -> pd.DataFrame:
        """What became of the rows that were handed in. read_n = blank_n + clean_n + superseded_n + quarantined_n.

        Grain by `by`: "export", one kind of export; "file", one sheet of a file, with the columns it lacks (absent) and those
        that nothing is known of (unknown_headers); "reason", why rows were kept out or marked, with the count; "row",
        those rows, file and row number each, phones masked; "evidence", why obligations could not be decided, by rule.
        All counts. Raises UserError for another `by`.

        >>> book.quality().query("source_table == 'complaints'")[["read_n", "clean_n", "quarantined_n"]].values.tolist()
        [[4, 3, 1]]
        >>> book.quality("row")[["file", "row"]].values.tolist()
        [['投诉.csv', 5]]
        """
        return reading.quality(self.con, by)

    def trail(self, rule: str, source_id: str, lang: str = "zh") -> pd.DataFrame:
        """One record followed from the file to the figure. Grain: one fact, as step, name and value (text).

        Steps: file (with the cells as written, where the working database stands beside the book), mart (what happened), rule
        (what was promised), obligation (what became of it), figure (the month's). Masked. Raises UserError for no such record.

        >>> steps = book.trail("complaint_first_reply", "C2").set_index(["step", "name"])["value"]
        >>> steps["file", "row"], steps["file", "first_reply_at"], steps["obligation", "outcome"], steps["figure", "owed_n"]
        ('3', '2026-02-05 12:00', 'missed_late', '2')
        """
        from ruralkpi.trail import trail

        return trail(self, rule, source_id, lang)

    def catalog(self) -> pd.DataFrame:
        """The rules with clause, words, settings in force and who set them. Grain: one rule, by clause.

        >>> book.catalog().set_index("rule_id").loc["key_call_weekly", ["clause", "use", "owner_role"]].tolist()
        ['2.1.2(3)', 'S', 'agent']
        """
        return self.sql("SELECT * FROM rule ORDER BY rule_no")

    def what_if(self, *changes: str, month: str | None = None, settings: Settings | None = None, **chosen: Any) -> pd.DataFrame:
        """Figures as published beside those with other settings, each ``rule.setting=value``; the book stays as it is.

        Grain: that of `kpi`, which also takes `chosen`. Columns: the key, met_n, owed_n and rate as published, the same with
        _if, and rate_difference. `settings`: those of ruralkpi.toml unless given. Raises UserError for what is unknown.

        >>> frame = book.what_if("complaint_first_reply.limit=60 hours", month="2026-02", by="area", area="甲片区")
        >>> frame[["met_n", "owed_n", "met_n_if", "owed_n_if"]].values.tolist()
        [[1, 3, 2, 3]]
        """
        from ruralkpi import settings as configuration
        from ruralkpi.what_if import what_if

        return what_if(self, settings or configuration.load(), changes, month, **chosen)

    def _with_sentences(self, rows: pd.DataFrame, lang: str | None) -> pd.DataFrame:
        names = rows.pop("customer_name")
        if lang is None:
            return rows
        rules: dict[str, Any] = {str(row["rule_id"]): row for row in self.sql("SELECT * FROM rule").to_dict("records")}
        records: Iterable[tuple[Any, Any]] = zip(about.progress(rows.to_dict("records")), names, strict=True)
        rows["sentence"] = [
            sentence(row, rules[row["rule_id"]], mask_name(name) if isinstance(name, str) else None, lang)
            for row, name in records
        ]
        return rows


def open_book(path: str | Path = "data/marts/ruralkpi.duckdb", threads: int | None = None) -> Book:
    """Open the published marts read-only; a relative path is looked for in the current folder, then in those above it.

    In a notebook or a terminal session pandas is also told to show wide frames whole, with Chinese aligned.
    Raises UserError when there are no marts yet.

    >>> rk.open(book.path)  # doctest: +ELLIPSIS
    3 个月 2026-01 至 2026-03 · 3 位代理人员 · 2 个片区 · 数据截至 2026-03-31 24:00 · ...
    """
    about.readable()
    return Book(about.found(Path(path)), threads)
