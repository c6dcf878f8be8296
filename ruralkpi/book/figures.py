"""Asking for figures: rates by agent, area, county and province, and the measures that are no obligations."""

from __future__ import annotations

import duckdb
import pandas as pd

from ruralkpi.book import reading
from ruralkpi.book.opened import Opened
from ruralkpi.book.reading import Ids, Months, Where
from ruralkpi.errors import UserError
from ruralkpi.texts import say

_COUNTS = ("met_n", "owed_n", "pending_n", "unknown_n", "exempt_n", "late_n", "open_n", "partial_n")


class Figures(Opened):
    """The figures."""

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
        return _rolled_up(self.con, by, where)

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


def _rolled_up(con: duckdb.DuckDBPyConnection, by: str, where: Where) -> pd.DataFrame:
    """The areas' figures added up by county or province, with the interval of the sum."""
    from statsmodels.stats.proportion import proportion_confint

    key = "county_id, " if by == "county" else ""
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in _COUNTS)
    frame = con.execute(
        f"SELECT rule_id, {key}month, {sums}, "
        "CASE WHEN sum(unexempted_owed_n) > 0 THEN sum(unexempted_met_n) / sum(unexempted_owed_n) END AS rate_unexempted "
        f"FROM kpi_area_month AS kpi JOIN rule USING (rule_id) WHERE {where} "
        f"GROUP BY rule_no, rule_id, {key}month ORDER BY rule_no, {key}month",
        where.values,
    ).df()
    owed = frame["owed_n"].where(frame["owed_n"] > 0)
    low, high = proportion_confint(frame["met_n"], owed, method="wilson")
    place = list(frame.columns).index("exempt_n") + 1
    for n, (name, column) in enumerate({"rate": frame["met_n"] / owed, "low": low, "high": high}.items()):
        frame.insert(place + n, name, column)
    return frame
