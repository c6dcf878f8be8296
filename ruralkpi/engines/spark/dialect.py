"""DuckDB's words → Spark's, by sqlglot; what would mean something else there is refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import duckdb
import sqlglot
from sqlglot import exp
from sqlglot.dialects.spark import Spark
from sqlglot.errors import ErrorLevel
from sqlglot.generators.spark import SparkGenerator

from ruralkpi.engines.meaning import doubts

_TYPES = {
    "VARCHAR": "STRING", "TIMESTAMP": "TIMESTAMP_NTZ", "DATE": "DATE", "BOOLEAN": "BOOLEAN",
    "DOUBLE": "DOUBLE", "BIGINT": "BIGINT", "INTEGER": "INT", "SMALLINT": "SMALLINT",
}  # fmt: skip
# a cast between these loses nothing, or fails
_WIDER = {
    ("void", ""), ("int", "bigint"), ("bigint", "int"), ("smallint", "int"), ("date", "timestamp_ntz"),
    ("int", "double"), ("bigint", "double"),
}  # fmt: skip


class _Spark(Spark):
    """Spark, which knows a WITH within a query since its version 3: each stays where its names mean what they say."""

    class Generator(SparkGenerator):
        EXPRESSIONS_WITHOUT_NESTED_CTES: ClassVar[set[type[exp.Expr]]] = set()


def parsed(sql: str, values: Sequence[Any] = ()) -> exp.Expr:
    """One statement, its question marks filled in. Raises RuntimeError naming what the engines understand differently."""
    tree = sqlglot.parse_one(sql, read="duckdb")
    if found := doubts(tree):
        raise RuntimeError("; ".join(found))
    marks = list(tree.find_all(exp.Placeholder))
    for mark, value in zip(marks, values, strict=True):
        mark.replace(exp.convert(value))
    return tree


def spark_sql(query: exp.Expr) -> str:
    """A query in Spark's words; the rows of a folder have no order, so that the query's own at its end is left out."""
    query = query.copy()
    query.set("order", None)
    return said(query)


def said(query: exp.Expr) -> str:
    """A query in Spark's words, in its order."""
    query = query.copy()
    for named in query.find_all(exp.CTE):
        named.set("materialized", None)  # how it is computed is Spark's own affair
    for table in query.find_all(exp.Table):
        if table.db:
            table.replace(exp.to_table(view_name(table.name, table.db), alias=table.alias or None))
    return query.sql(_Spark, unsupported_level=ErrorLevel.RAISE)


def view_name(table: str, schema: str = "") -> str:
    """What a table is called among Spark's views, which have no schemas.

    >>> view_name("visits", "clean"), view_name("visit")
    ('clean__visits', 'visit')
    """
    return f"{schema}__{table}" if schema and schema != "main" else table


def type_of(duck: str) -> str:
    """DuckDB's name of a type → Spark's. Raises RuntimeError for one that Spark has not.

    >>> type_of("TIMESTAMP[]"), type_of("DECIMAL(18,4)")
    ('ARRAY<TIMESTAMP_NTZ>', 'DECIMAL(18,4)')
    """
    if duck.endswith("[]"):
        return f"ARRAY<{type_of(duck[:-2])}>"
    if duck.startswith("DECIMAL"):
        return duck
    if duck not in _TYPES:
        raise RuntimeError(f"Spark has no type {duck}")
    return _TYPES[duck]


def columns_of(con: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """The columns that a table of DuckDB has, with Spark's types."""
    return [(row[0], type_of(row[1])) for row in con.execute(f"DESCRIBE {table}").fetchall()]


def is_kept(found: str, wanted: str) -> bool:
    """Whether a value of Spark's type `found` is the same as one of `wanted`, or nothing but another number of digits.

    >>> is_kept("int", "BIGINT"), is_kept("decimal(28,4)", "DOUBLE"), is_kept("double", "BIGINT"), is_kept("string", "DATE")
    (True, True, False, False)
    """
    wanted = wanted.lower()
    return (
        found == wanted
        or (found, wanted) in _WIDER
        or (found, "") in _WIDER
        or (found.startswith("decimal") and wanted == "double")
        or (found.startswith("decimal") and wanted.startswith("decimal"))
    )
