"""marts + standard → obligation: one row per thing owed, with its outcome (STANDARD section 2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import duckdb

from ruralkpi import calendar
from ruralkpi.errors import UserError
from ruralkpi.obligations.compile import obligations_sql
from ruralkpi.obligations.requested import settle
from ruralkpi.obligations.rule import Rule
from ruralkpi.sql import first_row, literal
from ruralkpi.texts import say

# what is judged and sorted at once: wide rows, some 300 bytes each; planning takes longer than the sum of its rules
ROWS_AT_ONCE, RULES_AT_ONCE = 4_000_000, 4
COLUMNS = """
CREATE TABLE obligation (  -- grain: one thing owed, (rule_id, source_id)
    rule_id VARCHAR, owner_role VARCHAR, agent_id VARCHAR, area_id VARCHAR, customer_id VARCHAR, source_table VARCHAR,
    source_id VARCHAR, start_at TIMESTAMP, due_at TIMESTAMP, due_on DATE, month VARCHAR, done_at TIMESTAMP,
    outcome VARCHAR, reason VARCHAR, flags VARCHAR, file VARCHAR, row BIGINT, start_precision VARCHAR,
    done_precision VARCHAR, outcome_unexempted VARCHAR, mend_until_at TIMESTAMP, since_at TIMESTAMP
)"""


def build_obligations(
    con: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    as_of: dt.datetime,
    month_by: str,
    override: Path | None,
    month: str | None = None,
) -> None:
    """Create `obligation`, sorted so that one agent's rows lie in few places: together, or in a province once for each batch;
    of one `month` only, in any order, for those who compare.

    Raises UserError naming the year when a deadline falls into a year that no calendar covers.
    """
    con.execute(COLUMNS)
    _refuse_unusable(con, rules, as_of, month_by)
    for batch in _batches(con, rules):
        owed = "\nUNION ALL\n".join(f"SELECT * FROM (\n{obligations_sql(rule, str(as_of), month_by)})" for rule in batch)
        wanted = "ORDER BY agent_id, rule_id, due_at, source_id, area_id"
        if month:
            owed, wanted = f"SELECT * FROM (\n{owed}\n)", f"WHERE month = {literal(month)}"
        con.execute(f"INSERT INTO obligation\n{owed}\n{wanted}")
    settle(con)
    _refuse_uncovered(con, override)


def _refuse_unusable(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], as_of: dt.datetime, month_by: str) -> None:
    """Raises UserError with the file of an office's own rule whose SQL speaks of what is not there."""
    for rule in rules:
        if file := next((one.file for one in (rule, *(later for _, later in rule.later)) if one.file), None):
            try:
                con.execute(f"SELECT * FROM (\n{obligations_sql(rule, str(as_of), month_by)}) LIMIT 0")
            except duckdb.Error as fault:
                raise UserError(say("error.rule_sql", file=file, fault=str(fault).split("\n")[0])) from None


def _batches(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> Iterator[list[Rule]]:
    """The rules in their order, RULES_AT_ONCE and of marts of ROWS_AT_ONCE together at most; a rule without anything to owe is
    not even planned."""
    batch: list[Rule] = []
    held = 0
    for rule in rules:
        marts = {own.words["owed"]["each"] for _, _, own in rule.periods()}
        plain = [each for each in marts if " " not in each]
        rows = sum(first_row(con, f"SELECT count(*) FROM {each}")[0] for each in plain)
        if not rows and len(plain) == len(marts):
            continue
        if len(batch) == RULES_AT_ONCE or (batch and held + rows > ROWS_AT_ONCE):
            yield batch
            batch, held = [], 0
        batch.append(rule)
        held += rows
    if batch:
        yield batch


def _refuse_uncovered(con: duckdb.DuckDBPyConnection, override: Path | None) -> None:
    years = con.execute("""
        SELECT DISTINCT year(start_at) + CASE WHEN day IS NULL THEN 0 ELSE 1 END
        FROM obligation LEFT JOIN calendar_day ON day = CAST(start_at AS DATE)
        WHERE due_on IS NULL AND start_at IS NOT NULL""").fetchall()
    if years:
        raise calendar.year_missing([int(year) for (year,) in years], override)
