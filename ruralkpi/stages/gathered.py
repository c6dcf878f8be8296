"""What Spark has made of a province or a country → a DuckDB book of all of it, of some counties, or of one month."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import duckdb

from ruralkpi.databases import alone, connect, replacing, temporary
from ruralkpi.engines.folder import Place, Whole
from ruralkpi.engines.spark.far import disk_of
from ruralkpi.errors import UserError, nearest
from ruralkpi.marts import order_of
from ruralkpi.obligations.declared import rules_of
from ruralkpi.settings import Settings
from ruralkpi.sql import literal, literals, name
from ruralkpi.stages import in_force, standing
from ruralkpi.stages.build import publish
from ruralkpi.stages.check import Checked
from ruralkpi.stages.cluster import BOOK, PARTED
from ruralkpi.stages.sparked import sparked
from ruralkpi.texts import say

_SHOWN = 3
# how a table's rows are a county's: by the first of these that is among its columns; a table without any holds for all
_WHOSE = {
    "county_id": "county_id IN {counties}",
    "area_id": "area_id IN (SELECT area_id FROM area)",
    "agent_id": "agent_id IN (SELECT agent_id FROM agent)",
    "customer_id": "customer_id IN (SELECT customer_id FROM customer)",
}
_BY = {"customer": "agent_id", "kpi_agent_month": "agent_id"}  # where that is another one
_FIRST = ("agent", "area", "customer", "obligation")  # what the others are chosen by
# of what is taken over, rows of other agents stay where they are; so do rows of nobody
_OWN = {
    **dict.fromkeys(("flaw", "row_month", "signal", "signal_row"), _WHOSE["agent_id"]),
    "quarantine": "(source_table, file, row) IN (SELECT (source_table, file, row) FROM staging.main.flaw)",
}


def gather(settings: Settings, source: Place, master: str, counties: Sequence[str] = (), month: str | None = None) -> Checked:
    """A new book at settings.db of what SOURCE/book holds: of `counties`, or all; with the obligations of `month`, or of all.
    Spark on `master` fetches what lies on no disk of this machine.

    Raises UserError for a folder that is not whole, a part that is not as it was written, settings that are no longer those
    it was made under, and counties or months that it does not hold.
    """
    with alone(settings.db), sparked(settings, master) as (spark, _), temporary(settings.db) as aside:
        disk = disk_of(source, spark)
        whole = disk.opened(source / BOOK)
        _refuse_other_settings(whole, settings)
        as_of = dt.datetime.fromisoformat(whole.words["as_of"])
        inputs = in_force.one_hash(whole.words["inputs"], {"counties": "\n".join(sorted(counties)), "month": month or ""})
        if standing.says(settings.db, "build", inputs):
            return Checked(as_of, True)
        wanted = {table: _within(table, month) for table in whole.parts}
        _make(settings, disk.here(whole, wanted, aside / "here"), inputs, counties, month)
    return Checked(as_of)


def _make(settings: Settings, whole: Whole, inputs: str, counties: Sequence[str], month: str | None) -> None:
    as_of = dt.datetime.fromisoformat(whole.words["as_of"])
    with replacing(settings.db) as new, connect(memory=settings.memory_bytes) as con:
        con.execute(f"ATTACH {literal(str(new))} AS book")
        con.execute("ATTACH ':memory:' AS staging")
        con.execute("SET search_path = 'book.main,staging.main'")
        _load(con, whole, counties, month)
        _take_over(con, whole, bool(counties))
        publish(con, rules_of(settings), as_of, settings)
        if month:
            con.execute(f"UPDATE meta SET value = {literal(month)} WHERE key IN {literals(('month_first', 'month_last'))}")
        standing.set_up(con)
        standing.keep(con, "build", inputs)
        con.execute("CHECKPOINT book")
        con.execute("USE memory")
        con.execute("DETACH book")


def _within(table: str, month: str | None) -> str:
    """What stands in the paths of a table's parts that are needed."""
    return f"/in_month={month}/" if month and table == "obligation" else ""


def _refuse_other_settings(whole: Whole, settings: Settings) -> None:
    now, then = in_force.of_figures(settings), whole.words["settings"]
    differing = [one for one in sorted({*now, *then}) if now.get(one) != then.get(one)]
    if differing:
        raise UserError(say("error.folder_settings", folder=whole.folder, names="、".join(differing[:_SHOWN]), n=len(differing)))


def _load(con: duckdb.DuckDBPyConnection, whole: Whole, counties: Sequence[str], month: str | None) -> None:
    """Every table that was derived, in its types and in an order of its own."""
    columns: dict[str, list[tuple[str, str]]] = {
        table: [(row[0], row[1]) for row in described] for table, described in whole.words["columns"].items()
    }
    for table in [*_FIRST, *sorted(set(columns) - set(_FIRST))]:
        kept = _where(table, [column for column, _ in columns[table]], counties, month)
        files = whole.files(table, _within(table, month))
        typed = ", ".join(f"CAST({name(column)} AS {kind}) AS {name(column)}" for column, kind in columns[table])
        empty = ", ".join(f"CAST(NULL AS {kind}) AS {name(column)}" for column, kind in columns[table])
        rows = f"SELECT {typed} FROM {_read(files)} WHERE {kept}" if files else f"SELECT {empty} WHERE false"
        order = PARTED[table][1] if table in PARTED else order_of(table)
        con.execute(f"CREATE TABLE {name(table)} AS {rows} ORDER BY {order}")
        if table == "area" and counties:
            _refuse_unknown(con, whole, counties)
    if month and not con.execute("SELECT 1 FROM obligation LIMIT 1").fetchall():
        months = {one.partition("in_month=")[2].partition("/")[0] for one in whole.parts["obligation"]}
        held = sorted(one for one in months if one[:1].isdecimal())
        raise UserError(say("error.month_empty", month=month, first=held[0] if held else "—", last=held[-1] if held else "—"))


def _where(table: str, columns: Sequence[str], counties: Sequence[str], month: str | None) -> str:
    parts = ["true"]
    if counties:
        column = _BY.get(table) or next((column for column in _WHOSE if column in columns), "")
        parts.append(_WHOSE.get(column, "true").replace("{counties}", literals(counties)))
    if month and table == "obligation":
        parts.append(f"month = {literal(month)}")
    if table == "exemption" and (counties or month):  # those of others exempt nothing here, and are no slips
        parts.append("(rule_id, source_id) IN (SELECT (rule_id, source_id) FROM obligation)")
    return " AND ".join(parts)


def _take_over(con: duckdb.DuckDBPyConnection, whole: Whole, is_part: bool) -> None:
    """What publish asks of staging."""
    for one in sorted(whole.parts, key=lambda one: (one == "main.quarantine", one)):
        schema, _, table = one.partition(".")
        if table:
            kept = _OWN.get(table, "true") if is_part else "true"
            rows = f"SELECT * FROM {_read(whole.files(one))} WHERE {kept}"
            con.execute(f"CREATE TABLE staging.{schema}.{name(table)} AS {rows}")


def _refuse_unknown(con: duckdb.DuckDBPyConnection, whole: Whole, counties: Sequence[str]) -> None:
    known = [one for (one,) in con.execute(f"SELECT DISTINCT county_id FROM {_read(whole.files('area'))} ORDER BY 1").fetchall()]
    for one in counties:
        if one not in known:
            raise UserError(say("error.county_unknown", name=one, near="、".join(nearest(one, known) or known[:_SHOWN]) or "—"))


def _read(files: Sequence[str]) -> str:
    return f"read_parquet([{', '.join(map(literal, files))}], hive_partitioning = false)"
