"""What marts, obligations and figures need of a connection, on Spark: statements in DuckDB's words, tables as Parquet.

Each table is written as soon as it is made and read again from there, so that no plan is longer than one statement. An empty
DuckDB beside it makes the same tables of no rows: their names and types are what Spark's are cast to, or refused for.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
from sqlglot import exp

from ruralkpi.engines.folder import Place
from ruralkpi.engines.spark.dialect import columns_of, is_kept, parsed, said, spark_sql, view_name
from ruralkpi.sql import name


class Connection:
    """Stands in for a DuckDB connection in ruralkpi.marts, .obligations, .kpi and .measures.

    `folder`: where tables are made, on a disk of this machine or on one that only Spark reaches; `tables`: of what was made, the
    folders that hold its rows. Raises what Spark raises, and RuntimeError where a statement says
    what the engines understand differently or where a column comes out in a type that can't be the one it has on DuckDB.
    """

    def __init__(self, session: Any, folder: Place, shapes: duckdb.DuckDBPyConnection) -> None:
        self.session, self.folder, self.shapes = session, folder, shapes
        self.tables: dict[str, list[str]] = {}
        self._made_n = 0
        self._found: Any = None

    def execute(self, sql: str, values: Sequence[Any] = ()) -> Connection:
        """Run one statement; what a query finds is there for fetchall and df."""
        tree = parsed(sql, values)
        if isinstance(tree, exp.Create):
            self._create(tree)
        elif isinstance(tree, exp.Insert):
            self._insert(tree)
        elif isinstance(tree, exp.Update):
            self._update(tree)
        elif isinstance(tree, exp.Drop):
            self._drop(str(next(tree.find_all(exp.Table)).name))
            self.shapes.execute(sql)
        else:
            self._found = self.session.sql(said(tree))
        return self

    def fetchall(self) -> list[tuple[Any, ...]]:
        """The rows of the last query."""
        return [tuple(row) for row in self._found.collect()]

    def df(self) -> pd.DataFrame:
        """The rows of the last query as a frame."""
        return pd.DataFrame(self.fetchall(), columns=self._found.columns)

    def register(self, called: str, frame: pd.DataFrame) -> None:
        """A frame as a table that queries can name."""
        self.shapes.register(called, frame)
        self._show(called, self.shapes.execute(f"SELECT * FROM {name(called)}").fetchall())

    def unregister(self, called: str) -> None:
        """Forget a frame."""
        self.shapes.unregister(called)
        self._drop(called)

    def read(self, table: str, schema: str, files: Sequence[str]) -> None:
        """A table that is there already, as Parquet; `shapes` knows its columns."""
        self._of_files(view_name(table, schema), f"{schema}.{name(table)}", files)

    def settle(self, table: str, folder: Place, query: str = "", order: str = "") -> bool:
        """Put a table where it stays; false where it has no rows. With `query`, its rows with in_month and in_county, which
        become folders, in each of which they lie in `order`."""
        if not self.tables[table]:
            return False
        if not query:
            self._move(table, folder)
            return True
        made, keys = said(parsed(query)), ("in_month", "in_county")
        rows = self.session.sql(f"{made} DISTRIBUTE BY {', '.join(keys)} SORT BY {', '.join(keys)}, {order}")
        rows.write.partitionBy(*keys).parquet(_uri(folder))
        return True

    def _move(self, table: str, folder: Place) -> None:
        made = self.folder / table
        if isinstance(made, Path) and isinstance(folder, Path):
            made.rename(folder)
        else:  # nothing can be renamed through Spark: the rows are written again
            self.session.read.parquet(*self.tables[table]).write.parquet(_uri(folder))

    def _create(self, tree: exp.Create) -> None:
        table = str(tree.find(exp.Table).name)  # type: ignore[union-attr]
        query = tree.expression
        self.shapes.execute(tree.sql("duckdb"))
        self.tables[table] = []
        if query:
            self._write(table, query)
        else:
            self._show(table, [])

    def _insert(self, tree: exp.Insert) -> None:
        table = str(tree.find(exp.Table).name)  # type: ignore[union-attr]
        if isinstance(tree.expression, exp.Values):
            self._give(table, lambda into: self.shapes.execute(f"INSERT INTO {into} {tree.expression.sql('duckdb')}"))
        else:
            self._write(table, tree.expression)

    def _write(self, table: str, query: exp.Expr) -> None:
        """Add the rows of a query to a table, in the types that it has on DuckDB."""
        columns, made = columns_of(self.shapes, name(table)), self.session.sql(spark_sql(query))
        for (column, wanted), field in zip(columns, made.schema.fields, strict=True):
            if not is_kept(field.dataType.simpleString(), wanted):
                raise RuntimeError(f"{table}.{column} is {wanted} on DuckDB and {field.dataType.simpleString()} on Spark")
        cast = [f"CAST(c{n} AS {wanted}) AS `{column}`" for n, (column, wanted) in enumerate(columns)]
        self._keep(table, made.toDF(*(f"c{n}" for n in range(len(columns)))).selectExpr(*cast))

    def _update(self, tree: exp.Update) -> None:
        """UPDATE … FROM (…) AS given WHERE …: no row of a file can be changed, so that the table is written anew.

        Raises RuntimeError where a row finds several: which one it would take is nowhere said."""
        table, given = str(tree.this.name), tree.args["from_"].this
        values = {one.this.name: one.expression for one in tree.expressions}
        rows = exp.select("*", "true AS is_given").from_(given).subquery(given.alias)
        cells = [
            exp.case().when("is_given", values[column]).else_(exp.column(column, table)).as_(column)
            if column in values
            else exp.column(column, table)
            for column, _ in columns_of(self.shapes, name(table))
        ]
        before = self.tables.pop(table)
        self._write(table, exp.select(*cells).from_(table).join(rows, on=tree.args["where"].this, join_type="left"))
        counted = [self.session.read.parquet(*map(_uri, paths)).count() for paths in (before, self.tables[table])]
        if counted[0] != counted[1]:
            raise RuntimeError(f"{table}: {counted[0]} rows, and {counted[1]} after an update of each")
        for one in before:  # elsewhere they go with the folder
            if one.startswith("file://"):
                shutil.rmtree(one.removeprefix("file://"))

    def _give(self, table: str, fill: Any) -> None:
        """Add rows that are written out in a statement: DuckDB reads them, Spark gets them as they are."""
        self.shapes.execute(f"CREATE OR REPLACE TEMP TABLE given AS SELECT * FROM {name(table)} LIMIT 0")
        fill("given")
        rows = self.shapes.execute("SELECT * FROM given").fetchall()
        self.shapes.execute("DROP TABLE given")
        if rows:
            self._keep(table, self.session.createDataFrame(rows, self._schema(table)))

    def _keep(self, table: str, rows: Any) -> None:
        self._made_n += 1
        path = _uri(self.folder / table / f"{self._made_n:04d}")
        rows.write.parquet(path)
        self.tables.setdefault(table, []).append(path)
        self._of_files(table, name(table), self.tables[table])

    def _of_files(self, view: str, shape: str, files: Sequence[str]) -> None:
        schema = ", ".join(f"`{column}` {kind}" for column, kind in columns_of(self.shapes, shape))
        self.session.read.schema(schema).parquet(*map(_uri, files)).createOrReplaceTempView(view)

    def _show(self, table: str, rows: list[tuple[Any, ...]]) -> None:
        self.session.createDataFrame(rows, self._schema(table)).createOrReplaceTempView(table)

    def _schema(self, table: str) -> str:
        return ", ".join(f"`{column}` {kind}" for column, kind in columns_of(self.shapes, name(table)))

    def _drop(self, table: str) -> None:
        self.tables.pop(table, None)
        self.session.sql(f"DROP VIEW IF EXISTS {table}")


def _uri(path: Place | str) -> str:
    """A path as Spark takes it: on this disk, whatever its own default is."""
    text = str(path)
    return text if "://" in text else f"file://{Path(text).absolute()}"
