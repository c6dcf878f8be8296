"""as_of: the moment until which the data speak. It is never the wall clock."""

from __future__ import annotations

import datetime as dt
import re

import duckdb

from ruralkpi.errors import UserError
from ruralkpi.exports.declared import built_in
from ruralkpi.sql import first_row, name
from ruralkpi.texts import say

_FORMS = ("%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M")


def parse_as_of(text: str) -> dt.datetime:
    """A cut-off as a user writes it; a bare day means until its 24:00. Raises UserError with the known forms."""
    word = text.strip()
    if word.endswith(" 24:00"):
        word = word.removesuffix(" 24:00")
    if re.fullmatch(r"\d{4}-\d{1,2}-\d{1,2}", word):
        try:
            return dt.datetime.strptime(word, "%Y-%m-%d") + dt.timedelta(days=1)
        except ValueError:
            pass
    for form in _FORMS:
        try:
            return dt.datetime.strptime(word, form)
        except ValueError:
            continue
    raise UserError(say("error.as_of", value=text))


def default_as_of(con: duckdb.DuckDBPyConnection) -> dt.datetime:
    """The cut-off that the exports themselves imply.

    The end of the newest month that a file or folder is named after, moved on to the end of the newest stamp's
    day when that lies within the next 31 days (an export of October made in November); without such names, the
    end of the newest stamp's day. Raises UserError when there is neither.
    """
    month = first_row(con, "SELECT max(file_month) FROM source_file WHERE file_month <> ''")[0]
    if month is None:
        newest = _newest(con, None)
        if newest is None:
            raise UserError(say("error.no_cut_off"))
        return _day_end(newest)
    end = month_end(month)
    newest = _newest(con, end + dt.timedelta(days=31))
    return max(end, _day_end(newest)) if newest is not None and newest > end else end


def month_end(month: str) -> dt.datetime:
    """24:00 of a month's last day, which is 00:00 of the next month."""
    year, number = int(month[:4]), int(month[5:])
    return dt.datetime(year + number // 12, number % 12 + 1, 1)


def _day_end(at: dt.datetime) -> dt.datetime:
    return dt.datetime.combine(at.date(), dt.time(0)) + dt.timedelta(days=1)


def _newest(con: duckdb.DuckDBPyConnection, limit: dt.datetime | None) -> dt.datetime | None:
    """The newest time at which something happened; sentinel years and times past `limit` don't count."""
    stamps = [
        f"SELECT max({name(c.name)}) AS moment FROM typed.{name(e.name)} WHERE year({name(c.name)}) <> 2099"
        + (f" AND {name(c.name)} <= TIMESTAMP '{limit}'" if limit else "")
        for e in built_in().values()
        for c in e.columns.values()
        if c.kind == "stamp" and c.name not in e.future
    ]
    row = first_row(con, f"SELECT max(moment) FROM ({' UNION ALL '.join(stamps)})")
    return row[0]
