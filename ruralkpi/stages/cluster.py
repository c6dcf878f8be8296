"""clean.* → folders of Parquet, from which Spark makes marts, obligations and figures, and DuckDB a book.

TO/clean is what the check has left, TO/book what Spark has made of it: each is whole or as it was before.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.checks import PUBLISHED
from ruralkpi.databases import reading
from ruralkpi.engines.folder import Disk, Place, Whole
from ruralkpi.engines.spark.connection import Connection
from ruralkpi.engines.spark.crew import spread
from ruralkpi.engines.spark.far import disk_of
from ruralkpi.engines.spark.session import session
from ruralkpi.errors import UserError
from ruralkpi.intake.readers.files import Source
from ruralkpi.obligations.declared import rules_of
from ruralkpi.obligations.rule import Rule
from ruralkpi.settings import Settings
from ruralkpi.sql import first_row, name
from ruralkpi.stages import in_force, standing
from ruralkpi.stages.build import derive
from ruralkpi.stages.check import Checked, check
from ruralkpi.stages.sparked import WORK
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
KEPT = ("header_only",)  # and what is asked where several are put together
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
_PASSING = ("counted", "interval_of", "fact")  # what the stages keep for themselves


def export(settings: Settings, to: Place, spark: Callable[[], Any]) -> Checked:
    """The working database's clean tables, and what a book takes over, as Parquet in TO/clean; as before where they are."""
    if settings.as_of is not None:
        check(settings)
    if not settings.staging.exists():
        raise UserError(say("error.staging_missing", file=settings.staging))
    inputs = standing.of(settings.staging, "check")
    if not inputs:
        raise UserError(say("error.unchecked"))
    disk, target = disk_of(to, spark), to / CLEAN
    if found := before(disk, target, inputs):
        return Checked(dt.datetime.fromisoformat(found.words["as_of"]), True)
    with reading(settings.staging) as con:
        as_of = first_row(con, "SELECT as_of FROM cut_off")[0]
        checked = {**in_force.of_checks(settings, as_of), "program": in_force.program()}
        keep(con, disk, target, {"inputs": inputs, "as_of": str(as_of), "checked": checked})
    return Checked(as_of)


def keep(con: duckdb.DuckDBPyConnection, disk: Disk, target: Place, words: Mapping[str, Any]) -> None:
    """The tables that a check has left, as Parquet in a folder of which `words` are said, and their columns."""
    tables = con.execute(
        "SELECT table_schema, table_name FROM information_schema.tables WHERE table_catalog = current_database() AND "
        f"(table_schema = 'clean' OR (table_schema = 'main' AND table_name IN {(*ASKED, *TAKEN, *KEPT)})) ORDER BY ALL"
    ).fetchall()
    columns = {f"{schema}.{table}": _columns(con, f"{schema}.{name(table)}") for schema, table in tables}
    with disk.writing(target, {**words, "columns": columns}) as (new, parts):
        for schema, table in tables:
            part = f"{schema}.{table}.parquet"
            disk.put(con, f"SELECT * FROM {schema}.{name(table)}", new / part)
            parts[f"{schema}.{table}"] = [part]


def _columns(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in con.execute(f"DESCRIBE {table}").fetchall()]


def before(disk: Disk, folder: Place, inputs: str) -> Whole | None:
    """A folder that was made of these inputs already."""
    try:
        found = disk.opened(folder)
    except UserError:
        return None
    return found if found.words["inputs"] == inputs else None


def build(settings: Settings, clean: Place, to: Place, spark: Callable[[], Any], work: Path) -> Checked:
    """The clean tables in `clean`/clean → TO/book by Spark; where all is as it was, it stays.

    `work`: a folder of this machine for what is kept for a while. Raises UserError for a folder that is not whole, and what
    Spark raises.
    """
    source, disk = disk_of(clean, spark), disk_of(to, spark)
    given = source.opened(clean / CLEAN)
    inputs = in_force.one_hash(given.words["inputs"], in_force.of_figures(settings))
    as_of = dt.datetime.fromisoformat(given.words["as_of"])
    if before(disk, to / BOOK, inputs):
        return Checked(as_of, True)
    words: dict[str, Any] = {"inputs": inputs, "as_of": str(as_of), "settings": in_force.of_figures(settings)}
    with disk.writing(to / BOOK, words) as (new, parts), duckdb.connect() as shapes:
        with disk.passing(to / WORK / "tables") as tables:
            _make(connected(spark(), tables, shapes, given), rules_of(settings), as_of, settings, new, parts)
        words["columns"] = {table: _columns(shapes, name(table)) for table in parts}
        with tempfile.TemporaryDirectory(dir=work) as aside:
            taken = {one: "" for one in given.parts if one.partition(".")[2] in TAKEN}
            here = source.here(given, taken, Path(aside))
            for one in taken:
                disk.put(shapes, f"SELECT * FROM read_parquet({here.files(one)!r})", new / one)
                parts[one] = [one]
    return Checked(as_of)


def _make(
    con: Connection, declared: list[Rule], as_of: dt.datetime, settings: Settings, new: Any, parts: dict[str, Sequence[str]]
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


def connected(spark: Any, tables: Place, shapes: duckdb.DuckDBPyConnection, given: Whole) -> Connection:
    """A connection whose tables go to `tables`, and that reads the clean tables of `given`."""
    con = Connection(spark, tables, shapes)
    shapes.execute("CREATE SCHEMA IF NOT EXISTS clean")
    for one in given.parts:
        schema, _, table = one.partition(".")
        if schema == "clean" or table in ASKED:
            columns = ", ".join(f"{name(column)} {kind}" for column, kind in given.words["columns"][one])
            shapes.execute(f"CREATE TABLE {schema}.{name(table)} ({columns})")
            con.read(table, schema, given.files(one))
    return con
