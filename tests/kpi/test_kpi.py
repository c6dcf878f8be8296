"""From obligations to figures: every outcome is counted once where it belongs, and the composite weighs what it may (section 6)."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from ruralkpi.checks.cutoff import parse_as_of
from ruralkpi.kpi import build_composite, build_figures
from ruralkpi.obligations import COLUMNS
from ruralkpi.obligations.cases import AS_OF, world

# outcome, reason, what it would be if nothing were exempt: how many of agent a1
OWED = [
    ("met", None, "met", 1), ("missed_late", None, "missed_late", 2), ("missed_open", None, "missed_open", 3), ("pending", None, "pending", 4),
    ("unknown", "days_only", "unknown", 5), ("exempt", "E01", "met", 2), ("exempt", "E01", "missed_open", 3), ("exempt", "E01", "pending", 1),
    ("void", "partial_slot", "void", 8), ("void", "withdrawn", "void", 1),
]  # fmt: skip
COUNTS = "met_n, owed_n, pending_n, unknown_n, exempt_n, late_n, open_n, partial_n, unexempted_met_n, unexempted_owed_n"
NOTHING = (0,) * 10


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with world([], parse_as_of(AS_OF), "", []) as con:
        con.execute(COLUMNS)
        con.execute("DELETE FROM month")
        con.execute("INSERT INTO month VALUES ('2026-10', DATE '2026-10-01', DATE '2026-10-31')")
        con.execute("CREATE TABLE rule (rule_id VARCHAR, owner_role VARCHAR, dimension VARCHAR, use VARCHAR)")
        con.execute("INSERT INTO rule VALUES ('r1', 'agent', 'visit', 'S'), ('r2', 'manager', 'visit', 'S')")
        yield con


def agent(con: duckdb.DuckDBPyConnection, agent_id: str, hired: str | None = None, left: str | None = None) -> None:
    con.execute(
        "INSERT INTO agent (agent_id, area_id, county_id, is_listed, hired_on, left_on) VALUES (?, 'p1', 'c1', true, ?, ?)",
        [agent_id, hired, left],
    )


def owe(
    con: duckdb.DuckDBPyConnection, rule: str, agent_id: str | None, outcome: str, reason: str | None = None, bare: str = ""
) -> None:
    con.execute(
        "INSERT INTO obligation (rule_id, agent_id, area_id, month, outcome, reason, outcome_unexempted) VALUES (?, ?, 'p1', '2026-10', ?, ?, ?)",
        [rule, agent_id, outcome, reason, bare or outcome],
    )


def test_every_outcome_is_counted_once_where_it_belongs(con: duckdb.DuckDBPyConnection) -> None:
    for agent_id, hired, left in (
        ("a1", None, None), ("a2", "2026-10-31", None), ("a3", None, "2026-10-01"), ("a4", "2026-11-01", None), ("a5", None, "2026-09-30"),
    ):  # fmt: skip
        agent(con, agent_id, hired, left)
    con.execute("INSERT INTO area (area_id, county_id) VALUES ('p1', 'c1'), ('p2', 'c2')")
    for outcome, reason, bare, n in OWED:
        for _ in range(n):
            owe(con, "r1", "a1", outcome, reason, bare)
    owe(con, "r1", None, "missed_open")
    owe(con, "r1", "stranger", "met")
    build_figures(con)
    whole = (1, 6, 4, 5, 6, 2, 3, 8, 3, 11)
    found = con.execute(f"SELECT rule_id, agent_id, month, ({COUNTS}) FROM kpi_agent_month ORDER BY ALL").fetchall()
    assert found == [
        ("r1", "a1", "2026-10", whole),
        ("r1", "a2", "2026-10", NOTHING),
        ("r1", "a3", "2026-10", NOTHING),
        ("r1", "stranger", "2026-10", (1, 1, 0, 0, 0, 0, 0, 0, 1, 1)),
    ]
    found = con.execute(
        f"SELECT rule_id, area_id, county_id, ({COUNTS}) FROM kpi_area_month WHERE rule_id = 'r1' ORDER BY ALL"
    ).fetchall()
    assert found == [("r1", "p1", "c1", (2, 8, 4, 5, 6, 2, 4, 8, 4, 13)), ("r1", "p2", "c2", NOTHING)]
    assert con.execute("SELECT rate FROM kpi_agent_month WHERE agent_id = 'a1'").fetchall() == [(1 / 6,)]


def test_the_composite_is_the_mean_of_the_dimensions_that_are_scored(con: duckdb.DuckDBPyConnection) -> None:
    """Two rules of one dimension share its weight; what is not scored, or the manager's, has none, nor has thin evidence."""
    con.execute(
        "INSERT INTO rule VALUES ('r3', 'agent', 'visit', 'S'), ('r4', 'agent', 'call', 'S'), ('r5', 'agent', 'care', 'S')"
    )
    con.execute("INSERT INTO rule VALUES ('r6', 'agent', 'check', 'I'), ('r7', 'manager', 'list', 'S')")
    agent(con, "a1")
    for rule, outcomes in (
        ("r1", ["met", "missed_open"]), ("r3", ["met"]), ("r4", ["missed_open"]), ("r5", ["met", "unknown", "unknown"]), ("r6", ["met"]), ("r7", ["met"]),
    ):  # fmt: skip
        for outcome in outcomes:
            owe(con, rule, "a1", outcome)
    build_figures(con)
    for least, composite, unused in ((0.5, 0.375, 1 / 3), (0.3, 1.75 / 3, 0.0)):
        build_composite(con, 0.4, least)
        found = con.execute("SELECT composite, unused_share FROM kpi_composite").fetchall()
        assert found == [(pytest.approx(composite), pytest.approx(unused))]
        con.execute("DROP TABLE kpi_composite")
    build_composite(con, 0.3, 0.5)
    assert con.execute("SELECT composite FROM kpi_composite").fetchall() == [(None,)]
