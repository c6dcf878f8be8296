"""What tests need to run on Spark: why it can't be, a session for small tables, and the rules' cases in worlds for both engines."""

from __future__ import annotations

import atexit
import datetime as dt
import os
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import sqlglot
from sqlglot import exp

from ruralkpi.checks.cutoff import parse_as_of
from ruralkpi.engines.spark.connection import Connection
from ruralkpi.engines.spark.java import find_java
from ruralkpi.engines.spark.session import CONNECT, session
from ruralkpi.errors import UserError
from ruralkpi.marts import build_marts
from ruralkpi.obligations import COLUMNS, build_obligations
from ruralkpi.obligations.cases import Cases, apart, clean_world, faults_of
from ruralkpi.obligations.declared import rules, rules_of
from ruralkpi.obligations.rule import Rule
from ruralkpi.settings import load
from ruralkpi.sql import literal, name

# what says how and when the stages ran, and nothing of what the book holds
ASIDE = {"made_of"}
WHOLE = os.environ.get("RURALKPI_SPARK_TESTS") == "whole"  # as make test-spark asks
# for tables of some rows: what makes plans fast costs more than it saves
SMALL = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.constraintPropagation.enabled": "false",
    "spark.sql.subexpressionElimination.enabled": "false",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}


def missing() -> str:
    """Why nothing can be run on Spark here; empty where it can."""
    if find_spec("pyspark") is None:
        return "pyspark is not installed (make spark)"
    try:
        find_java()
    except UserError as fault:
        return str(fault)
    return ""


def missing_connect() -> str:
    """Why nothing can be run on Spark Connect here; empty where it can."""
    if not (found := find_spec("pyspark")):
        return "pyspark is not installed (make spark)"
    if gone := [one for one in CONNECT if find_spec(one) is None]:
        return f"not installed (make spark): {', '.join(gone)}"
    jars = Path(str(found.origin)).parent / "jars"
    return "" if list(jars.glob("spark-connect_*.jar")) else f"no spark-connect in {jars}"


@contextmanager
def small_session(folder: Path) -> Iterator[Any]:
    """A session on one core that is quick with small tables."""
    with session("local[1]", folder, 1 << 30, SMALL) as made:
        yield made


