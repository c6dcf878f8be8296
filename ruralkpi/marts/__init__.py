"""clean.* → marts: what happened, one grain a table, by the numbered SQL files of this folder."""

from __future__ import annotations

import datetime as dt
import re
from functools import partial
from importlib.resources import files
from pathlib import Path

import duckdb

from ruralkpi import calendar
from ruralkpi.abreast import abreast
from ruralkpi.calendar.months import month_first
from ruralkpi.marts.feasts import create_feasts
from ruralkpi.sql import first_row, literal

# What is owed by slots: its kind → span, export, and the time of a record.
# An export without a time holds states: only its newest month can be judged, since it does not tell what stood before.
SLOT_SOURCE = {
    "half_month": ("half_month", "visits", "visited_at"),
    "week": ("week", "calls", "called_at"),
    "report_week": ("week", "opportunities", "created_at"),
    "greeting_day": ("day", "greetings", "greeted_at"),
    "list_month": ("month", "expiring_lists", "delivered_at"),
    "info_month": ("month", "village_info", None),
    "file_month": ("month", "agreements", None),
}
STATES = ("village_month", "agreement_month")  # the marts of what has no time: source tables of obligations
_KEY = re.compile(r"^-- key: ([\w, ]+)(?:; lies by ([\w, ]+))?$", re.MULTILINE)
# Slots that begin so soon are shown as due next.
DAYS_AHEAD = 7
# Records so soon before an export's first day were entered late, or lie in the slot that it cuts (X34); a list is for its month.
DAYS_BEFORE = 7
_NO_DAY = "CAST(NULL AS DATE)"


def build_marts(con: duckdb.DuckDBPyConnection, as_of: dt.datetime, override: Path | None, is_sorted: bool = True) -> None:
    """Create calendar_day, festival, birthday_on, period, month and every mart in the book; clean.* is on the search path.
    `is_sorted`: so that the same rows are the same bytes, and lie by customer; a mart whose file says `view` is one.

    Raises UserError for a year up to the cut-off that no calendar covers.
    """
    _calendar(con, as_of, override)
    create_feasts(con)
    marts = by_table()
    abreast(con, {table: partial(_create, table=table, sql=sql, is_sorted=is_sorted) for table, sql in marts.items()}, marts)


def _create(con: duckdb.DuckDBPyConnection, table: str, sql: str, is_sorted: bool) -> None:
    if is_sorted and "\n-- view: " in sql:
        con.execute(f"CREATE VIEW {table} AS\n{sql}")
    else:
        order = f"ORDER BY {_lies_by(sql)}" if is_sorted else ""
        con.execute(f"CREATE TABLE {table} AS\n{sql}\n{order}")


def statements() -> list[tuple[str, str]]:
    """(number_name, SQL) of each mart, in the order in which they build on each other."""
    folder = files("ruralkpi") / "marts"
    return sorted((f.name[:-4], f.read_text(encoding="utf-8")) for f in folder.iterdir() if f.name.endswith(".sql"))


def by_table() -> dict[str, str]:
    """The same by the table that each makes."""
    return {number_and_name.split("_", 1)[1]: sql for number_and_name, sql in statements()}


def key_of(sql: str) -> str:
    """The columns that tell a mart's rows apart, as its file says under what it is.

    >>> key_of("-- visit: one row per visit\\n-- key: source_id\\nSELECT")
    'source_id'
    """
    return _KEY.findall(sql)[0][0]


def order_of(table: str) -> str:
    """How a table's rows lie: a mart's by its key, where that is an id, since to compare all columns costs twice as much; the
    largest by customer, for the cards; of all else by all columns.

    >>> order_of("contact"), order_of("month")
    ('customer_id, contacted_at, source_table, source_id', 'ALL')
    """
    return _lies_by(by_table().get(table, ""))


def _lies_by(sql: str) -> str:
    for key, lies_by in _KEY.findall(sql):
        if "source_id" in key:
            return lies_by or key
    return "ALL"


