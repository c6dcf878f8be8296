"""festival and birthday_on: the days on which clause 2.1.3 asks for a greeting, for every year of the calendar."""

from __future__ import annotations

import datetime as dt
from functools import cache, partial

import duckdb
import pandas as pd

from ruralkpi import calendar
from ruralkpi.sql import first_row

# The calendar's festivals → what a greeting's words mean (exports/greetings.toml).
FESTIVAL_NAMES = {"new_year": "new_year", "spring_festival": "spring", "mid_autumn": "mid_autumn"}


def create_feasts(con: duckdb.DuckDBPyConnection) -> None:
    """festival: one row per festival and year. birthday_on: one row per month and day, lunar or not, in a leap month or
    not, and the solar day it falls on: a lunar one falls twice in some years, never in others."""
    first, last = first_row(con, "SELECT min(year(day)), max(year(day)) FROM calendar_day")
    festivals = pd.concat([_festivals(year) for year in range(first, last + 1)])
    births = pd.concat([_birthdays(year) for year in range(first, last + 1)])
    con.register("feasts", festivals)
    con.execute("CREATE TABLE festival AS SELECT occasion, CAST(day AS DATE) AS day FROM feasts ORDER BY day")
    con.register("feasts", births)
    con.execute("""CREATE TABLE birthday_on AS SELECT is_lunar, is_leap, CAST(month_n AS INTEGER) AS month_n,
        CAST(day_n AS INTEGER) AS day_n, CAST(day AS DATE) AS day FROM feasts ORDER BY day, is_lunar, is_leap, month_n, day_n""")
    con.unregister("feasts")


@cache
def _festivals(year: int) -> pd.DataFrame:
    return pd.DataFrame(
        [(word, calendar.festival(name, year)) for name, word in FESTIVAL_NAMES.items()], columns=["occasion", "day"]
    )


@cache
def _birthdays(year: int) -> pd.DataFrame:
    kinds = (
        (False, False, _solar),
        (True, False, calendar.lunar_birthdays),
        (True, True, partial(calendar.lunar_birthdays, is_leap=True)),
    )
    rows = [
        (is_lunar, is_leap, month, day, on)
        for is_lunar, is_leap, find in kinds
        for month in range(1, 13)
        for day in range(1, 31 if is_lunar else 32)
        for on in find(month, day, year)
    ]
    return pd.DataFrame(rows, columns=["is_lunar", "is_leap", "month_n", "day_n", "day"])


def _solar(month: int, day: int, year: int) -> list[dt.date]:
    """29 February falls on the 28th in common years."""
    try:
        return [dt.date(year, month, day)]
    except ValueError:
        return [dt.date(year, 2, 28)] if (month, day) == (2, 29) else []