class Lazy(Connection):
    """A connection that makes a table when a statement first names it: a rule's cases need few of the marts."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self._waiting: dict[str, exp.Create] = {}
        self._frames: set[str] = set()

    def register(self, called: str, frame: pd.DataFrame) -> None:
        self._frames.add(called)  # which are gone later: what is made of them is made at once
        super().register(called, frame)

    def _create(self, tree: exp.Create) -> None:
        table = str(tree.find(exp.Table).name)
        if tree.expression and self._frames.isdisjoint(one.name for one in tree.expression.find_all(exp.Table)):
            self._waiting[table] = tree
        else:
            super()._create(tree)

    def execute(self, sql: str, values: Any = ()) -> Connection:
        self._need(_named(sql))
        return super().execute(sql, values)

    def _need(self, tables: list[str]) -> None:
        for table in tables:
            if tree := self._waiting.pop(table, None):
                self._need([one.name for one in tree.expression.find_all(exp.Table)])
                super()._create(tree)


def _named(sql: str) -> list[str]:
    tree = sqlglot.parse_one(sql, read="duckdb")
    return [] if isinstance(tree, exp.Create) and tree.expression else [one.name for one in tree.find_all(exp.Table)]


Key = tuple[str, str, str, str]


def worlds() -> dict[Key, list[tuple[Rule, int, Mapping[str, Any]]]]:
    """Every case of every rule, by what keeps it from sharing a world with others, the largest first; numbered through."""
    found: dict[Key, list[tuple[Rule, int, Mapping[str, Any]]]] = defaultdict(list)
    every = ((rule, case) for rule in rules() for case in rule.words.get("case", []))
    for number, (rule, case) in enumerate(every):
        found[apart(case)].append((rule, number, case))
    return dict(sorted(found.items(), key=lambda pair: (-len(pair[1]), pair[0])))


def failures(spark: Any, folder: Path, key: Key, cases: list[tuple[Rule, int, Mapping[str, Any]]]) -> list[str]:
    """One line for each case of a world that does not come on Spark as it expects."""
    as_of, absent, undelivered, _ = key
    lines: list[str] = []
    given: Cases = [(number, case) for _, number, case in cases]
    with clean_world(given, parse_as_of(as_of), absent, undelivered.split()) as con, duckdb.connect() as shapes:
        far = Lazy(spark, folder / "tables", shapes)
        poured(con, far, folder / "clean")
        build_marts(far, parse_as_of(as_of), None, is_sorted=False)
        con.execute(COLUMNS)
        for own, wanted in _by_settings(cases):
            far.execute("DROP TABLE IF EXISTS obligation")
            build_obligations(
                far, list({rule.id: with_own(rule, own) for rule, _, _ in wanted}.values()), parse_as_of(as_of), "due", None
            )
            con.execute("DELETE FROM obligation")
            rows = far.execute("SELECT * FROM obligation").fetchall()
            if rows:
                con.executemany(f"INSERT INTO obligation VALUES ({', '.join('?' * len(rows[0]))})", rows)
            for rule, number, case in wanted:
                lines += [f"{rule.id}: {case['name']['en']}: {fault}" for fault in faults_of(con, rule.id, number, case)]
    return lines


def with_own(rule: Rule, own: Mapping[str, Any]) -> Rule:
    return replace(rule, settings={**rule.settings, **own})


def _by_settings(cases: list[tuple[Rule, int, Mapping[str, Any]]]) -> Iterator[tuple[Mapping[str, Any], list[Any]]]:
    plain = [one for one in cases if "settings" not in one[2]]
    if plain:
        yield {}, plain
    for one in cases:
        if "settings" in one[2]:
            yield one[2]["settings"], [one]


def poured(con: duckdb.DuckDBPyConnection, far: Connection, folder: Path, database: str = "memory") -> None:
    """What marts are made of, from a database of DuckDB to Spark."""
    folder.mkdir(parents=True)
    far.shapes.execute("CREATE SCHEMA clean")
    tables = con.execute(
        "SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = "
        + literal(database)
        + " AND (schema_name = 'clean' "
        "OR table_name IN ('source_file', 'freshness', 'silent_month')) ORDER BY ALL"
    ).fetchall()
    for schema, table in tables:
        path = folder / f"{table}.parquet"
        con.execute(f"COPY (SELECT * FROM {database}.{schema}.{name(table)}) TO {literal(str(path))} (FORMAT parquet)")
        into = "clean" if schema == "clean" else "main"
        far.shapes.execute(f"CREATE TABLE {into}.{name(table)} AS SELECT * FROM read_parquet({literal(str(path))}) LIMIT 0")
        far.read(table, into, [str(path)])


@cache
def _kept_session() -> Any:
    """One session for all books that are compared; it ends with the process."""
    made = small_session(Path(tempfile.mkdtemp()))
    found = made.__enter__()
    atexit.register(made.__exit__, None, None, None)
    return found


def same_obligations(config: Path) -> None:
    """The rules that have anything in an office's book, which DuckDB has made: Spark makes the same obligations of the same clean
    rows."""
    office = load(config)
    with (
        duckdb.connect(str(office.db), read_only=True) as con,
        duckdb.connect() as shapes,
        tempfile.TemporaryDirectory() as folder,
    ):
        as_of = dt.datetime.fromisoformat(con.execute("SELECT value FROM meta WHERE key = 'as_of'").fetchall()[0][0])
        ids = {one for (one,) in con.execute("SELECT DISTINCT rule_id FROM obligation").fetchall()}
        far = Lazy(_kept_session(), Path(folder) / "tables", shapes)
        con.execute(f"ATTACH {literal(str(office.staging))} AS staging (READ_ONLY)")
        poured(con, far, Path(folder) / "clean", "staging")
        build_marts(far, as_of, office.calendar, is_sorted=False)
        mine = [rule for rule in rules_of(office) if rule.id in ids]
        build_obligations(far, mine, as_of, office.month_by, office.calendar)
        con.execute("CREATE TEMP TABLE far AS SELECT * FROM obligation LIMIT 0")
        if rows := far.execute("SELECT * FROM obligation").fetchall():
            con.executemany(f"INSERT INTO far VALUES ({', '.join('?' * len(rows[0]))})", rows)
        for one, other in (("far", "obligation"), ("obligation", "far")):
            assert con.execute(f"SELECT * FROM {one} EXCEPT ALL SELECT * FROM {other} ORDER BY ALL").fetchall() == [], one


def same_tables(folder: Path, other: str, aside: str = "") -> int:
    """Compare every table of an office's book with that of another beside it, row by row, types included; how many they are.
    `aside`: a column that is not compared."""
    near, far = (duckdb.connect(str(folder / "marts" / f"{one}.duckdb"), read_only=True) for one in ("book", other))
    with near, far:
        kinds = (
            "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index"
        )
        assert far.execute(kinds).fetchall() == near.execute(kinds).fetchall()
        tables = [one for (one,) in near.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        assert {"obligation", "measure", "agreement", "told"} <= set(tables)
        for table in sorted(set(tables) - ASIDE):
            rows = f"""SELECT COLUMNS(lambda one: one <> '{aside}') FROM "{table}" ORDER BY ALL"""
            assert far.execute(rows).fetchall() == near.execute(rows).fetchall(), table
        return len(tables)
