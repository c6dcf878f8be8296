"""Several provinces' clean rows put together, as one intake of all their exports would have left them."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.checks.heard.early import tell_early
from ruralkpi.checks.heard.freshness import measure_freshness
from ruralkpi.checks.told import tell_rows
from ruralkpi.engines.folder import Place, Whole
from ruralkpi.engines.spark.far import disk_of
from ruralkpi.errors import UserError
from ruralkpi.exports.declared import built_in
from ruralkpi.intake.words import tell_unknown
from ruralkpi.settings import Settings
from ruralkpi.sql import first_row, literals, name
from ruralkpi.stages import in_force
from ruralkpi.stages.check import Checked
from ruralkpi.stages.cluster import CLEAN, before, keep
from ruralkpi.texts import say

_SHOWN = 3
_SUMMED = {  # tables that count over all rows: what is added up
    "word": ("n",),
    "check_list": ("bad_n",),
    "row_month": ("n",),
    "taken_off": ("n",),
    "validation": ("element_n", "unexpected_n"),
}
_ONCE = ("known_name", "setting_in_force")  # the same line of two is one
_OF_ONE = ("id_conflict", "id_reused", "personal_id")  # what a check tells of ids, which no two stores share
_JUDGED = ("freshness", "silent_month")  # of all together: one stops early beside the others
_NUMBERS = ("file_no", "by_file_no")
_PLACES = ("area_id", "county_id")


def put_together(settings: Settings, stores: Sequence[Place], to: Place, spark: Callable[[], Any], work: Path) -> Checked:
    """STORE/clean of each → TO/clean; as before where they are.

    Raises UserError for a folder that is not whole, for TO among the stores, for stores that were checked at another cut-off,
    under other settings or by another version, for ids, areas and counties that stand in several, and for mappings of one name
    that say different things.
    """
    if _really(to) in map(_really, stores):
        raise UserError(say("error.stores_into", folder=to))
    wholes = [disk_of(one, spark).opened(one / CLEAN) for one in stores]
    _refuse_different(wholes, settings)
    as_of = dt.datetime.fromisoformat(wholes[0].words["as_of"])
    asked = in_force.of_checks(settings, as_of)
    inputs = in_force.one_hash("\n".join(whole.words["inputs"] for whole in wholes), asked)
    if before(disk_of(to, spark), to / CLEAN, inputs):
        return Checked(as_of, True)
    with tempfile.TemporaryDirectory(dir=work) as aside, duckdb.connect(f"{aside}/all.duckdb") as con:
        if settings.memory_bytes:
            con.execute(f"SET memory_limit = '{settings.memory_bytes >> 20}MiB'")
        here = [
            disk_of(store, spark).here(whole, dict.fromkeys(whole.parts, ""), Path(aside) / str(n))
            for n, (store, whole) in enumerate(zip(stores, wholes, strict=True))
        ]
        rows = _rows(con, here)
        _refuse_shared(con, rows)
        _lay(con, rows)
        _refuse_two_of_a_name(con)
        _judge(con, settings, as_of)
        words = {"inputs": inputs, "as_of": str(as_of), "checked": wholes[0].words["checked"]}
        keep(con, disk_of(to, spark), to / CLEAN, words)
    return Checked(as_of)


def _really(folder: Place) -> Place:
    return folder.resolve() if isinstance(folder, Path) else folder


def _refuse_different(wholes: Sequence[Whole], settings: Settings) -> None:
    """All were checked alike, and as it would be here, where it is judged how far they speak together."""
    first = wholes[0]
    said = first.words["checked"]
    ours = {"cut_off.within_days": str(settings.within_days), "calendar": in_force.calendar_of(settings)}
    others = [(str(one.folder), one.words["checked"]) for one in wholes[1:]]
    for folder, own in [*others, ("ruralkpi.toml", {**said, **ours, "program": in_force.program()})]:
        if differing := [one for one in sorted({*said, *own}) if said.get(one) != own.get(one)]:
            raise UserError(say("error.stores_differ", folder=folder, first=first.folder, names="、".join(differing)))


def _rows(con: duckdb.DuckDBPyConnection, here: Sequence[Whole]) -> list[dict[str, str]]:
    """Of each store a SELECT a table; numbers of files go on from one store to the next."""
    found, shift = [], 0
    for whole in here:
        found.append({one: _moved(whole, one, columns, shift) for one, columns in whole.words["columns"].items()})
        files = whole.files("main.source_file")
        shift = first_row(con, f"SELECT coalesce(max(file_no), 0) + {shift} FROM read_parquet({files!r})")[0]
    return found


def _moved(whole: Whole, one: str, columns: Sequence[Sequence[str]], shift: int) -> str:
    numbers = [f"CAST({column} + {shift} AS INTEGER) AS {column}" for column, _ in columns if column in _NUMBERS]
    replaced = f" REPLACE ({', '.join(numbers)})" if numbers else ""
    return f"SELECT *{replaced} FROM read_parquet({whole.files(one)!r})"


def _of_one_store(rows: Sequence[dict[str, str]]) -> Iterator[tuple[str, Sequence[str], list[str]]]:
    """What may stand in one store only: a table, columns, and of each store the rows that have them."""
    exports = built_in()
    for column in _PLACES:
        yield "agents", (column,), _each(rows, "clean.agents")
    for table, export in exports.items():
        if table != "customers":
            yield table, export.key, _each(rows, f"clean.{table}")
    named = [f"clean.{table}" for table, export in exports.items() if "customer_id" in export.columns]
    held = [[f"SELECT customer_id FROM ({own[table]})" for table in named if table in own] for own in rows]
    yield "customers", ("customer_id",), [" UNION ALL ".join(one) for one in held if one]


def _each(rows: Sequence[dict[str, str]], table: str) -> list[str]:
    return [own[table] for own in rows if table in own]


def _refuse_shared(con: duckdb.DuckDBPyConnection, rows: Sequence[dict[str, str]]) -> None:
    for table, columns, stores in _of_one_store(rows):
        listed, all_known = ", ".join(map(name, columns)), " AND ".join(f"{name(one)} IS NOT NULL" for one in columns)
        each = [f"SELECT DISTINCT {listed}, {n} AS store FROM ({one}) WHERE {all_known}" for n, one in enumerate(stores)]
        if not each:
            continue
        shared = f"SELECT {listed} FROM ({' UNION ALL '.join(each)}) GROUP BY ALL HAVING count(*) > 1"
        found = con.execute(f"SELECT *, count(*) OVER () FROM ({shared}) ORDER BY ALL LIMIT {_SHOWN}").fetchall()
        if found:
            shown = "、".join("/".join(map(str, row[:-1])) for row in found)
            raise UserError(say("error.stores_share", table=table, column=columns[0], shown=shown, n=found[0][-1]))


def _lay(con: duckdb.DuckDBPyConnection, rows: Sequence[dict[str, str]]) -> None:
    """The tables of all, as a check leaves them."""
    con.execute("CREATE SCHEMA clean")
    for one in sorted({table for own in rows for table in own}):
        schema, _, table = one.partition(".")
        all_rows = " UNION ALL BY NAME ".join(_each(rows, one))
        if schema == "clean":
            con.execute(f"CREATE VIEW clean.{name(table)} AS {all_rows}")
        elif table in _ONCE:
            con.execute(f"CREATE TABLE {table} AS SELECT DISTINCT * FROM ({all_rows})")
        elif table in _SUMMED:
            added = ", ".join(f"CAST(sum({n}) AS BIGINT) AS {n}" for n in _SUMMED[table])
            con.execute(
                f"CREATE TABLE {table} AS SELECT * EXCLUDE ({', '.join(_SUMMED[table])}), {added} FROM ({all_rows}) GROUP BY ALL"
            )
        elif table not in _JUDGED:
            con.execute(f"CREATE TABLE {name(table)} AS {all_rows}")


def _refuse_two_of_a_name(con: duckdb.DuckDBPyConnection) -> None:
    """A mapping is called by its name in what is told of its rows."""
    found = con.execute("SELECT name FROM setting_in_force GROUP BY name HAVING count(*) > 1 ORDER BY 1").fetchall()
    if found:
        raise UserError(say("error.stores_mapping", names="、".join(name_ for (name_,) in found[:_SHOWN]), n=len(found)))


def _judge(con: duckdb.DuckDBPyConnection, settings: Settings, as_of: dt.datetime) -> None:
    """How far the exports speak, which hangs on all of them, and what is told of all."""
    measure_freshness(con, settings.within_days, settings.calendar)
    is_default = first_row(con, "SELECT count(*) > 0 FROM told WHERE code = 'cut_off'")[0]
    con.execute(f"DELETE FROM told WHERE stage = 'check' AND code NOT IN {literals(_OF_ONE)}")
    tell_unknown(con)
    tell_rows(con)
    tell_early(con, as_of, is_default)
