"""Spans of time as the standard words them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.texts import say

_LIMIT = re.compile(r"^(\d+) (second|minute|hour|day|workday|month)s?$")
SECONDS = {"second": 1, "minute": 60, "hour": 3600}
_DAY = 24 * SECONDS["hour"]
_AT_MOST = {**SECONDS, "day": _DAY, "workday": _DAY, "month": 31 * _DAY}  # seconds of each unit
_LONGEST = 3660 * _DAY  # ten years: no time lies further ahead (X29)


@dataclass(frozen=True)
class Limit:
    """A span of time as the standard words it: ``48 hours``, ``2 workdays``."""

    number: int
    unit: str

    @property
    def is_clock(self) -> bool:
        """Clock time from the event (X2), as against days until 24:00 (X3)."""
        return self.unit in ("second", "minute", "hour")

    @property
    def is_minutes(self) -> bool:
        """So short that a day without a time of day says nothing (X19)."""
        return self.is_clock and self.number * SECONDS[self.unit] < 2 * SECONDS["hour"]

    def words(self, lang: str) -> str:
        """The limit as people read it, number and unit unbroken."""
        return say(f"unit.{self.unit}", lang, n=self.number)

    @property
    def interval(self) -> str:
        """The limit as an SQL interval."""
        return f"INTERVAL {self.number} {self.unit.upper()}"


def is_limit(value: Any) -> bool:
    """Whether a value is a span of time."""
    return isinstance(value, str) and bool(_LIMIT.match(value))


def limit(text: Any) -> Limit:
    """Read a limit. Raises UserError for anything but a whole number and a known unit, and for more than ten years."""
    found = _LIMIT.match(str(text).strip())
    if not found:
        raise UserError(say("error.limit", value=text))
    if int(found[1]) * _AT_MOST[found[2]] > _LONGEST:
        raise UserError(say("error.limit_long", value=text))
    return Limit(int(found[1]), found[2])
