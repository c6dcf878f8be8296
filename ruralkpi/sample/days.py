"""The generator's own view of days: working days, half-months, weeks. Nothing is shared with the engine."""

from __future__ import annotations

from dataclasses import dataclass

import chinese_calendar
import numpy as np
import pandas as pd

from ruralkpi.errors import UserError
from ruralkpi.sample.plan import Plan
from ruralkpi.texts import say

DAY = np.timedelta64(1, "D")
# Duties of the last days fall due after the cut-off; the longest holiday is nine days.
BEYOND = pd.Timedelta(days=20)


@dataclass(frozen=True)
class Workdays:
    """All working days of the plan's span, make-up days included, in order."""

    days: np.ndarray

    @classmethod
    def of(cls, plan: Plan) -> Workdays:
        span = pd.date_range(plan.first, plan.as_of + BEYOND, freq="D")
        try:
            return cls(np.array([d.date() for d in span if chinese_calendar.is_workday(d.date())], "datetime64[D]"))
        except NotImplementedError:
            raise UserError(say("sample.beyond_calendar", day=f"{span[-1]:%Y-%m-%d}")) from None

    def after(self, day: np.ndarray, n: np.ndarray | int) -> np.ndarray:
        """The n-th working day after each day (n = 0: the day itself)."""
        day = day.astype("datetime64[D]")
        at = np.searchsorted(self.days, day, side="right") + np.asarray(n) - 1
        return np.where(np.asarray(n) == 0, day, self.days[np.clip(at, 0, len(self.days) - 1)])

    def within(self, start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Position of the first working day of each span, and how many it holds (both ends belong to it)."""
        first = np.searchsorted(self.days, start, side="left")
        return first, np.searchsorted(self.days, end, side="right") - first


@dataclass(frozen=True)
class Slots:
    """Spans in which something is owed once; both end days belong to the slot."""

    start: np.ndarray
    end: np.ndarray
    workdays: Workdays

    @classmethod
    def half_months(cls, plan: Plan, workdays: Workdays) -> Slots:
        first = pd.date_range(plan.first, periods=plan.months, freq="MS").to_numpy().astype("datetime64[D]")
        last = pd.date_range(plan.first, periods=plan.months, freq="ME").to_numpy().astype("datetime64[D]")
        start = np.column_stack([first, first + 15 * DAY]).ravel()
        return cls(start, np.column_stack([first + 14 * DAY, last]).ravel(), workdays)

    @classmethod
    def weeks(cls, plan: Plan, workdays: Workdays) -> Slots:
        """The weeks that begin in the plan's months; the last one may end after the cut-off."""
        days = pd.date_range(plan.first, plan.as_of - pd.Timedelta(days=1), freq="W-MON")
        start = days.to_numpy().astype("datetime64[D]")
        return cls(start, start + 6 * DAY, workdays)

    def __len__(self) -> int:
        return len(self.start)

    @property
    def without_workday(self) -> np.ndarray:
        return self.workdays.within(self.start, self.end)[1] == 0

    def pick(self, slot: np.ndarray, rng: np.random.Generator, off_share: float = 0.1) -> np.ndarray:
        """A day in each slot, mostly a working day."""
        first, n = self.workdays.within(self.start[slot], self.end[slot])
        worked = self.workdays.days[np.minimum(first + (rng.random(len(slot)) * n).astype(int), len(self.workdays.days) - 1)]
        length = (self.end[slot] - self.start[slot]) // DAY + 1
        anyday = self.start[slot] + (rng.random(len(slot)) * length).astype("timedelta64[D]")
        return np.where((n == 0) | (rng.random(len(slot)) < off_share), anyday, worked)
