"""The book: the published marts, read-only, as pandas frames."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ruralkpi.errors import UserError, nearest
from ruralkpi.masking import mask_name
from ruralkpi.sql import first_row
from ruralkpi.store import reading
from ruralkpi.texts import say
from ruralkpi.words import sentence

DECIDED = ("met", "missed_late", "missed_open")
MISSED = ("missed_late", "missed_open")
_COUNTS = ("met_n", "owed_n", "pending_n", "unknown_n", "exempt_n", "late_n", "open_n", "partial_n")
OVERDUE_DAYS = 31


class Book:
    """One published database. Close it, or use it as a context manager; many may read it at once."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.path = path
        self.con: duckdb.DuckDBPyConnection = reading(path)
        if threads:
            self.con.execute(f"SET threads = {int(threads)}")

    @classmethod
    def on(cls, con: duckdb.DuckDBPyConnection, of: Book) -> Book:
        """A book on tables that stand before those of another one on `con`'s search path."""
        book = cls.__new__(cls)
        book.path, book.con = of.path, con
        return book

    def __enter__(self) -> Book:
        return self

    def __exit__(self, *_: object) -> None:
        self.con.close()

    def sql(self, query: str, values: Sequence[Any] = ()) -> pd.DataFrame:
        """Any query's result; `?` in it takes `values` in order."""
        return self.con.execute(query, list(values)).df()

    @property
    def meta(self) -> dict[str, str]:
        """as_of, month_first, month_last (the newest complete month), rules_version, snapshot_customers."""
        return dict(self.con.execute("SELECT key, value FROM meta ORDER BY key").fetchall())

    @property
    def as_of(self) -> dt.datetime:
        """The data's cut-off; 00:00 of a day is the 24:00 of the day before."""
        return dt.datetime.fromisoformat(self.meta["as_of"])

    def month(self, month: str | None) -> str:
        """`month`, or the newest complete one. Raises UserError for a wrong form or a month without any obligation."""
        chosen = month or self.meta["month_last"]
        try:
            dt.datetime.strptime(chosen, "%Y-%m")
        except ValueError:
            raise UserError(say("error.month_form", value=chosen)) from None
        if len(chosen) != 7:
            raise UserError(say("error.month_form", value=chosen))
        held = first_row(self.con, "SELECT count(*) FROM obligation WHERE month = ?", [chosen])[0]
        if not held:
            first, last = first_row(self.con, "SELECT min(month), max(month) FROM obligation WHERE outcome <> 'pending'")
            raise UserError(say("error.month_empty", month=chosen, first=first or "—", last=last or "—"))
        return chosen

    def known_agent(self, agent_id: str) -> None:
        """Raises UserError with the nearest ids when there is no such agent."""
        known = [row[0] for row in self.con.execute("SELECT agent_id FROM agent").fetchall()]
        if agent_id not in set(known):
            near = "、".join(nearest(agent_id, known) or sorted(known)[:3]) or "—"
            raise UserError(say("error.agent_unknown", name=agent_id, near=near))

    def known_rule(self, rule_id: str) -> None:
        """Raises UserError with the nearest ids when there is no such rule."""
        known = [row[0] for row in self.con.execute("SELECT rule_id FROM rule").fetchall()]
        if rule_id not in known:
            near = "、".join(nearest(rule_id, known) or sorted(known))
            raise UserError(say("error.rule_unknown", name=rule_id, near=near))

    def kpi(
        self, month: str | None = None, *, agent: str | None = None, rule: str | None = None, by: str = "agent"
    ) -> pd.DataFrame:
        """Figures. Grain: rule and agent (area, county, province) of one month.

        met_n of owed_n; rate, low and high (Wilson 95 %) as shares of 1, missing when nothing was owed;
        pending_n, unknown_n and exempt_n stand beside. `by` above agent includes what only the area owes.
        """
        values: list[Any] = [self.month(month)]
        where = "month = ?"
        for column, value in (("agent_id", agent), ("rule_id", rule)):
            if value is not None:
                where, values = f"{where} AND kpi.{column} = ?", [*values, value]
        if by == "agent" or agent is not None:
            return self._figures("kpi_agent_month", "agent_id", where, values)
        if by == "area":
            return self._figures("kpi_area_month", "area_id, county_id", where, values)
        return self._rolled_up(by, where, values)

    def _figures(self, table: str, key: str, where: str, values: Sequence[Any]) -> pd.DataFrame:
        return self.sql(
            f"SELECT rule_id, {key}, month, met_n, owed_n, pending_n, unknown_n, exempt_n, rate, low, high, late_n, open_n, partial_n, "
            "CASE WHEN unexempted_owed_n > 0 THEN unexempted_met_n / unexempted_owed_n END AS rate_unexempted "
            f"FROM {table} AS kpi JOIN rule USING (rule_id) WHERE {where} ORDER BY rule_no, {key}",
            values,
        )

    def _rolled_up(self, by: str, where: str, values: Sequence[Any]) -> pd.DataFrame:
        from statsmodels.stats.proportion import proportion_confint

        key = "county_id, " if by == "county" else ""
        sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in _COUNTS)
        frame = self.sql(
            f"SELECT rule_id, {key}month, {sums} FROM kpi_area_month AS kpi JOIN rule USING (rule_id) WHERE {where} "
            f"GROUP BY rule_no, rule_id, {key}month ORDER BY rule_no, {key}month",
            values,
        )
        owed = frame["owed_n"].where(frame["owed_n"] > 0)
        low, high = proportion_confint(frame["met_n"], owed, method="wilson")
        frame.insert(frame.columns.get_loc("exempt_n") + 1, "rate", frame["met_n"] / owed)  # type: ignore[operator]
        frame.insert(frame.columns.get_loc("rate") + 1, "low", low)  # type: ignore[operator]
        frame.insert(frame.columns.get_loc("low") + 1, "high", high)  # type: ignore[operator]
        return frame

    def measures(self, month: str | None = None, *, agent: str | None = None, area: str | None = None) -> pd.DataFrame:
        """Measures that are no obligations (STANDARD section 5). Grain: measure, part and agent, or area where agent_id is None.

        value is n / of_n (hours for repair_time); of_n is missing for mere counts; is_provisional: the cohort may still grow.
        """
        where, values = "month = ?", [self.month(month)]
        if agent is not None:
            where, values = f"{where} AND agent_id = ?", [*values, agent]
        elif area is not None:
            where, values = f"{where} AND agent_id IS NULL AND area_id = ?", [*values, area]
        return self.sql(f"SELECT * FROM measure WHERE {where} ORDER BY measure_id, part, area_id, agent_id", values)

    def obligations(
        self,
        rule: str | None = None,
        month: str | None = None,
        *,
        agent: str | None = None,
        outcomes: Iterable[str] = DECIDED,
        lang: str = "zh",
    ) -> pd.DataFrame:
        """The rows behind a figure, a sentence each. Grain: one thing owed; by default those that the rate counts."""
        kinds = tuple(outcomes)
        where = f"month = ? AND outcome IN ({', '.join('?' * len(kinds))})"
        values: list[Any] = [self.month(month), *kinds]
        for column, value in (("rule_id", rule), ("agent_id", agent)):
            if value is not None:
                where, values = f"{where} AND o.{column} = ?", [*values, value]
        rows = self.sql(f"{_ROWS} WHERE {where} ORDER BY rule_no, o.agent_id, due_at, source_id", values)
        return self._with_sentences(rows, lang)

    def due(
        self, as_of: dt.datetime | None = None, *, agent: str | None = None, days: int = 14, lang: str = "zh"
    ) -> pd.DataFrame:
        """What is still to do at `as_of`, soonest first. Grain: one obligation due within `days`, not done by then.

        What is overdue by up to 31 days and can still be done stands first, marked by is_overdue.
        """
        at = as_of or self.as_of
        whose, values = ("AND o.agent_id = $agent", {"agent": agent}) if agent is not None else ("", {})
        rows = self.con.execute(
            f"""{_ROWS} WHERE outcome NOT IN ('void', 'exempt', 'unknown') AND (done_at IS NULL OR done_at > $at)
                AND due_on BETWEEN $today - {OVERDUE_DAYS} AND $today + $days
                AND start_at <= $at + INTERVAL 31 DAY
                AND (due_at > $at OR source_table <> 'key_slot')
                {whose} ORDER BY due_at, rule_no, o.agent_id, source_id""",
            {"at": at, "today": (at - dt.timedelta(seconds=1)).date(), "days": days, **values},
        ).df()
        rows["done_at"] = pd.NaT
        rows["outcome"] = "pending"
        rows = self._with_sentences(rows, lang)
        rows.insert(0, "is_overdue", rows["due_at"] <= pd.Timestamp(at))
        return rows.drop(columns=["done_at", "outcome", "reason", "done_precision"])

    def _with_sentences(self, rows: pd.DataFrame, lang: str) -> pd.DataFrame:
        names = rows.pop("customer_name")
        rules = {row["rule_id"]: row for row in self.sql("SELECT * FROM rule").to_dict("records")}
        records = zip(rows.to_dict("records"), names, strict=True)
        rows["sentence"] = [
            sentence(row, rules[str(row["rule_id"])], mask_name(name) if isinstance(name, str) else None, lang)
            for row, name in records
        ]
        return rows

    def catalog(self) -> pd.DataFrame:
        """The rules with clause, words, settings in force and who set them. Grain: one rule, by clause."""
        return self.sql("SELECT * FROM rule ORDER BY rule_no")


_ROWS = """SELECT o.rule_id, o.owner_role, o.agent_id, o.area_id, o.customer_id, source_table, source_id, start_at, due_at, due_on,
    month, done_at, outcome, reason, flags, o.file, o.row, start_precision, done_precision, customer.customer_name
FROM obligation AS o JOIN rule USING (rule_id) LEFT JOIN customer ON customer.customer_id = o.customer_id"""


def open_book(path: str | Path = "data/marts/ruralkpi.duckdb", threads: int | None = None) -> Book:
    """Open the published marts read-only. Raises UserError when there are none yet."""
    return Book(Path(path), threads)
