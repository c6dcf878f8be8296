"""Working days, half-months, weeks and festivals (definitions X3, X4, X7, X8; clause 2.1.3).

Working days come from the chinese_calendar package (State Council notices, 2004 on) and the user's own file.
"""

from __future__ import annotations

import calendar as gregorian
import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import chinese_calendar
import pandas as pd
from lunardate import LunarDate

from ruralkpi.errors import UserError
from ruralkpi.texts import say
from ruralkpi.toml_text import misnamed, read_toml

__all__ = [
    "covered_years", "days", "deadline", "festival", "half_month", "is_workday", "lunar_birthdays", "overrides", "week",
    "workdays_after",
]  # fmt: skip

OVERRIDE_NAME = "calendar.toml"
FESTIVALS = {"new_year": (1, 1, False), "spring_festival": (1, 1, True), "mid_autumn": (8, 15, True)}
_FIRST, _LAST = min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year


def overrides(path: Path | None) -> dict[int, dict[dt.date, bool]]:
    """The user's days by year: True is worked. A year named in the file counts as covered.

    The file: ``[2027]`` with ``off = ["2027-01-01..2027-01-03", "2027-02-05..2027-02-11"]`` and ``work = ["2027-01-30"]``.
    Raises UserError for a file that can't be read, for what is no day of its section's year, and for a year that the package
    does not know and whose section has no holiday.

    >>> overrides(None)
    {}
    """
    if path is None:
        return {}
    if not path.exists():
        for hidden in misnamed(path):
            raise UserError(say("error.toml_txt", file=hidden, name=path.name))
        return {}
    about = path.stat()
    return _overrides(path, (about.st_mtime_ns, about.st_size))


@lru_cache
def _overrides(path: Path, _: tuple[int, int]) -> dict[int, dict[dt.date, bool]]:
    words = read_toml(path, "error.calendar_bad")
    try:
        return {int(year): _days(year, part) for year, part in words.items()}
    except (ValueError, AttributeError, TypeError, OSError) as fault:
        raise UserError(say("error.calendar_bad", file=path, fault=fault)) from None


def _days(year: str, part: dict[str, list[str]]) -> dict[dt.date, bool]:
    """The days of one section. Raises ValueError for what it can't mean."""
    if not re.fullmatch(r"[0-9]{4}", year):
        raise ValueError(say("calendar.no_year", year=year))
    unknown = set(part) - {"off", "work"}
    if unknown:
        raise ValueError(f"{sorted(unknown)[0]} ≠ off, work")
    if twice := {*map(str, part.get("off", []))} & {*map(str, part.get("work", []))}:
        raise ValueError(say("calendar.both", year=year, value=min(twice)))
    days: dict[dt.date, bool] = {}  # within holidays a day may be worked
    for word, is_worked in (("off", False), ("work", True)):
        for span in part.get(word, []):
            days.update(dict.fromkeys(_span(year, str(span)), is_worked))
    if not _FIRST <= int(year) <= _LAST and all(days.values()):  # no holiday makes no year known (X4)
        raise ValueError(say("calendar.empty", year=year))
    return days


def _span(year: str, span: str) -> list[dt.date]:
    """``2027-01-01..2027-01-03`` as its days. Raises ValueError for swapped ends and for days of another year."""
    first, _, last = span.partition("..")
    start, end = dt.date.fromisoformat(first.strip()), dt.date.fromisoformat((last or first).strip())
    if start > end:
        raise ValueError(say("calendar.swapped", year=year, value=span))
    if not start.year == end.year == int(year):
        raise ValueError(say("calendar.other_year", year=year, value=span))
    return [start + dt.timedelta(days=n) for n in range((end - start).days + 1)]


def covered_years(path: Path | None = None) -> list[int]:
    """The years whose working days are known (X4).

    >>> 2026 in covered_years(), 2003 in covered_years()
    (True, False)
    """
    return sorted(set(range(_FIRST, _LAST + 1)) | set(overrides(path)))


def is_workday(day: dt.date, path: Path | None = None) -> bool:
    """Whether `day` is worked (X4). Raises UserError for a year that no calendar covers.

    >>> is_workday(dt.date(2026, 2, 14)), is_workday(dt.date(2026, 10, 1))
    (True, False)
    """
    own = overrides(path).get(day.year, {})
    if day in own:
        return own[day]
    if _FIRST <= day.year <= _LAST:
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


def festival(name: str, year: int) -> dt.date:
    """The day of new_year, spring_festival or mid_autumn in a year, by the lunar calendar (clause 2.1.3).

    >>> festival("mid_autumn", 2026)
    datetime.date(2026, 9, 25)
    """
    month, day, is_lunar = FESTIVALS[name]
    return LunarDate(year, month, day).to_solar_date() if is_lunar else dt.date(year, month, day)


def lunar_birthdays(month: int, day: int, year: int, is_leap: bool = False) -> list[dt.date]:
    """The solar days of `year` on which a lunar month and day falls (2.1.3): one in most years, two or none at its ends.

    The 30th of a short month is its 29th. A birthday in a leap month falls in the leap month of a year that has it,
    else in the plain month.

    >>> lunar_birthdays(8, 15, 2026), lunar_birthdays(11, 20, 2025)
    ([datetime.date(2026, 9, 25)], [])
    >>> lunar_birthdays(11, 20, 2026)
    [datetime.date(2026, 1, 8), datetime.date(2026, 12, 28)]
    >>> lunar_birthdays(6, 1, 2025, is_leap=True), lunar_birthdays(6, 1, 2025), lunar_birthdays(6, 1, 2026, is_leap=True)
    ([datetime.date(2025, 7, 25)], [datetime.date(2025, 6, 25)], [datetime.date(2026, 7, 14)])
    """
    found = (_lunar_day(lunar_year, month, day, is_leap) for lunar_year in (year - 1, year))
    return [on for on in found if on is not None and on.year == year]


def _lunar_day(lunar_year: int, month: int, day: int, is_leap: bool) -> dt.date | None:
    has_leap = is_leap and LunarDate.leapMonthForYear(lunar_year) == month
    for last in (day, day - 1):
        try:
            return LunarDate(lunar_year, month, last, has_leap).to_solar_date()
        except ValueError:
            continue
    return None


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
