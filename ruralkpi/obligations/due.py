"""A deadline as a rule words it → its SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ruralkpi.obligations.limits import Limit, limit
from ruralkpi.obligations.rule import Rule
from ruralkpi.sql import literal


@dataclass(frozen=True)
class Due:
    """A deadline as SQL: its moment, its day, whether it is a day's 24:00, and the exactness it inherits."""

    at: str
    on: str
    is_day: str = "true"
    precision: str = "begun_precision"
    is_minutes: bool = False
    joins: str = ""


def due_of(due: Mapping[str, str], rule: Rule) -> Due:
    """A deadline as a rule words it: on a day, at a time, within a limit of the start, or before a time by a limit."""
    if "on" in due:
        return Due(f"CAST({due['on']} + 1 AS TIMESTAMP)", due["on"])
    if "at" in due:
        at, exact = due["at"], precision_of(due["at"])
        day = f"CASE WHEN {exact} = 'day' THEN CAST(CAST({at} AS DATE) + 1 AS TIMESTAMP) ELSE {at} END"
        return Due(day, f"CAST(coalesce({at}, begun_at) AS DATE)", f"coalesce({exact} = 'day', false)", exact)
    setting = rule.settings[due["within"] if "within" in due else due["by"]]
    if isinstance(setting, list):
        return _by_table(setting)
    span = limit(setting)
    sign, anchor = ("+", "begun_at") if "within" in due else ("-", due["before"])
    exact = "begun_precision" if "within" in due else precision_of(anchor)
    if span.is_clock:
        at = f"{anchor} {sign} {span.interval}"
        return Due(at, f"CAST({at} AS DATE)", "false", exact, span.is_minutes)
    if span.unit == "workday":
        return Due("CAST(due_day.day + 1 AS TIMESTAMP)", "due_day.day", joins=_workday_joins(span))
    day = f"CAST({anchor} {sign} {span.interval} AS DATE)"
    if "not_before" in due:
        day = f"greatest({day}, {due['not_before']})"
    return Due(f"CAST({day} + 1 AS TIMESTAMP)", day)


def _workday_joins(span: Limit) -> str:
    """The N-th working day after a day is the one whose running number is N more (X3)."""
    return f"""
        LEFT JOIN calendar_day AS start_day ON start_day.day = CAST(begun_at AS DATE)
        LEFT JOIN calendar_day AS due_day ON due_day.is_workday AND due_day.workday_no = start_day.workday_no + {span.number}"""


def _by_table(lines: list[dict[str, str]]) -> Due:
    newest_first = sorted(lines, key=lambda line: line["since"], reverse=True)
    cases = " ".join(
        f"WHEN ({line['when']}) AND begun_at >= TIMESTAMP {literal(line['since'])} "
        f"THEN begun_at + {limit(line['limit']).interval}"
        for line in newest_first
    )
    return Due(f"CASE {cases} END", f"CAST(CASE {cases} END AS DATE)", "false")


def precision_of(at: str) -> str:
    """The companion column of a time column; anything computed is exact."""
    return at.removesuffix("_at") + "_precision" if re.fullmatch(r"\w+_at", at) else "'second'"
