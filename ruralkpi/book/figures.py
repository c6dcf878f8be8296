"""Asking for figures: rates by agent, area, county and province, and the measures that are no obligations."""

from __future__ import annotations

import duckdb
import pandas as pd

from ruralkpi.book import labels as labelled
from ruralkpi.book import reading
from ruralkpi.book.opened import Opened
from ruralkpi.book.reading import Ids, Months, Where
from ruralkpi.errors import UserError
from ruralkpi.texts import catalogue, known_language, say

LEVELS = ("agent", "area", "county", "province")
_COUNTS = ("met_n", "owed_n", "pending_n", "unknown_n", "exempt_n", "late_n", "open_n", "partial_n")


class Figures(Opened):
    """The figures."""

    def kpi(
        self,
        month: Months = None,
        *,
        agent: Ids = None,
        area: Ids = None,
        county: Ids = None,
        rule: Ids = None,
        by: str = "agent",
        names: bool = False,
        lang: str = "zh",
    ) -> pd.DataFrame:
        """Figures. Grain: rule, agent (`by`: area, county, province) and month; the rules in the standard's order.

        rule_id, the key and month: text. met_n of owed_n, and late_n + open_n, which make up the rest: counts.
        rate, low and high (Wilson 95 %), rate_unexempted (as if nothing were exempted): shares of 1, missing when
        nothing was owed. pending_n, unknown_n, exempt_n, partial_n: counts that stand outside the rate. use: S scored on
        the agent's card, M the manager's or hotline's, I information, A audit. `names` adds the rule's name in `lang`, the
        agent's (masked), area and county. `by` above agent includes what only the area owes, and is never of a part of its
        key: figures of one area are by="area". Raises UserError for that and for an unknown `by`.

        >>> book.kpi("2026-02", agent="007", rule="投诉 48 小时内首次回复")[["met_n", "owed_n", "rate"]].values.tolist()
        [[1.0, 2.0, 0.5]]
        >>> frame = book.kpi(("2026-01", "2026-03"), county="青川县", rule="complaint_first_reply", by="area")
        >>> frame[["area_id", "month", "met_n", "owed_n"]].values.tolist()
        [['甲片区', '2026-01', 0, 0], ['甲片区', '2026-02', 1, 3], ['甲片区', '2026-03', 0, 0]]
        """
        _refuse_parts(by, agent, area, county)
        known_language(lang)
        where, areas = self._where(month, rule, agent, "kpi."), reading.areas(self.con, area, county)
        if by == "agent":
            if areas is not None:
                held = Where().among("area_id", areas)
                where.add(f"kpi.agent_id IN (SELECT agent_id FROM agent WHERE {held})", *held.values)
            frame = self._figures("kpi_agent_month", "kpi.agent_id", where, names)
        elif by == "area":
            frame = self._figures("kpi_area_month", "area_id, county_id", where.among("area_id", areas))
        else:
            frame = _rolled_up(self.con, by, where.among("kpi.area_id", areas))
        return self._with_names(frame, names, lang)

    def _figures(self, table: str, key: str, where: Where, has_agent: bool = False) -> pd.DataFrame:
        who = ", agent_name, agent.area_id, agent.county_id" if has_agent else ""
        return self.sql(
            f"SELECT rule_id, {key}, month, met_n, owed_n, pending_n, unknown_n, exempt_n, rate, low, high, "
            "late_n, open_n, partial_n, "
            f"CASE WHEN unexempted_owed_n > 0 THEN unexempted_met_n / unexempted_owed_n END AS rate_unexempted, use{who} "
            f"FROM {table} AS kpi JOIN rule USING (rule_id) {'LEFT JOIN agent USING (agent_id)' if has_agent else ''} "
            f"WHERE {where} ORDER BY rule_no, {key}, month",
            where.values,
        )

    def _with_names(self, frame: pd.DataFrame, is_named: bool, lang: str) -> pd.DataFrame:
        if is_named:
            labels = self.sql(f"SELECT rule_id, label_{lang} FROM rule").set_index("rule_id")[f"label_{lang}"]
            frame["rule_label"] = frame["rule_id"].map(labels)
        added = ("rule_label", "agent_name", *(("area_id", "county_id") if "agent_id" in frame else ()))
        return labelled.named(frame, is_named, added)

    def measures(
        self,
        month: Months = None,
        *,
        measure: Ids = None,
        agent: Ids = None,
        area: Ids = None,
        county: Ids = None,
        names: bool = False,
        lang: str = "zh",
    ) -> pd.DataFrame:
        """Measures that are no obligations (STANDARD section 5).

        Grain: measure, part, month and agent, or area where agent_id is missing; `agent` keeps the agents' own rows,
        `area` and `county` the areas'. value = n / of_n, a share of 1 (hours for repair_time: missing when that share of
        the repairs is not reached); of_n is missing for mere counts; is_provisional: the cohort may still grow. `names`
        adds the names of measure and part in `lang`, the agent's (masked) and the county. Raises UserError for a measure
        that is not known.

        >>> rows = book.measures("2026-03", measure="renewal_count", area="甲片区")
        >>> rows[["part", "n", "of_n"]].values.tolist()
        [['d0', 1.0, 2.0], ['d30', 2.0, 2.0], ['d7', 2.0, 2.0], ['reactivated', 0.0, 2.0]]
        """
        known_language(lang)
        where = Where().add("month BETWEEN ? AND ?", *self.span(month)).among("measure_id", self._known_measures(measure))
        where.among("measure.agent_id", reading.known(self.con, "agent", agent))
        if agent is None and (area is not None or county is not None):
            where.add("measure.agent_id IS NULL")
        where.among("measure.area_id", reading.areas(self.con, area, county))
        rows = self.sql(
            f"SELECT measure.*, agent_name, area.county_id FROM measure LEFT JOIN agent USING (agent_id) "
            f"LEFT JOIN area ON area.area_id = measure.area_id "
            f"WHERE {where} ORDER BY measure_id, part, month, measure.area_id, agent_id",
            where.values,
        )
        for column, prefix in (("measure", "area.measure"), ("part", "area.part")) if names else ():
            rows[f"{column}_label"] = labelled.texts_of(rows["measure_id" if column == "measure" else column], prefix, lang)
        return labelled.named(rows, names, ("measure_label", "part_label", "agent_name", "county_id"))

    def _known_measures(self, wanted: Ids) -> list[str] | None:
        """The measures asked for, where they are declared or some row holds them."""
        held = {one for (one,) in self.con.execute("SELECT DISTINCT measure_id FROM measure").fetchall()}
        known = held | {key.removeprefix("area.measure.") for key in catalogue() if key.startswith("area.measure.")}
        for one in reading.listed(wanted):
            if one not in known:
                raise UserError(say("error.measure_unknown", name=one, known="、".join(sorted(known))))
        return None if wanted is None else reading.listed(wanted)


def _refuse_parts(by: str, agent: Ids, area: Ids, county: Ids) -> None:
    """Raises UserError for an unknown `by`, and where figures of a whole would be asked of a part of it."""
    if by not in LEVELS:
        raise UserError(say("book.by", value=by, known="、".join(LEVELS)))
    if by != "agent" and agent is not None:
        raise UserError(say("book.by_agent", by=by))
    for part, asked in (("area", area), ("county", county)):
        if asked is not None and LEVELS.index(by) > LEVELS.index(part):
            raise UserError(say("book.by_part", by=by, part=part))


def _rolled_up(con: duckdb.DuckDBPyConnection, by: str, where: Where) -> pd.DataFrame:
    """The areas' figures added up by county or province, with the interval of the sum."""
    from statsmodels.stats.proportion import proportion_confint

    key = "county_id, " if by == "county" else ""
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in _COUNTS)
    frame = con.execute(
        f"SELECT rule_id, {key}month, {sums}, "
        "CASE WHEN sum(unexempted_owed_n) > 0 THEN sum(unexempted_met_n) / sum(unexempted_owed_n) END AS rate_unexempted, "
        "any_value(use) AS use "
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
