"""clean.* → marts: what happened, one grain a table, by the numbered SQL files of this folder."""

from __future__ import annotations

import datetime as dt
from importlib.resources import files
from pathlib import Path

import duckdb
import pandas as pd

from ruralkpi import calendar
from ruralkpi.sql import first_row

# Slots are owed from the first month that the visits (calls) speak for; those that begin soon are shown as due next.
SLOT_SOURCE = {"half_month": ("visits", "visited_at"), "week": ("calls", "called_at")}
DAYS_AHEAD = 7


def build_marts(con: duckdb.DuckDBPyConnection, as_of: dt.datetime, override: Path | None) -> None:
    """Create calendar_day, period, month and every mart in the book; clean.* is on the search path.

    Raises UserError for a year up to the cut-off that no calendar covers.
    """
    _calendar(con, as_of, override)
    for number_and_name, sql in statements():
        table = number_and_name.split("_", 1)[1]
        con.execute(f"CREATE TABLE {table} AS\n{sql}\nORDER BY ALL")


def statements() -> list[tuple[str, str]]:
    """(number_name, SQL) of each mart, in the order in which they build on each other."""
    folder = files("ruralkpi") / "marts"
    return sorted((f.name[:-4], f.read_text(encoding="utf-8")) for f in folder.iterdir() if f.name.endswith(".sql"))


def _calendar(con: duckdb.DuckDBPyConnection, as_of: dt.datetime, override: Path | None) -> None:
    until = (as_of - dt.timedelta(seconds=1)).date()
    periods = [(kind, *_period(con, table, at, until)) for kind, (table, at) in SLOT_SOURCE.items()]
    first = min([_earliest(con, until)] + [period[1] for period in periods])
    beyond = [
        year for year in range(min(p[1] for p in periods).year, until.year + 1) if year not in calendar.covered_years(override)
    ]
    if beyond:
        raise calendar.year_missing(beyond, override)
    con.register("calendar_days", calendar.days(first, until + dt.timedelta(days=400), override))
    con.execute("""CREATE TABLE calendar_day AS SELECT CAST(day AS DATE) AS day, is_workday, CAST(workday_no AS INTEGER) AS workday_no,
        CAST(half_month_start_on AS DATE) AS half_month_start_on, CAST(half_month_end_on AS DATE) AS half_month_end_on,
        CAST(week_start_on AS DATE) AS week_start_on, CAST(week_end_on AS DATE) AS week_end_on FROM calendar_days ORDER BY day""")
    con.unregister("calendar_days")
    frame = pd.DataFrame(periods, columns=["slot_kind", "first_on", "has_export"])
    frame["last_on"] = until + dt.timedelta(days=1 + DAYS_AHEAD)
    con.register("periods", frame)
    con.execute(
        "CREATE TABLE period AS SELECT slot_kind, CAST(first_on AS DATE) AS first_on, CAST(last_on AS DATE) AS last_on, has_export FROM periods ORDER BY slot_kind"
    )
    con.unregister("periods")
    con.execute(
        "CREATE TABLE month AS SELECT strftime(day, '%Y-%m') AS month, min(day) AS first_on, max(day) AS last_on "
        "FROM calendar_day WHERE day >= (SELECT min(first_on) FROM period) AND day <= ? GROUP BY 1 ORDER BY 1",
        [until],
    )


def _period(con: duckdb.DuckDBPyConnection, table: str, at: str, until: dt.date) -> tuple[dt.date, bool]:
    """First day of the first month an export speaks for: its files' months where all are named so, else its first record's."""
    named, months, month = first_row(
        con,
        "SELECT count(*) FILTER (WHERE file_month = ''), count(*), min(file_month) FROM source_file WHERE source_table = ?",
        [table],
    )
    if months and not named:
        return dt.date(int(month[:4]), int(month[5:]), 1), True
    first = first_row(con, f"SELECT min({at}) FROM clean.{table}")[0]
    day = first.date() if first is not None else _earliest(con, until)
    return day.replace(day=1), bool(months)


def _earliest(con: duckdb.DuckDBPyConnection, until: dt.date) -> dt.date:
    """The day of the first visit, call, complaint, fault or expiry, where there is any."""
    found = first_row(
        con,
        """SELECT min(moment) FROM (
        SELECT min(visited_at) AS moment FROM clean.visits UNION ALL SELECT min(called_at) FROM clean.calls
        UNION ALL SELECT min(received_at) FROM clean.complaints UNION ALL SELECT min(reported_at) FROM clean.faults)""",
    )[0]
    return found.date() if found is not None else until.replace(day=1)
