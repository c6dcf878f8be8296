"""How days with records follow one another: which lie far ahead of the rest, and which run stops short (X28)."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from ruralkpi import calendar
from ruralkpi.calendar.months import month_last
from ruralkpi.checks.heard.said import Said

# ours, where no month or day in a name helps: the few last records lie far ahead behind a gap of more than so many days
_FEW_SHARE, _FAR_DAYS, _FAR_DAYS_OF_FEW, _MANY_STAMPS = 0.01, 14, 180, 20
_RHYTHM_GAPS = 5  # from so many gaps on a run of days has a rhythm of its own


def plausible(said: Sequence[Said], within: int, override: Path | None) -> list[Said]:
    """`said` without the days that lie far ahead of the rest, or past what the files' names leave open.

    A file named by a month speaks up to its end, and on from day to day while each has records within `within` working
    days of the one before; one named by its day of export up to that day's 24:00. Elsewhere, and past a month's end,
    the few last records behind a long gap are left out.
    """
    kept, sure = _until_export(said)
    named = [one for one in kept if one.month]
    if named:
        end = month_last(max(one.month for one in named))
        carried = _carried((one.day for one in kept), end, within, override)
        if 2 * _rows(one for one in named if one.day > carried) <= _rows(named):  # else the name is not about them
            kept = [one for one in kept if not one.month or one.day <= carried]
            sure = max(end, sure or end)
    last = _last_near(kept, sure)
    return [one for one in kept if one.day <= last]


def stops_short(days: Sequence[dt.date], until: dt.date, within: int, override: Path | None) -> bool:
    """Whether records on `days`, in order, stop more than `within` working days before `until`.

    Where they come so seldom that such a pause is usual (twice the gap that nine of ten of theirs don't pass), they
    have not stopped.
    """
    left = calendar.workdays_after(days[-1], until, override)
    if left <= within:
        return False
    gaps = [calendar.workdays_after(a, b, override) for a, b in zip(days, days[1:], strict=False)]
    return len(gaps) < _RHYTHM_GAPS or left > 2 * _usual(gaps)


def _until_export(said: Sequence[Said]) -> tuple[list[Said], dt.date | None]:
    """`said` without the few records later than their file's day of export, and the last day so vouched for."""
    late: dict[dt.date, list[Said]] = defaultdict(list)
    dated: dict[dt.date, list[Said]] = defaultdict(list)
    for one in said:
        if one.exported_on:
            dated[one.exported_on].append(one)
            if one.day > one.exported_on:
                late[one.exported_on].append(one)
    # where more than a few are later, the day in the name is no day of export
    bound = {day for day in dated if _rows(late[day]) <= _few(_rows(dated[day]))}
    kept = [one for one in said if one.exported_on not in bound or one.exported_on is None or one.day <= one.exported_on]
    return kept, max((one.day for one in kept if one.exported_on in bound and not one.month), default=None)


def _carried(days: Iterable[dt.date], end: dt.date, within: int, override: Path | None) -> dt.date:
    """The last of the days that follow `end` one by one, each within so many working days of the one before."""
    last = end
    for day in sorted({day for day in days if day > end}):
        if calendar.workdays_after(last, day, override) > within:
            break
        last = day
    return last


def _last_near(said: Sequence[Said], sure: dt.date | None) -> dt.date:
    """The last day that does not belong to the few far ahead; days up to `sure` never do."""
    rows: dict[dt.date, int] = defaultdict(int)
    for one in said:
        rows[one.day] += one.row_n
    days = sorted(rows)
    gaps = [(b - a).days for a, b in zip(days, days[1:], strict=False)]
    far = _FAR_DAYS_OF_FEW
    if sum(one.stamp_n for one in said) >= _MANY_STAMPS:
        far = max(_FAR_DAYS, 2 * _usual(gaps[:-1]) if len(gaps) > _RHYTHM_GAPS else 0)
    last, ahead_n, few = days[-1] if days else dt.date.max, 0, _few(sum(rows.values()))
    for place in range(len(days) - 1, 0, -1):
        ahead_n += rows[days[place]]
        if ahead_n > few or (sure and days[place] <= sure):
            break
        if gaps[place - 1] > far:
            last = days[place - 1]
    return last


def _usual(gaps: Sequence[int]) -> int:
    """The gap that nine of ten don't pass."""
    return sorted(gaps)[-(-9 * len(gaps) // 10) - 1]


def _few(rows: int) -> int:
    return max(1, int(rows * _FEW_SHARE))


def _rows(said: Iterable[Said]) -> int:
    return sum(one.row_n for one in said)
