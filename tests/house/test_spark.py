"""The SQL of marts, obligations and figures stays within what sqlglot turns from DuckDB into Spark SQL."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot.errors import ErrorLevel

from ruralkpi.kpi import figures_sql
from ruralkpi.marts import statements
from ruralkpi.obligations.compile import obligations_sql
from ruralkpi.obligations.rule import rules

FIGURES = [(name, figures_sql(name)) for name in ("kpi_agent_month", "kpi_area_month")]
SOURCES = [*statements(), *FIGURES, *((rule.id, obligations_sql(rule, "2026-11-01 00:00:00")) for rule in rules())]


@pytest.mark.parametrize(("name", "sql"), SOURCES, ids=[name for name, _ in SOURCES])
def test_it_is_spark_sql(name: str, sql: str) -> None:
    spark = sqlglot.transpile(sql, read="duckdb", write="spark", unsupported_level=ErrorLevel.RAISE)
    assert len(spark) == 1
    again = sqlglot.parse_one(spark[0], read="spark")
    assert not [call.name for call in again.find_all(sqlglot.exp.Anonymous)]
