"""The SQL of marts, obligations, figures and measures says nothing that the engines understand differently."""

from __future__ import annotations

from importlib.resources import files

import pytest
import sqlglot
from sqlglot import exp
from sqlglot.errors import ErrorLevel

from ruralkpi import measures
from ruralkpi.engines.meaning import doubts
from ruralkpi.kpi import figures_sql
from ruralkpi.marts import statements
from ruralkpi.obligations.compile import obligations_sql
from ruralkpi.obligations.declared import rules

AS_OF = "2026-11-01 00:00:00"
FIGURES = [(name, figures_sql(name)) for name in ("kpi_agent_month", "kpi_area_month")]
COMPOSITE = (files("ruralkpi") / "kpi" / "composite.sql").read_text(encoding="utf-8")
FACTS = [(name, sql.replace("{as_of}", f"TIMESTAMP '{AS_OF}'")) for name, sql in measures.statements()]
FOLDED = [(f"folded by {group}", measures.folded_sql(group)) for group in ("agent", "area")]
SOURCES = [
    *statements(),
    *FIGURES,
    ("composite", COMPOSITE.format(max_unused=0.4, min_evidence=0.8)),
    *FACTS,
    *FOLDED,
    ("repair_time", measures.repair_times_sql(AS_OF)),
    *((rule.id, obligations_sql(rule, AS_OF)) for rule in rules()),
]


@pytest.mark.parametrize(("name", "sql"), SOURCES, ids=[name for name, _ in SOURCES])
def test_it_means_the_same_on_both_engines(name: str, sql: str) -> None:
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert doubts(tree) == []
    spark = tree.sql("spark", unsupported_level=ErrorLevel.RAISE)
    assert not [call.name for call in sqlglot.parse_one(spark, read="spark").find_all(exp.Anonymous)]


@pytest.mark.parametrize(
    "said",
    [
        "arg_max(agent_id, from_on)", "min_by(entered_at, contacted_at)", "first(a)", "any_value(a)", "mode(a ORDER BY a)",
        "string_agg(a, ',')", "string_agg(a, ',' ORDER BY a)", "list(a)", "now()", "today()", "random()",
        "avg(rate)", "a // 2", "dayofweek(a)", "week(a)", "nonsense(a)",
        "date_diff('second', a_at, b_at)", "date_diff('hour', a_at, b_at)", "date_diff('day', a_at, b_at)",
        "date_diff('month', a_on, b_on)", "date_diff('day', CAST(a_at AS TIMESTAMP), b_on)",
        "regexp_replace(a, 'x', 'y')", "CAST(a / 2 AS BIGINT)", "CAST(a * 1.5 AS INTEGER)", "a / 86400.0", "1.0 * a / b",
        "CAST(a AS DECIMAL(18, 4))", "CAST(a * 100 AS DECIMAL(18, 4))",
    ],
)  # fmt: skip
def test_what_they_understand_differently_is_found(said: str) -> None:
    tree = sqlglot.parse_one(
        f"WITH inner_ AS (SELECT {said} AS x FROM t) SELECT * FROM inner_ WHERE x IS NOT NULL", read="duckdb"
    )
    assert len(doubts(tree)) == 1, said


@pytest.mark.parametrize(
    "said",
    [
        "max(CASE WHEN lastness = 1 THEN agent_id END)", "date_diff('day', a_on, CAST(b_at AS DATE))", "date_diff('day', a_on + 1, b_on)",
        "date_diff('second', date_trunc('second', a_at), date_trunc('minute', b_at))", "regexp_replace(a, 'x', 'y', 'g')",
        "CAST(floor(a / 2) AS BIGINT)", "CAST(sum(a) AS BIGINT)", "a / 86400", "a / 30.4375e0", "CAST(sum(a) AS DOUBLE) / count(*)",
        "CAST(floor(a * 1e4 + 0.5e0) / 1e4 AS DECIMAL(18, 4))", "CASE WHEN a > 0 THEN 1.0 ELSE 0.0 END",
    ],
)  # fmt: skip
def test_the_plain_way_is_let_through(said: str) -> None:
    assert doubts(sqlglot.parse_one(f"SELECT {said} AS x FROM t", read="duckdb")) == []