def _calendar(con: duckdb.DuckDBPyConnection, as_of: dt.datetime, override: Path | None) -> None:
    until = (as_of - dt.timedelta(seconds=1)).date()
    begins = _periods(con, until)
    beyond = [y for y in range(begins.year, until.year + 1) if y not in calendar.covered_years(override)]
    if beyond:
        raise calendar.year_missing(beyond, override)
    # a week before: the slot in which the data begin is there whole (X34)
    first = min(begins, _earliest(con, until)) - dt.timedelta(days=7)
    con.register("calendar_days", calendar.days(first, until + dt.timedelta(days=400), override))
    con.execute("""CREATE TABLE calendar_day AS SELECT CAST(day AS DATE) AS day, is_workday,
        CAST(workday_no AS INTEGER) AS workday_no,
        CAST(half_month_start_on AS DATE) AS half_month_start_on, CAST(half_month_end_on AS DATE) AS half_month_end_on,
        CAST(week_start_on AS DATE) AS week_start_on, CAST(week_end_on AS DATE) AS week_end_on,
        CAST(month_start_on AS DATE) AS month_start_on FROM calendar_days ORDER BY day""")
    con.unregister("calendar_days")
    con.execute(
        "CREATE TABLE month AS SELECT strftime(day, '%Y-%m') AS month, min(day) AS first_on, max(day) AS last_on "
        "FROM calendar_day WHERE day >= ? AND day <= ? GROUP BY 1 ORDER BY 1",
        [begins, until],
    )


def _periods(con: duckdb.DuckDBPyConnection, until: dt.date) -> dt.date:
    """period: one row per kind of slot and its export: since when that speaks, until when slots begin; returns the first day.

    is_state: the export holds what is, not what happened; earlier_n, earlier_on: its records from before that time, and the
    first of them, where they begin long before.
    """
    ended = until if (until + dt.timedelta(days=1)).day == 1 else until.replace(day=1) - dt.timedelta(days=1)
    heard = {kind: _period(con, table, at, until) for kind, (_, table, at) in SLOT_SOURCE.items()}
    begins = min(heard[kind][0] for kind in ("half_month", "week"))
    rows = []
    for kind, (span, table, at) in sorted(SLOT_SOURCE.items()):
        first, has_export = heard[kind]
        if at is None:
            rows.append((kind, span, table, ended.replace(day=1), until, has_export, True, 0, _NO_DAY))
        else:
            first = first if has_export else begins
            last = until + dt.timedelta(days=1 + DAYS_AHEAD)
            rows.append((kind, span, table, first, last, has_export, False, *_earlier(con, table, at, first)))
    values = ", ".join(
        f"({literal(kind)}, {literal(span)}, {literal(table)}, DATE '{first}', DATE '{last}', {has}, {is_state}, "
        f"CAST({n} AS BIGINT), {day})"
        for kind, span, table, first, last, has, is_state, n, day in rows
    )
    names = "slot_kind, span, source_table, first_on, last_on, has_export, is_state, earlier_n, earlier_on"
    con.execute(f"CREATE TABLE period AS SELECT * FROM (VALUES {values}) AS p({names})")
    return min(row[3] for row in rows)


def _period(con: duckdb.DuckDBPyConnection, table: str, at: str | None, until: dt.date) -> tuple[dt.date, bool]:
    """First day of the first month an export speaks for: its files' months where all are named so, else its first record's."""
    named, months, month = first_row(
        con,
        "SELECT count(*) FILTER (WHERE file_month = ''), count(*), min(file_month) FROM source_file WHERE source_table = ?",
        [table],
    )
    if months and not named:
        return month_first(month), True
    first = first_row(con, f"SELECT min({at}) FROM clean.{table}")[0] if at else None
    day = first.date() if first is not None else _earliest(con, until)
    return day.replace(day=1), bool(months)


def _earlier(con: duckdb.DuckDBPyConnection, table: str, at: str, first: dt.date) -> tuple[int, str]:
    """How many records lie before an export's first day, and the first of them as SQL; none where they begin shortly before."""
    at, days = ("list_month", 0) if table == "expiring_lists" else (at, DAYS_BEFORE)
    n, day = first_row(
        con, f"SELECT count(*), min(CAST({at} AS DATE)) FROM clean.{table} WHERE CAST({at} AS DATE) < DATE '{first}'"
    )
    is_long = day is not None and day < first - dt.timedelta(days=days)
    return (n, f"DATE '{day}'") if is_long else (0, _NO_DAY)


def _earliest(con: duckdb.DuckDBPyConnection, until: dt.date) -> dt.date:
    """The day of the first visit, call, complaint or fault, where there is any."""
    found = first_row(
        con,
        """SELECT min(moment) FROM (
        SELECT min(visited_at) AS moment FROM clean.visits UNION ALL SELECT min(called_at) FROM clean.calls
        UNION ALL SELECT min(received_at) FROM clean.complaints UNION ALL SELECT min(reported_at) FROM clean.faults)""",
    )[0]
    return found.date() if found is not None else until.replace(day=1)
