"""marts + standard → obligation: one row per thing owed, with its outcome (STANDARD section 2)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path

import duckdb

from ruralkpi import calendar
from ruralkpi.abreast import Adding, in_turn
from ruralkpi.errors import UserError
from ruralkpi.obligations.compile import MONTH_FROM, obligations_sql
from ruralkpi.obligations.requested import settle
from ruralkpi.obligations.rule import Rule
from ruralkpi.sql import first_row, literal
from ruralkpi.texts import say

# what is judged and sorted at once: wide rows, some 300 bytes each, twice that where events are sought for them; planning takes
# longer than the sum of its rules
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
    of_month = f"strftime({MONTH_FROM[month_by]}, '%Y-%m') = {literal(month)}" if month else ""
    order = "" if month else "ORDER BY agent_id, rule_id, due_at, source_id, area_id"
    sizes = _sizes(con, rules)
    additions = []
    for batch, share in _batches(con, rules, sizes):
        only = " AND ".join(part for part in (of_month, share) if part)
        owed = "\nUNION ALL\n".join(f"SELECT * FROM (\n{obligations_sql(rule, str(as_of), month_by, only)})" for rule in batch)
        additions.append(partial(_add, sql=f"INSERT INTO obligation\n{owed}\n{order}"))
    in_turn(con, additions, is_one_by_one=sum(sizes.values()) > ROWS_AT_ONCE)
    settle(con)
    _refuse_without_limit(con, rules)
    _refuse_uncovered(con, override)


def _refuse_unusable(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], as_of: dt.datetime, month_by: str) -> None:
    """Raises UserError for an office's own rule, or a table of limits of its settings, whose SQL speaks of what is not there."""
    for rule in rules:
        file = next((one.file for one in (rule, *(later for _, later in rule.later)) if one.file), None)
        tables = _tables(rule)
        if not file and not tables:
            continue
        try:
            con.execute(f"SELECT * FROM (\n{obligations_sql(rule, str(as_of), month_by)}) LIMIT 0")
        except duckdb.Error as fault:
            key, named = ("rule_sql", {"file": file}) if file else ("setting_sql", {"rule": rule.id, "name": "、".join(tables)})
            raise UserError(say(f"error.{key}", fault=str(fault).split("\n")[0], **named)) from None


def _add(con: duckdb.DuckDBPyConnection, adding: Adding, sql: str) -> None:
    with adding:
        con.execute(sql)


def _sizes(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> dict[str, int]:
    """Of each rule the rows of the marts whose rows it owes; a rule that has nothing to owe is not among them."""
    counted: dict[str, int] = {}
    found = {}
    for rule in rules:
        marts = {own.words["owed"]["each"] for _, _, own in rule.periods()}
        plain = [each for each in marts if " " not in each]
        counted |= {each: first_row(con, f"SELECT count(*) FROM {each}")[0] for each in plain if each not in counted}
        rows = sum(counted[each] for each in plain)
        if rows or len(plain) < len(marts):
            found[rule.id] = rows
    return found


def _batches(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule], sizes: Mapping[str, int]) -> Iterator[tuple[list[Rule], str]]:
    """The rules in their order, RULES_AT_ONCE and of marts of ROWS_AT_ONCE together at most; one of a larger mart for a share of
    the agents at a time, which the text says."""
    batch: list[Rule] = []
    held = 0
    for rule in (rule for rule in rules if rule.id in sizes):
        rows = sizes[rule.id]
        if batch and (len(batch) == RULES_AT_ONCE or held + rows > ROWS_AT_ONCE):
            yield batch, ""
            batch, held = [], 0
        if rows > ROWS_AT_ONCE:
            yield from (([rule], share) for share in _shares(con, -(-rows // ROWS_AT_ONCE)))
        else:
            batch.append(rule)
            held += rows
    if batch:
        yield batch, ""


def _shares(con: duckdb.DuckDBPyConnection, n: int) -> list[str]:
    """SQL over owner_id: each owner, and nobody, in one of `n` shares at most, in the order of their ids."""
    agents = [agent for (agent,) in con.execute("SELECT agent_id FROM agent ORDER BY agent_id").fetchall()]
    cuts = [literal(one) for one in dict.fromkeys(agents[len(agents) * place // n] for place in range(1, n))] if agents else []
    shares = [f"owner_id >= {first} AND owner_id < {after}" for first, after in pairwise(cuts)]
    return [f"owner_id < {cuts[0]}", *shares, f"coalesce(owner_id >= {cuts[-1]}, true)"] if cuts else [""]


def _refuse_without_limit(con: duckdb.DuckDBPyConnection, rules: Sequence[Rule]) -> None:
    """Raises UserError with the first record for which no line of a rule's table of limits holds."""
    for rule in (rule for rule in rules if _tables(rule)):
        found = con.execute(
            "SELECT min(source_id) FROM obligation WHERE rule_id = ? AND due_on IS NULL AND start_at IS NOT NULL",
            [rule.id],
        ).fetchall()
        if found[0][0] is not None:
            raise UserError(say("error.setting_no_line", rule=rule.id, name="、".join(_tables(rule)), record=found[0][0]))


def _tables(rule: Rule) -> list[str]:
    """The settings of a rule, its own or borrowed, that a user has written as a table of limits."""
    return [name for name in sorted(rule.changed) if any(isinstance(own.settings[name], list) for _, _, own in rule.periods())]


def _refuse_uncovered(con: duckdb.DuckDBPyConnection, override: Path | None) -> None:
    years = con.execute("""
        SELECT DISTINCT year(start_at) + CASE WHEN day IS NULL THEN 0 ELSE 1 END
        FROM obligation LEFT JOIN calendar_day ON day = CAST(start_at AS DATE)
        WHERE due_on IS NULL AND start_at IS NOT NULL""").fetchall()
    if years:
        raise calendar.year_missing([int(year) for (year,) in years], override)
