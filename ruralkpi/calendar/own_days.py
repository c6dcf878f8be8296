"""An office's own holidays and worked days: calendar.toml."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from pathlib import Path

import chinese_calendar

from ruralkpi.errors import UserError
from ruralkpi.texts import say
from ruralkpi.toml_text import misnamed, read_toml

OVERRIDE_NAME = "calendar.toml"
FIRST, LAST = min(chinese_calendar.holidays).year, max(chinese_calendar.holidays).year  # years that the package knows


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
    if not FIRST <= int(year) <= LAST and all(days.values()):  # no holiday makes no year known (X4)
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
