"""Months written YYYY-MM: their days, and those before them."""

from __future__ import annotations

import datetime as dt
from functools import cache


def month_first(month: str) -> dt.date:
    """The first day of a month; raises ValueError for another spelling of one."""
    return dt.datetime.strptime(month, "%Y-%m").date()


def month_last(month: str) -> dt.date:
    """The last day of a month."""
    return month_first(months_before(month, -1)) - dt.timedelta(days=1)


def month_end(month: str) -> dt.datetime:
    """24:00 of a month's last day, which is 00:00 of the next month."""
    return dt.datetime.combine(month_first(months_before(month, -1)), dt.time(0))


def months_until(month: str, n: int) -> list[str]:
    """The `n` months that end with `month`, oldest first.

    >>> months_until("2026-01", 3)
    ['2025-11', '2025-12', '2026-01']
    """
    return [months_before(month, back) for back in reversed(range(n))]


@cache
def months_before(month: str, n: int) -> str:
    """The month `n` months earlier, later for a negative `n`; raises ValueError for another spelling of a month."""
    first = month_first(month)
    index = first.year * 12 + first.month - 1 - n
    return f"{index // 12:04d}-{index % 12 + 1:02d}"
