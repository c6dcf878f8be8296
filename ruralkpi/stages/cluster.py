"""clean.* → folders of Parquet, from which Spark makes marts, obligations and figures, and DuckDB a book.

TO/clean is what the check has left, TO/book what Spark has made of it: each is whole or as it was before.
"""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.checks import PUBLISHED
from ruralkpi.databases import reading
from ruralkpi.engines import folder as folders
from ruralkpi.engines.folder import Whole
from ruralkpi.engines.spark.connection import Connection
from ruralkpi.engines.spark.crew import spread
from ruralkpi.engines.spark.session import first_line, session
from ruralkpi.errors import UserError
from ruralkpi.intake.readers.files import Source
from ruralkpi.obligations.rule import Rule, rules_of
from ruralkpi.settings import Settings
from ruralkpi.sql import first_row, literal, name
from ruralkpi.stages import in_force, standing
from ruralkpi.stages.build import derive
from ruralkpi.stages.check import Checked, check
from ruralkpi.store.take import Crew
from ruralkpi.store.unit import Done, Unit, Work, read
from ruralkpi.texts import say

CLEAN, BOOK = "clean", "book"
# of the working database beside clean.*: what the marts ask, and what a book takes over
ASKED = ("source_file", "freshness", "silent_month")
TAKEN = (
    "source_file",
    "quarantine",
    "source_count",
    "word",
    "superseded",
    "known_name",
    "setting_in_force",
    "validation",
    *PUBLISHED,
)
# tables that lie in folders by month and county, so that a book of one reads no other's rows: query, and their order within
PARTED = {
    "obligation": (
        "SELECT made.*, coalesce(made.month, '-') AS in_month, coalesce(area.county_id, '-') AS in_county "
        "FROM obligation AS made LEFT JOIN area ON area.area_id = made.area_id",
        "agent_id, rule_id, due_at, source_id, area_id",
    ),
    "kpi_agent_month": (
        "SELECT made.*, made.month AS in_month, coalesce(agent.county_id, '-') AS in_county FROM kpi_agent_month AS made "
        "LEFT JOIN agent ON agent.agent_id = made.agent_id",
        "agent_id, rule_id",
    ),
    "kpi_area_month": (
        "SELECT made.*, made.month AS in_month, made.county_id AS in_county FROM kpi_area_month AS made",
        "area_id, rule_id",
    ),
}
_FULL = ("No space left on device", "File too large", "Disk quota exceeded")  # as Java says it
_PASSING = ("counted", "interval_of", "fact")  # what the stages keep for themselves


def export(settings: Settings, to: Path) -> Checked:
    """The working database's clean tables, and what a book takes over, as Parquet in TO/clean; as before where they are."""
    if settings.as_of is not None:
        check(settings)
    if not settings.staging.exists():
        raise UserError(say("error.staging_missing", file=settings.staging))
    inputs = standing.of(settings.staging, "check")
    if not inputs:
        raise UserError(say("error.unchecked"))
    target = to / CLEAN
    if (before := _opened(target)) and before.words["inputs"] == inputs:
        return Checked(dt.datetime.fromisoformat(before.words["as_of"]), True)
    with reading(settings.staging) as con:
        as_of = first_row(con, "SELECT as_of FROM cut_off")[0]
        tables = con.execute(
            "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = current_database() AND "
            f"(schema_name = 'clean' OR (schema_name = 'main' AND table_name IN {(*ASKED, *TAKEN)})) ORDER BY ALL"
        ).fetchall()
        with folders.writing(target, {"inputs": inputs, "as_of": str(as_of)}) as (new, parts):
            for schema, table in tables:
                part = f"{schema}.{table}.parquet"
                rows = f"SELECT * FROM {schema}.{name(table)}"
                con.execute(f"COPY ({rows}) TO {literal(str(new / part))} (FORMAT parquet, COMPRESSION zstd)")
                parts[f"{schema}.{table}"] = [part]
    return Checked(as_of)


def _opened(folder: Path) -> Whole | None:
    try:
        return folders.opened(folder)
    except UserError:
        return None


