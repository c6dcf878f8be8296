"""Times as people say them: days, moments, deadlines, and how late something was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from ruralkpi.texts import say


def present(value: Any) -> bool:
    """Whether a cell holds a value: pandas' NaT and NaN do not."""
    return value is not None and value == value


def day(value: Any, lang: str, year: int | None = None, is_short: bool = False) -> str:
    """10 月 5 日, or 5 Oct; with its year where that is not `year`. Short, as lists have it: 10-05, or 5 Oct.

    >>> day(dt.date(2026, 10, 5), "zh"), day(dt.date(2026, 10, 5), "zh", 2027, is_short=True)
    ('10 月 5 日', '2026-10-05')
    """
    if not present(value):
        return "—"
    if is_short:
        return f"{value:{say('sentence.short_day' if year in (None, value.year) else 'sentence.short_day_of_year', lang)}}"
    told = say("sentence.day", lang, month=say(f"month.{value.month}", lang), day=value.day)
    return told if year in (None, value.year) else say("sentence.day_of_year", lang, day=told, year=value.year)


def moment(value: Any, precision: str, lang: str, year: int | None = None, is_short: bool = False) -> str:
    """A time to the exactness it was recorded with."""
    if not present(value):
        return "—"
    if precision == "day":
        return day(value, lang, year, is_short)
    clock = f"{value:%H:%M:%S}" if precision == "second" and value.second else f"{value:%H:%M}"
    return f"{day(value, lang, year, is_short)} {clock}"


def deadline(row: Mapping[str, Any], lang: str, year: int | None = None, is_short: bool = False) -> str:
    """The deadline as people say it: the 24:00 of a day rather than the 00:00 of the next."""
    due_at, due_on = row["due_at"], row["due_on"]
    if not present(due_at) or not present(due_on):
        return "—"
    last = due_on.date() if isinstance(due_on, dt.datetime) else due_on
    if due_at.date() > last:
        return f"{day(due_on, lang, year, is_short)} 24:00"
    return moment(due_at, "second", lang, year, is_short)


def late(row: Mapping[str, Any], lang: str) -> str:
    """How late: days for days, else hours, minutes and seconds that are not zero."""
    if not present(row["done_at"]) or not present(row["due_at"]):
        return ""
    if row.get("done_precision") == "day":
        last = row["due_on"].date() if isinstance(row["due_on"], dt.datetime) else row["due_on"]
        return say("unit.day", lang, n=(row["done_at"].date() - last).days)
    return duration(row["done_at"] - row["due_at"], lang)


def long_span(span: dt.timedelta, lang: str) -> str:
    """43 天; below three days as `duration`."""
    return say("unit.day", lang, n=span.days) if span.days >= 3 else duration(span, lang)


def duration(span: dt.timedelta, lang: str) -> str:
    """3 天 4 小时, 29 小时 20 分钟, 1 秒: two units at most."""
    seconds = max(int(span.total_seconds()), 0)
    units = [("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)]
    if seconds < 3 * 86400:
        units = units[1:]
    parts = []
    for unit, size in units:
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(say(f"unit.{unit}", lang, n=number))
    return " ".join(parts[:2]) or say("unit.second", lang, n=0)
