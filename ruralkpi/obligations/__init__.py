"""marts + standard → obligation: one row per thing owed, with its outcome (STANDARD section 2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import duckdb

from ruralkpi import calendar
from ruralkpi.obligations.compile import obligations_sql
from ruralkpi.obligations.rule import Rule

COLUMNS = """
CREATE TABLE obligation (  -- grain: one thing owed, (rule_id, source_id)
    rule_id VARCHAR, owner_role VARCHAR, agent_id VARCHAR, area_id VARCHAR, customer_id VARCHAR, source_table VARCHAR,
    source_id VARCHAR, start_at TIMESTAMP, due_at TIMESTAMP, due_on DATE, month VARCHAR, done_at TIMESTAMP,
    outcome VARCHAR, reason VARCHAR, flags VARCHAR, file VARCHAR, row BIGINT, start_precision VARCHAR,
    done_precision VARCHAR, outcome_unexempted VARCHAR
)"""


def build_obligations(
    con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], as_of: dt.datetime, month_by: str, override: Path | None
) -> None:
    """Create `obligation`, sorted so that one agent's rows lie together.

    Raises UserError naming the year when a deadline falls into a year that no calendar covers.
    """
    con.execute(COLUMNS.replace("obligation (", "owed_unsorted (", 1).replace("CREATE TABLE", "CREATE TEMP TABLE"))
    for rule in rules:
        con.execute(f"INSERT INTO owed_unsorted\n{obligations_sql(rule, str(as_of), month_by)}")
    _refuse_uncovered(con, override)
    con.execute(COLUMNS)
    con.execute("INSERT INTO obligation SELECT * FROM owed_unsorted ORDER BY agent_id, rule_id, due_at, source_id, area_id")
    con.execute("DROP TABLE owed_unsorted")


def _refuse_uncovered(con: duckdb.DuckDBPyConnection, override: Path | None) -> None:
    years = con.execute("""
        SELECT DISTINCT year(start_at) + CASE WHEN day IS NULL THEN 0 ELSE 1 END
        FROM owed_unsorted LEFT JOIN calendar_day ON day = CAST(start_at AS DATE)
        WHERE due_on IS NULL AND start_at IS NOT NULL""").fetchall()
    if years:
        raise calendar.year_missing([int(year) for (year,) in years], override)
