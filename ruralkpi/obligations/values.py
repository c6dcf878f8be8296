"""What a user may set: a value in the form of the one that it replaces."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.obligations.limits import Limit, limit
from ruralkpi.obligations.rule import STANDARD_FROM
from ruralkpi.texts import say

_NEVER_ZERO = {"limit", "block", "age"}  # spans in which something is to be done; a lead, a window or a tolerance may be none
_LINE = {"when", "since", "limit"}  # what a line of a dated table has, beside its words in zh and en


def checked(rule_id: str, name: str, old: Any, new: Any) -> Any:
    """A user's value must have the form of the one it replaces; values by the day on which they begin are each such a one."""
    old = _newest(old)
    misfit = UserError(say("error.setting_form", rule=rule_id, name=name, value=new, old=old))
    if isinstance(new, dict):
        if any(isinstance(value, dict) for value in new.values()):
            raise misfit
        return {str(day): checked(rule_id, name, old, value) for day, value in _days(rule_id, name, new)}
    if isinstance(old, str):
        before, after = limit(old), _span(rule_id, name, new)
        if before.is_clock != after.is_clock and before.unit != "day":
            raise misfit
        return str(new).strip()
    if isinstance(old, list):
        return _table(rule_id, name, [{"when": "true", "since": "1900-01-01", "limit": new}] if isinstance(new, str) else new)
    if isinstance(old, bool) != isinstance(new, bool) or not isinstance(new, int if isinstance(old, int) else int | float):
        raise misfit
    if not math.isfinite(new) or (old >= 0 > new):
        raise misfit
    return new


def _span(rule_id: str, name: str, value: Any) -> Limit:
    """A user's limit. Raises UserError for none, and for one of no length where something is to be done within it."""
    span = limit(value)
    if not span.number and name in _NEVER_ZERO:
        raise UserError(say("error.setting_zero", rule=rule_id, name=name, value=value))
    return span


def _table(rule_id: str, name: str, lines: Any) -> list[dict[str, Any]]:
    """A user's dated table. Raises UserError for what is none; whether its conditions can be asked, the marts say."""
    if not isinstance(lines, list) or not lines or not all(_is_line(line) for line in lines):
        raise UserError(say("error.setting_table", rule=rule_id, name=name, value=lines))
    for line in lines:
        span = _span(rule_id, name, line["limit"])
        if not (span.is_clock or span.unit == "day"):  # it is counted by the clock, as repair is
            raise UserError(say("error.setting_table", rule=rule_id, name=name, value=line["limit"]))
    return [{**line, "since": str(line["since"])} for line in lines]


def _is_line(line: Any) -> bool:
    if not isinstance(line, dict) or set(line) - {"zh", "en"} != _LINE or not isinstance(line["when"], str):
        return False
    try:
        dt.date.fromisoformat(str(line["since"]))
    except ValueError:
        return False
    return bool(line["when"].strip())


def _newest(value: Any) -> Any:
    return value[max(value)] if isinstance(value, dict) else value


def _days(rule_id: str, name: str, values: Mapping[str, Any]) -> list[tuple[dt.date, Any]]:
    """A dated setting in the order of its days. Raises UserError for what is no day, and where the first leaves a gap after the
    standard's own."""
    try:
        found = sorted((dt.date.fromisoformat(str(day)), value) for day, value in values.items())
    except (ValueError, TypeError):
        raise UserError(say("error.setting_day", rule=rule_id, name=name, value="、".join(map(str, values)))) from None
    if not found or found[0][0] > STANDARD_FROM:
        raise UserError(say("error.setting_gap", rule=rule_id, name=name, first=STANDARD_FROM.isoformat()))
    return found
