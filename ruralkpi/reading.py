"""What a reader asks of the book, as SQL conditions: months, ids, rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import pandas as pd

from ruralkpi.errors import UserError, nearest
from ruralkpi.masking import mask_phone
from ruralkpi.sql import first_row
from ruralkpi.texts import say

Months = str | Sequence[str] | None
Ids = str | Iterable[str] | None

COUNTS = ("met_n", "owed_n", "pending_n", "unknown_n", "exempt_n", "late_n", "open_n", "partial_n")
ROWS = """SELECT o.rule_id, o.owner_role, o.agent_id, o.area_id, o.customer_id, source_table, source_id, start_at, due_at, due_on,
    month, done_at, outcome, reason, flags, o.file, o.row, start_precision, done_precision, customer.customer_name
FROM obligation AS o JOIN rule USING (rule_id) LEFT JOIN customer ON customer.customer_id = o.customer_id"""


@dataclass
class Where:
    """Conditions joined by AND, with the values of their question marks in order."""

    parts: list[str] = field(default_factory=lambda: ["true"])
    values: list[Any] = field(default_factory=list)

    def add(self, condition: str, *values: Any) -> Where:
        """A condition of its own."""
        self.parts.append(condition)
        self.values.extend(values)
        return self

    def among(self, column: str, wanted: Ids) -> Where:
        """`column` is one of `wanted`; None asks for nothing."""
        if wanted is None:
            return self
        ids = listed(wanted)
        return self.add(f"{column} IN ({', '.join('?' * len(ids)) or 'NULL'})", *ids)

    def __str__(self) -> str:
        return " AND ".join(self.parts)


def listed(wanted: Ids) -> list[str]:
    """One id or several, as a list."""
    return [] if wanted is None else [wanted] if isinstance(wanted, str) else list(wanted)


def month_form(month: Any) -> str:
    """`month` when it is written YYYY-MM. Raises UserError else."""
    if not isinstance(month, str) or not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", month):
        raise UserError(say("error.month_form", value=month))
    return month


def span(con: duckdb.DuckDBPyConnection, month: Months, newest: str) -> tuple[str, str]:
    """First and last month asked for; None is the newest complete one.

    Raises UserError for a wrong form, a wrong order, and months without any obligation.
    """
    pair = [month or newest] * 2 if isinstance(month, str | None) else list(month)
    if len(pair) != 2:
        raise UserError(say("book.span", value="、".join(map(str, pair))))
    first, last = (month_form(one) for one in pair)
    if first > last:
        raise UserError(say("book.span", value=f"{first}、{last}"))
    if not con.execute("SELECT 1 FROM obligation WHERE month BETWEEN ? AND ? LIMIT 1", [first, last]).fetchall():
        held = first_row(con, "SELECT min(month), max(month) FROM obligation WHERE outcome <> 'pending'")
        asked = first if first == last else f"{first}–{last}"
        raise UserError(say("error.month_empty", month=asked, first=held[0] or "—", last=held[1] or "—"))
    return first, last


def known(con: duckdb.DuckDBPyConnection, kind: str, wanted: Ids) -> None:
    """Raises UserError, with the nearest ids, for an agent, area or rule that the book does not hold."""
    if wanted is None:
        return
    ids = {str(row[0]) for row in con.execute(f"SELECT {kind}_id FROM {kind}").fetchall()}
    for one in listed(wanted):
        if one not in ids:
            near = nearest(str(one), ids) or sorted(ids)[: None if kind == "rule" else 3]
            raise UserError(say(f"error.{kind}_unknown", name=one, near="、".join(near) or "—"))


def rolled_up(con: duckdb.DuckDBPyConnection, by: str, where: Where) -> pd.DataFrame:
    """The areas' figures added up by county or province, with the interval of the sum."""
    from statsmodels.stats.proportion import proportion_confint

    key = "county_id, " if by == "county" else ""
    sums = ", ".join(f"CAST(sum({name}) AS BIGINT) AS {name}" for name in COUNTS)
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


_SUMS = ", ".join(f"CAST(sum({n}) AS BIGINT) AS {n}" for n in ("read_n", "blank_n", "clean_n", "superseded_n", "quarantined_n"))
_QUALITY = {
    "export": f"SELECT source_table, count(DISTINCT file) AS file_n, {_SUMS} FROM source_count GROUP BY ALL ORDER BY ALL",
    "file": "SELECT * FROM source_count ORDER BY source_table, file",
    "reason": "SELECT source_table, code, severity, count(*) AS row_n, count(DISTINCT file) AS file_n FROM quarantine "
    "GROUP BY ALL ORDER BY row_n DESC, source_table, code, severity",
    "row": "SELECT source_table, file, row, code, severity, message FROM quarantine ORDER BY ALL",
    "evidence": "SELECT rule_id, reason, count(*) AS unknown_n FROM obligation WHERE outcome = 'unknown' "
    "GROUP BY ALL ORDER BY ALL",
}


def quality(con: duckdb.DuckDBPyConnection, by: str) -> pd.DataFrame:
    """See Book.quality."""
    if by not in _QUALITY:
        raise UserError(say("book.by", value=by, known="、".join(_QUALITY)))
    frame = con.execute(_QUALITY[by]).df()
    if by == "row":
        frame["message"] = frame["message"].map(mask_phone, na_action="ignore")
    return frame
