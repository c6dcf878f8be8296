"""What the exports say of each day: the times at which something happened, counted before any row is judged."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import duckdb

from ruralkpi.exports.declared import Column, Export, built_in
from ruralkpi.exports.form import precision
from ruralkpi.sql import name

BUSY = ("visits", "calls", "complaints", "faults")  # exports in which something is written down nearly every day
# what systems and counties are expected to deliver; the rest comes where there is any (STANDARD, section 9)
EXPECTED = ("agents", "customers", "visits", "calls", "greetings", "complaints", "faults", "agreements", "opportunities")
_FIRST_YEAR, _LAST_YEAR = 2000, 2098  # what lies before or after is no event's time (X20, X29)


@dataclass(frozen=True)
class Said:
    """What the files of one export that carry one month or day in their names say of one day.

    row_n: rows whose newest time lies on that day; until: the day's last time, 24:00 where only the day is known.
    """

    export: str
    month: str
    exported_on: dt.date | None
    day: dt.date
    stamp_n: int
    row_n: int
    until: dt.datetime


def event_columns(export: Export) -> list[Column]:
    """The columns that say when something happened: neither what may lie ahead, nor since when a state holds."""
    return [
        column
        for column in export.columns.values()
        if column.name not in export.future and (column.kind in ("stamp", "stamps") or (column.kind == "day" and column.required))
    ]


def days_said(con: duckdb.DuckDBPyConnection) -> list[Said]:
    """Every day with records, by export and by what its files are named after; sentinel years don't count."""
    parts = [part for export in built_in().values() if event_columns(export) for part in _counts(export)]
    found = con.execute(f"""
SELECT source_table, file_month, exported_on, day, CAST(sum(stamp_n) AS BIGINT), CAST(sum(row_n) AS BIGINT), max(until)
FROM ({" UNION ALL ".join(parts)}) JOIN source_file USING (file_no)
WHERE year(day) BETWEEN {_FIRST_YEAR} AND {_LAST_YEAR} GROUP BY ALL ORDER BY ALL""").fetchall()
    return [Said(*row) for row in found]


def _counts(export: Export) -> list[str]:
    """SQL by file and day: the stamps of each column with the last of them, and the rows whose newest time it is."""
    table, parts = f"typed.{name(export.name)}", []
    for column in event_columns(export):
        moment, until = moments(column)
        parts.append(
            f"SELECT file_no, CAST(moment AS DATE) AS day, count(*) AS stamp_n, 0 AS row_n, max(until) AS until "
            f"FROM (SELECT file_no, {moment} AS moment, {until} AS until FROM {table}) GROUP BY ALL"
        )
    rows = f"SELECT file_no, CAST({newest(export)} AS DATE) AS day, 0 AS stamp_n, count(*) AS row_n, NULL AS until FROM {table}"
    return [*parts, f"{rows} GROUP BY ALL"]


def moments(column: Column) -> tuple[str, str]:
    """SQL of an event column: its time, and until when that may have been: a bare day lasts to its 24:00."""
    at = name(column.name)
    if column.kind == "stamps":
        return f"unnest({at})", f"unnest({at})"
    moment = f"CAST({at} AS TIMESTAMP)"
    is_day = "true" if column.kind == "day" else f"{name(precision(column.name))} = 'day'"
    return moment, f"CASE WHEN {is_day} THEN {moment} + INTERVAL 1 DAY ELSE {moment} END"


def newest(export: Export) -> str:
    """SQL: the newest time in a row."""
    times = [
        f"list_max({name(c.name)})" if c.kind == "stamps" else f"CAST({name(c.name)} AS TIMESTAMP)" for c in event_columns(export)
    ]
    return f"greatest({', '.join(times)})" if len(times) > 1 else times[0]
