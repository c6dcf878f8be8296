"""An SQLAlchemy dialect over a DuckDB connection that is already open: as much as Great Expectations asks of one.

Great Expectations knows no DuckDB and switches its features by the dialect's name, so this one calls itself
postgresql. It closes connections before it fetches, so each cursor reads its rows at once and keeps them.
It leans on internals of Great Expectations: the version is pinned and tests/test_quality_gx.py holds the probes.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.base import PGCompiler, PGDialect
from sqlalchemy.engine import default

SCHEME = "ruralkpi"
_OPEN: dict[str, duckdb.DuckDBPyConnection] = {}


def offer(token: str, con: duckdb.DuckDBPyConnection) -> str:
    """Make an open connection reachable by the connection string that is returned."""
    _OPEN[token] = con
    registry.register(SCHEME, __name__, "OpenDialect")
    return f"{SCHEME}://{token}"


def withdraw(token: str) -> None:
    """Forget a connection that was offered; it stays open."""
    _OPEN.pop(token, None)


class _Cursor:
    """A DB-API cursor that holds all rows of its last statement."""

    arraysize = 1

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con, self.rowcount = con, -1
        self.rows: Iterator[tuple[Any, ...]] = iter(())
        self.description: Any = None

    def execute(self, sql: str, values: Any = ()) -> None:
        done = self.con.execute(sql, list(values))
        self.description = done.description
        rows = done.fetchall() if done.description else []
        self.rows, self.rowcount = iter(rows), len(rows)

    def fetchone(self) -> Any:
        return next(self.rows, None)

    def fetchall(self) -> list[Any]:
        return list(self.rows)

    def fetchmany(self, size: int | None = None) -> list[Any]:
        return [row for _, row in zip(range(size or 1), self.rows, strict=False)]

    def close(self) -> None:
        """Nothing to free: the rows stay for whoever fetches later."""


class _Connection:
    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def cursor(self) -> _Cursor:
        return _Cursor(self.con)

    def commit(self) -> None:
        """Transactions belong to the connection's owner."""

    rollback = close = commit


class _Compiler(PGCompiler):
    def visit_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"regexp_matches({self.process(binary.left, **kw)}, {self.process(binary.right, **kw)})"

    def visit_not_regexp_match_op_binary(self, binary: Any, operator: Any, **kw: Any) -> str:
        return f"NOT {self.visit_regexp_match_op_binary(binary, operator, **kw)}"

    def visit_custom_op_binary(self, element: Any, operator: Any, **kw: Any) -> str:
        """Postgres' ``~`` searches; DuckDB's matches the whole text."""
        if operator.opstring in ("~", "!~"):
            found = f"regexp_matches({self.process(element.left, **kw)}, {self.process(element.right, **kw)})"
            return found if operator.opstring == "~" else f"NOT {found}"
        return str(super().visit_custom_op_binary(element, operator, **kw))


class OpenDialect(PGDialect):
    """PostgreSQL's dialect with its questions to the server answered from DuckDB's catalogue."""

    driver = "open"
    supports_statement_cache = False
    statement_compiler = _Compiler
    execution_ctx_cls = default.DefaultExecutionContext  # type: ignore[assignment]
    default_paramstyle = "qmark"

    def __init__(self, **options: Any) -> None:
        super().__init__(**(options | {"paramstyle": "qmark"}))

    @classmethod
    def import_dbapi(cls) -> Any:
        return SimpleNamespace(paramstyle="qmark", Error=duckdb.Error, connect=None)

    def create_connect_args(self, url: sa.URL) -> Any:
        return [url.host], {}

    def connect(self, *arguments: Any, **options: Any) -> Any:
        return _Connection(_OPEN[arguments[0]])

    def initialize(self, connection: Any) -> None:
        self.server_version_info = (14, 0)
        self.default_schema_name = "main"

    def get_default_isolation_level(self, dbapi_conn: Any) -> Any:
        return "SERIALIZABLE"

    def has_table(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> bool:
        return bool(self._names(connection, table_name))

    def get_table_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return self._names(connection, None)

    def get_view_names(self, connection: Any, schema: str | None = None, **kw: Any) -> list[str]:
        return []

    def get_schema_names(self, connection: Any, **kw: Any) -> list[str]:
        return ["main"]

    def get_pk_constraint(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        return {"constrained_columns": [], "name": None}

    def get_columns(self, connection: Any, table_name: str, schema: str | None = None, **kw: Any) -> Any:
        rows = connection.connection.cursor()
        rows.execute(
            "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index", [table_name]
        )
        return [{"name": name, "type": _type(kind), "nullable": True, "default": None} for name, kind in rows.fetchall()]

    def _names(self, connection: Any, table: str | None) -> list[str]:
        cursor = connection.connection.cursor()
        cursor.execute(
            "SELECT table_name FROM duckdb_tables() UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal ORDER BY 1"
        )
        return [name for (name,) in cursor.fetchall() if table in (None, name)]


def _type(kind: str) -> Any:
    if kind.startswith("TIMESTAMP"):
        return sa.types.TIMESTAMP()
    known = {"DATE": sa.types.DATE, "BOOLEAN": sa.types.BOOLEAN, "DOUBLE": sa.types.FLOAT, "BIGINT": sa.types.BIGINT}
    return known.get(kind, sa.types.INTEGER if "INT" in kind else sa.types.TEXT)()
