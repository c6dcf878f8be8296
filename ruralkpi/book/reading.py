"""What a reader asks of the book, as SQL conditions: months, ids, rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from ruralkpi.errors import UserError, nearest
from ruralkpi.sql import first_row
from ruralkpi.texts import say

Months = str | Sequence[str] | None
Ids = str | Iterable[str] | None


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
    if not isinstance(month, str) or not re.fullmatch(r"[0-9]{4}-(0[1-9]|1[0-2])", month):
        raise UserError(say("error.month_form", value=month))
    return month


def span(con: duckdb.DuckDBPyConnection, month: Months, newest: str) -> tuple[str, str]:
    """First and last month asked for; None is the newest complete one.

    Raises UserError for a wrong form, a wrong order, and months without any obligation.
    """
    pair = [newest if month is None else month] * 2 if isinstance(month, str | None) else list(month)
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
