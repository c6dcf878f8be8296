"""The published marts, opened read-only: what they are, which months and ids they hold, any query."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import duckdb
import pandas as pd

from ruralkpi.book import reading
from ruralkpi.book.reading import Ids, Months, Where
from ruralkpi.databases import reading as connection
from ruralkpi.databases import told
from ruralkpi.errors import UserError
from ruralkpi.texts import known_language, say


class Opened:
    """One published database, and what all questions to it share."""

    def __init__(self, path: Path, threads: int | None = None) -> None:
        self.path = path
        self.con: duckdb.DuckDBPyConnection = connection(path, threads)
        try:
            is_ours = self.meta.keys() >= {"as_of", "month_first", "month_last", "rules_version"}
        except duckdb.Error as fault:
            raise UserError(told(fault) or say("error.foreign", file=path)) from None
        if not is_ours:
            raise UserError(say("error.foreign", file=path))

    @classmethod
    def on(cls, con: duckdb.DuckDBPyConnection, of: Opened) -> Self:
        """A book on tables that stand before those of another one on `con`'s search path.

        >>> rk.Book.on(book.con, book).as_of == book.as_of
        True
        """
        other = cls.__new__(cls)
        other.path, other.con = of.path, con
        return other

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

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
        """as_of, month_first, month_last (the newest complete month), rules_version, exports (those that came, a line
        each), snapshot_customers (1: they have no dates), second_opinion (1: Great Expectations counted the checks too).

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

    def known_agent(self, agent_id: str | int) -> str:
        """The id as the book holds it. Raises UserError with the nearest ids when there is no such agent, and for
        none or several.

        >>> book.known_agent("007")
        '007'
        """
        return reading.one(self.con, "agent", agent_id)

    def known_rule(self, rule_id: str) -> str:
        """The rule's id, of its name too, or of words in its Chinese name alone. Raises UserError with the nearest ids, and
        for none or several.

        >>> book.known_rule("key_call_weekly"), book.known_rule("每周电访")
        ('key_call_weekly', 'key_call_weekly')
        """
        return reading.one(self.con, "rule", rule_id)

    def catalog(self) -> pd.DataFrame:
        """The rules with clause, words, settings in force and who set them. Grain: one rule, by clause.

        >>> book.catalog().set_index("rule_id").loc["key_call_weekly", ["clause", "use", "owner_role"]].tolist()
        ['2.1.2(3)', 'S', 'agent']
        """
        return self.sql("SELECT * FROM rule ORDER BY rule_no")

    def settings(self, rule: Ids = None, lang: str = "zh") -> pd.DataFrame:
        """The rules' settings as they were in force. Grain: one setting, in the standard's order.

        rule_id, rule_label, clause; setting and value as `what_if` takes them, words as people read them, set_by: standard,
        project, user or a named source.

        >>> book.settings("complaint_first_reply")[["setting", "value", "words", "set_by"]].values.tolist()
        [['limit', '48 hours', '48 小时', 'standard']]
        """
        known_language(lang)
        where = Where().among("rule_id", reading.known(self.con, "rule", rule))
        found = self.con.execute(
            f"SELECT rule_id, label_{lang}, clause, settings FROM rule WHERE {where} ORDER BY rule_no", where.values
        )
        rows = [
            (rule_id, label, clause, one["name"], one["value"], one[lang], one["set_by"])
            for rule_id, label, clause, text in found.fetchall()
            for one in json.loads(text)
        ]
        return pd.DataFrame(rows, columns=["rule_id", "rule_label", "clause", "setting", "value", "words", "set_by"])

    def _where(self, month: Months, rule: Ids, agent: Ids, prefix: str = "") -> Where:
        where = Where().add("month BETWEEN ? AND ?", *self.span(month))
        for kind, wanted in (("rule", rule), ("agent", agent)):
            where.among(f"{prefix}{kind}_id", reading.known(self.con, kind, wanted))
        return where
