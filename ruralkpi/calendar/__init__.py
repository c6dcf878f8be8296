"""Working days, half-months, weeks and festivals (definitions X3, X4, X7, X8; clause 2.1.3).

Working days come from the chinese_calendar package (State Council notices, 2004 on) and the user's own file.
"""

from __future__ import annotations

import calendar as gregorian
import datetime as dt
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import chinese_calendar
import pandas as pd

from ruralkpi.calendar.lunar import festival, lunar_birthdays
from ruralkpi.calendar.own_days import FIRST, LAST, OVERRIDE_NAME, overrides
from ruralkpi.errors import UserError
from ruralkpi.texts import say

__all__ = [
    "covered_years", "days", "deadline", "festival", "half_month", "is_workday", "lunar_birthdays", "overrides", "week",
    "workdays_after",
]  # fmt: skip


def covered_years(path: Path | None = None) -> list[int]:
    """The years whose working days are known (X4).

    >>> 2026 in covered_years(), 2003 in covered_years()
    (True, False)
    """
    return sorted(set(range(FIRST, LAST + 1)) | set(overrides(path)))


def is_workday(day: dt.date, path: Path | None = None) -> bool:
    """Whether `day` is worked (X4). Raises UserError for a year that no calendar covers.

    >>> is_workday(dt.date(2026, 2, 14)), is_workday(dt.date(2026, 10, 1))
    (True, False)
    """
    own = overrides(path).get(day.year, {})
    if day in own:
        return own[day]
    if FIRST <= day.year <= LAST:
        return bool(chinese_calendar.is_workday(day))
    if day.year in overrides(path):
        return day.weekday() < 5
    raise year_missing([day.year], path)


def year_missing(years: Iterable[int], path: Path | None) -> UserError:
    """The error for dates beyond the calendar: it names the year and the override file (X4)."""
    words = "、".join(str(year) for year in sorted(set(years)))
    return UserError(say("error.calendar_year", year=words, file=path or OVERRIDE_NAME))


def deadline(start: dt.date, limit: str, path: Path | None = None) -> dt.date:
    """The last day of a limit in working days: the start's day is day 0 (X3).

    >>> deadline(dt.date(2026, 2, 13), "2 workdays")
    datetime.date(2026, 2, 24)
    """
    number, _, unit = limit.partition(" ")
    if not unit.startswith("workday") or not number.isdecimal():
        raise UserError(say("error.limit", value=limit))
    day, left = start, int(number)
    while left > 0:
        day += dt.timedelta(days=1)
        left -= is_workday(day, path)
    return day


def workdays_after(day: dt.date, until: dt.date, path: Path | None = None) -> int:
    """Working days later than `day`, up to and with `until`: how far apart two days with records lie (X28).

    A year that no calendar covers counts Monday to Friday here. That decides no deadline: one in such a year is an error (X4).

    >>> workdays_after(dt.date(2026, 9, 30), dt.date(2026, 10, 9)), workdays_after(dt.date(2051, 1, 6), dt.date(2051, 1, 9))
    (2, 1)
    """
    return sum(_is_near_workday(day + dt.timedelta(days=n), path) for n in range(1, (until - day).days + 1))


@lru_cache(maxsize=1 << 16)
def _is_near_workday(day: dt.date, path: Path | None) -> bool:
    return is_workday(day, path) if day.year in _covered(path) else day.weekday() < 5


@lru_cache
def _covered(path: Path | None) -> frozenset[int]:
    return frozenset(covered_years(path))


def half_month(day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of the half-month that holds `day` (X7).

    >>> half_month(dt.date(2026, 2, 20))
    (datetime.date(2026, 2, 16), datetime.date(2026, 2, 28))
    """
    if day.day <= 15:
        return day.replace(day=1), day.replace(day=15)
    return day.replace(day=16), day.replace(day=gregorian.monthrange(day.year, day.month)[1])


def week(day: dt.date) -> tuple[dt.date, dt.date]:
    """Monday and Sunday of the week that holds `day`; it belongs to the month of its Sunday (X8).

    >>> week(dt.date(2026, 1, 28))
    (datetime.date(2026, 1, 26), datetime.date(2026, 2, 1))
    """
    monday = day - dt.timedelta(days=day.weekday())
    return monday, monday + dt.timedelta(days=6)


def days(first: dt.date, last: dt.date, path: Path | None = None) -> pd.DataFrame:
    """calendar_day. Grain: one day of the covered years from `first` to `last`.

    Columns: day, is_workday, workday_no (running number of the newest working day up to and including `day`:
    the deadline of N working days after a day is the working day numbered N more), month_start_on,
    half_month_start_on, half_month_end_on, week_start_on, week_end_on.

    >>> days(dt.date(2026, 1, 1), dt.date(2026, 12, 31)).query("workday_no == 2")["day"].tolist()
    [datetime.date(2026, 1, 5)]
    """
    years = [y for y in covered_years(path) if first.year <= y <= last.year]
    every = [d.date() for y in years for d in pd.date_range(f"{y}-01-01", f"{y}-12-31")]
    worked = [is_workday(day, path) for day in every]
    halves, weeks = [half_month(day) for day in every], [week(day) for day in every]
    frame = pd.DataFrame({"day": every, "is_workday": worked})
    frame["workday_no"] = frame["is_workday"].cumsum()
    frame["month_start_on"] = [day.replace(day=1) for day in every]
    frame["half_month_start_on"], frame["half_month_end_on"] = [h[0] for h in halves], [h[1] for h in halves]
    frame["week_start_on"], frame["week_end_on"] = [w[0] for w in weeks], [w[1] for w in weeks]
    return frame