def build(settings: Settings, clean: Path, to: Path, master: str) -> Checked:
    """The clean tables in `clean`/clean → TO/book by Spark on `master`; where all is as it was, it stays.

    Raises UserError for a folder that is not whole, a master that can't be reached, and what Spark can't get done.
    """
    given = folders.opened(clean / CLEAN)
    inputs = in_force.one_hash(given.words["inputs"], in_force.of_figures(settings))
    as_of = dt.datetime.fromisoformat(given.words["as_of"])
    if (before := _opened(to / BOOK)) and before.words["inputs"] == inputs:
        return Checked(as_of, True)
    words: dict[str, Any] = {"inputs": inputs, "as_of": str(as_of), "settings": in_force.of_figures(settings)}
    work = to / f"{BOOK}.work"
    shutil.rmtree(work, ignore_errors=True)
    try:
        with folders.writing(to / BOOK, words) as (new, parts), duckdb.connect() as shapes:
            with session(master, work, settings.memory_bytes) as spark:
                _make(connected(spark, work / "tables", shapes, given), rules_of(settings), as_of, settings, new, parts)
            for one in given.parts:
                if one.partition(".")[2] in TAKEN:
                    shutil.copy(given.files(one)[0], new / one)
                    parts[one] = [one]
            words["columns"] = {
                table: shapes.execute(f"DESCRIBE {name(table)}").fetchall() for table in parts if "." not in table
            }
    except Exception as fault:
        if type(fault).__module__.partition(".")[0] not in ("pyspark", "py4j"):
            raise
        raise UserError(_told(fault, to, work)) from None
    finally:
        shutil.rmtree(work / "tables", ignore_errors=True)  # of a failed run the log stays
    shutil.rmtree(work, ignore_errors=True)
    return Checked(as_of)


def _make(
    con: Connection, declared: list[Rule], as_of: dt.datetime, settings: Settings, new: Path, parts: dict[str, Sequence[str]]
) -> None:
    """Make all tables, and put each where it stays."""
    derive(con, declared, as_of, settings, is_sorted=False)  # type: ignore[arg-type]
    for table in sorted(con.tables, key=lambda one: one not in PARTED):  # these ask others, which are still where they were made
        if table not in _PASSING:
            parts[table] = [table] if con.settle(table, new / table, *PARTED.get(table, ())) else []


def crew_on(master: str, settings: Settings) -> Crew:
    """Readers of units on Spark's workers: the same code, a unit a task. Exports and store lie where all of them find
    them, by the same paths."""

    def crew(units: Sequence[Unit], work: Work) -> Iterator[Done]:
        place = replace(work, store=work.store.absolute())
        jobs = [(replace(unit, sources=tuple(map(_anywhere, unit.sources))), place) for unit in units]
        with session(master, Path(tempfile.gettempdir()) / "spark", settings.memory_bytes) as spark:
            yield from spread(spark, read, jobs)

    return crew


def _anywhere(source: Source) -> Source:
    return replace(source, path=source.path.absolute())


def connected(spark: Any, tables: Path, shapes: duckdb.DuckDBPyConnection, given: Whole) -> Connection:
    """A connection whose tables go to `tables`, and that reads the clean tables of `given`."""
    con = Connection(spark, tables, shapes)
    shapes.execute("CREATE SCHEMA IF NOT EXISTS clean")
    for one in given.parts:
        schema, _, table = one.partition(".")
        if schema == "clean" or table in ASKED:
            files = given.files(one)
            shapes.execute(f"CREATE TABLE {schema}.{name(table)} AS SELECT * FROM read_parquet({files!r}) LIMIT 0")
            con.read(table, schema, files)
    return con


def _told(fault: Exception, to: Path, work: Path) -> str:
    """What Spark could not get done, in a line."""
    text = str(fault)
    if any(one in text for one in _FULL):
        return say("error.spark_full", folder=to)
    return say("error.spark_failed", fault=first_line(fault), log=work / "spark.log")
