"""What a person must know of how far the exports speak: a line for what holds no row, what stops early, and an early cut-off."""

from __future__ import annotations

import datetime as dt
from typing import Any

import duckdb

from ruralkpi.calendar.months import month_last
from ruralkpi.checks.heard.said import BUSY
from ruralkpi.checks.heard.silence import EVERYWHERE, IS_RETURNED
from ruralkpi.exports.declared import built_in
from ruralkpi.sql import insert
from ruralkpi.texts import LANGUAGES, say

_SHOWN = 5  # names in a line


def tell_early(con: duckdb.DuckDBPyConnection, as_of: dt.datetime, is_default: bool) -> None:
    """Tell it in whole sentences with the mend. `is_default`: nobody chose the cut-off."""
    lines = [*_header_only(con), *_stops(con), *_missing(con), *(_cut_off(con, as_of) if is_default else [])]
    insert(con, "told", [["check", *line] for line in lines])


def _line(code: str, n: int, subject: str, **values: Any) -> list[Any]:
    """`values`: text, or a function of the language that gives it."""
    said = [{key: value(lang) if callable(value) else value for key, value in values.items()} for lang in LANGUAGES]
    texts = [say(f"fresh.{code}", lang, n=n, **given) for lang, given in zip(LANGUAGES, said, strict=True)]
    return [code, n, subject, *texts]


def _listed(words: list[str], lang: str) -> str:
    more = say("fresh.more", lang, n=len(words) - _SHOWN) if len(words) > _SHOWN else ""
    return say("card.comma", lang).join(words[:_SHOWN]) + more


def _header_only(con: duckdb.DuckDBPyConnection) -> list[list[Any]]:
    files = [file for (file,) in con.execute(f"SELECT file FROM header_only WHERE NOT {IS_RETURNED} ORDER BY file_no").fetchall()]
    return [_line("header_only", len(files), "", files=lambda lang: _listed(files, lang))] if files else []


def _stops(con: duckdb.DuckDBPyConnection) -> list[list[Any]]:
    """A line an export, its counties in it, those that stop first first."""
    places: dict[str, list[tuple[str, dt.date | None]]] = {}
    query = "SELECT source_table, county_id, last_on FROM freshness WHERE is_early ORDER BY 1, 3 NULLS FIRST, 2"
    for table, county, last in con.execute(query).fetchall():
        places.setdefault(table, []).append((county, last))
    return [
        _line("stops_early", len(own), table, export=_title(table), places=lambda lang, own=own: _places(own, lang))
        for table, own in places.items()
    ]


def _places(own: list[tuple[str, dt.date | None]], lang: str) -> str:
    words = []
    for county, last in own:
        whose = "" if county == EVERYWHERE else county
        words.append(say("fresh.until" if last else "fresh.nothing", lang, county=whose, day=last).strip())
    return _listed(words, lang)


def _missing(con: duckdb.DuckDBPyConnection) -> list[list[Any]]:
    """A line an export: months between others of which no file was handed in; one that has stopped is told already."""
    places: dict[str, list[str]] = {}
    query = """SELECT source_table, county_id, month FROM silent_month LEFT JOIN freshness USING (source_table, county_id)
        WHERE NOT has_file AND NOT (is_early AND coalesce(month > strftime(last_on, '%Y-%m'), true)) ORDER BY ALL"""
    for table, county, month in con.execute(query).fetchall():
        places.setdefault(table, []).append(month if county == EVERYWHERE else f"{county} {month}")
    return [
        _line("month_missing", len(own), table, export=_title(table), places=lambda lang, own=own: _listed(own, lang))
        for table, own in places.items()
    ]


def _title(table: str) -> Any:
    return lambda lang: built_in()[table].files[0] if lang == "zh" else table


def _cut_off(con: duckdb.DuckDBPyConnection, as_of: dt.datetime) -> list[list[Any]]:
    """Why the month is not held to be whole: how far each busy export comes."""
    end = month_last(f"{as_of - dt.timedelta(seconds=1):%Y-%m}")
    if as_of >= dt.datetime.combine(end + dt.timedelta(days=1), dt.time(0)):
        return []
    query = "SELECT source_table, max(last_on) FROM freshness WHERE last_on IS NOT NULL GROUP BY 1 ORDER BY 2, 1"
    last = [(table, day) for table, day in con.execute(query).fetchall() if table in BUSY]
    reach = lambda lang: _listed([say("fresh.until", lang, county=_title(t)(lang), day=day) for t, day in last], lang)
    return [_line("cut_off", 1, "", as_of=f"{as_of:%Y-%m-%d %H:%M}", month=f"{end:%Y-%m}", end=str(end), places=reach)]
