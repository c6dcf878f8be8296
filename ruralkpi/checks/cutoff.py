"""as_of: the moment until which the data speak. It is never the wall clock."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
from collections import defaultdict
from pathlib import Path

import duckdb

from ruralkpi.calendar import workdays_after
from ruralkpi.calendar.months import month_end, month_last
from ruralkpi.checks.heard.pace import plausible, stops_short
from ruralkpi.checks.heard.said import BUSY, days_said
from ruralkpi.errors import UserError
from ruralkpi.sql import first_row
from ruralkpi.texts import say

_FIRST, _LAST = dt.datetime(2000, 1, 1), dt.datetime(2100, 1, 1)  # records before 2000 are none (X29); 2099 has no end
_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M")


def parse_as_of(text: str) -> dt.datetime:
    """A cut-off as a user writes it, from 2000 to 2099; a bare day means until its 24:00. Raises UserError with the forms."""
    with contextlib.suppress(ValueError, OverflowError):
        if _FIRST <= (as_of := _parsed(text.strip())) <= _LAST:
            return as_of
    raise UserError(say("error.as_of", value=text))


def _parsed(word: str) -> dt.datetime:
    """Raises ValueError or OverflowError for what is no time."""
    if word.endswith(" 24:00"):
        word = word.removesuffix(" 24:00")
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", word):
        return dt.datetime.strptime(word, "%Y-%m-%d") + dt.timedelta(days=1)
    for form in _FORMS:
        with contextlib.suppress(ValueError):
            return dt.datetime.strptime(word, form)
    raise ValueError(word)


def default_as_of(con: duckdb.DuckDBPyConnection, within: int, override: Path | None = None) -> dt.datetime:
    """The cut-off that the records themselves imply (X28): never later than they speak.

    The end of the newest month with records, where one of the busy exports that have any in it comes within `within`
    working days of that end and none stops short of it; else the newest record's time, to the minute or second if it
    has one, else that day's 24:00. `override`: the user's calendar. Raises UserError where there is no time at all.
    """
    said = plausible(days_said(con), within, override)
    if not said:
        return _by_name(con)
    end = month_last(f"{max(one.day for one in said):%Y-%m}")
    days: dict[str, set[dt.date]] = defaultdict(set)
    is_quiet = not any(one.export in BUSY for one in said)
    for one in said:
        if is_quiet or one.export in BUSY:
            days["" if is_quiet else one.export].add(one.day)
    heard = [sorted(runs) for runs in days.values() if max(runs) >= end.replace(day=1)]
    reaches = any(workdays_after(run[-1], end, override) <= within for run in heard)
    if reaches and not any(stops_short(run, end, within, override) for run in heard):
        return month_end(f"{end:%Y-%m}")
    return max(one.until for one in said)


def _by_name(con: duckdb.DuckDBPyConnection) -> dt.datetime:
    """Lists alone hold no time of their own: the end of the newest month, or day of export, in their names."""
    month, day = first_row(con, "SELECT max(file_month) FILTER (WHERE file_month <> ''), max(exported_on) FROM source_file")
    if month is not None:
        return month_end(month)
    if day is not None:
        return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(0))
    raise UserError(say("error.no_cut_off"))
