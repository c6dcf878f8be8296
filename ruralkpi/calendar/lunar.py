"""Festivals and birthdays by the lunar calendar (clause 2.1.3)."""

from __future__ import annotations

import datetime as dt

from lunardate import LunarDate

FESTIVALS = {"new_year": (1, 1, False), "spring_festival": (1, 1, True), "mid_autumn": (8, 15, True)}


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
