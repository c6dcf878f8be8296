"""What a reader asks of the book, as SQL conditions: months, ids, rules, outcomes. Whatever is not known is an error."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from ruralkpi.errors import UserError, nearest
from ruralkpi.obligations.outcomes import DECIDED, MISSED, OUTCOMES
from ruralkpi.sql import first_row, literals
from ruralkpi.texts import say

Months = str | int | Sequence[str | int] | None
Ids = str | int | Iterable[str | int] | None
_SEVERAL = {"missed": MISSED, "decided": DECIDED, "all": OUTCOMES}
# of months that have not begun by the cut-off some obligations are decided early
_HELD = f"""SELECT min(month), max(month) FROM obligation, meta AS first, meta AS cut
    WHERE first.key = 'month_first' AND cut.key = 'as_of' AND outcome IN {literals(DECIDED)}
        AND month BETWEEN first.value AND strftime(CAST(cut.value AS TIMESTAMP) - INTERVAL 1 SECOND, '%Y-%m')"""
_KNOWN = {
    "agent": "SELECT agent_id FROM agent",
    "area": "SELECT area_id FROM area",
    "county": "SELECT DISTINCT county_id FROM area",
    "rule": "SELECT rule_id FROM rule",
}


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
    """One id or several, as a list of texts."""
    if wanted is None:
        return []
    return [str(wanted)] if isinstance(wanted, str) or not isinstance(wanted, Iterable) else [str(one) for one in wanted]


def outcomes(wanted: str | Iterable[str]) -> list[str]:
    """Outcomes by name; "missed" stands for both kinds, "decided" for what a rate counts, "all" for every one."""
    names = listed(wanted)
    for name in names:
        if name not in (*OUTCOMES, *_SEVERAL):
            raise UserError(say("error.outcome_unknown", name=name, known="、".join((*OUTCOMES, *_SEVERAL))))
    return [one for name in names for one in _SEVERAL.get(name, (name,))]


def month_form(month: Any) -> str:
    """`month` as YYYY-MM; 202610 and pandas' monthly periods are understood. Raises UserError for anything else."""
    text = re.sub(r"^([0-9]{4})([0-9]{2})$", r"\1-\2", str(month))
    if not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", text):
        raise UserError(say("error.month_form", value=month))
    return text


def span(con: duckdb.DuckDBPyConnection, month: Months, newest: str) -> tuple[str, str]:
    """First and last month asked for; None is the newest complete one.

    Raises UserError for a wrong form, a wrong order, and months without any obligation.
    """
    is_one = isinstance(month, str) or not isinstance(month, Iterable)
    pair = [newest if month is None else month] * 2 if is_one else listed(month)
    if len(pair) != 2:
        raise UserError(say("book.span", value="、".join(map(str, pair))))
    first, last = (month_form(one) for one in pair)
    if first > last:
        raise UserError(say("book.span", value=f"{first}、{last}"))
    if not con.execute("SELECT 1 FROM obligation WHERE month BETWEEN ? AND ? LIMIT 1", [first, last]).fetchall():
        held = first_row(con, _HELD)
        asked = first if first == last else f"{first}–{last}"
        raise UserError(say("error.month_empty", month=asked, first=held[0] or "—", last=held[1] or "—"))
    return first, last


def known(con: duckdb.DuckDBPyConnection, kind: str, wanted: Ids) -> list[str] | None:
    """The ids as the book holds them; a rule by its name too, or by words that stand in one rule's Chinese name alone.

    Raises UserError, with the nearest ids, for an agent, area, county or rule that the book does not hold.
    """
    if wanted is None:
        return None
    ids = {str(row[0]) for row in con.execute(_KNOWN[kind]).fetchall()}
    return [one if one in ids else _by_name(con, one, ids) if kind == "rule" else _none(kind, one, ids) for one in listed(wanted)]


def one(con: duckdb.DuckDBPyConnection, kind: str, wanted: Ids) -> str:
    """The one id that is asked for, as `known` gives it. Raises UserError as it does, and for none or several."""
    found = known(con, kind, wanted)
    if found is None or len(found) != 1:
        raise UserError(say("book.one_id", name=kind, value=wanted))
    return found[0]


def areas(con: duckdb.DuckDBPyConnection, area: Ids, county: Ids) -> list[str] | None:
    """The areas asked for, those of the counties asked for, or those in both. Raises UserError where none is in both."""
    named, counties = known(con, "area", area), known(con, "county", county)
    if counties is None:
        return named
    where = Where().among("county_id", counties)
    within = [one for (one,) in con.execute(f"SELECT area_id FROM area WHERE {where} ORDER BY 1", where.values).fetchall()]
    if named and not set(named) & set(within):
        raise UserError(say("book.elsewhere", area="、".join(named), county="、".join(counties)))
    return within if named is None else [one for one in named if one in within]


def _none(kind: str, one: str, ids: set[str]) -> str:
    same = sorted(known for known in ids if one.isdecimal() and known.lstrip("0") == one.lstrip("0"))
    near = same or nearest(one, ids) or sorted(ids)[: None if kind == "rule" else 3]
    raise UserError(say(f"error.{kind}_unknown", name=one, near="、".join(near) or "—"))


def _by_name(con: duckdb.DuckDBPyConnection, name: str, ids: set[str]) -> str:
    """The rule whose name this is, or that alone has it in its Chinese name."""
    labels = con.execute("SELECT rule_id, label_zh, label_en FROM rule ORDER BY rule_no").fetchall()
    asked = _tidy(name)
    whole = [rule for rule, *words in labels if asked in map(_tidy, words)]
    found = whole or [rule for rule, zh, _ in labels if len(asked) > 1 and not asked.isascii() and asked in _tidy(zh)]
    if len(found) > 1:
        raise UserError(say("error.rule_several", name=name, found="、".join(found)))
    return found[0] if found else _none("rule", name, ids)


def _tidy(text: str) -> str:
    return "".join(text.split()).lower()
