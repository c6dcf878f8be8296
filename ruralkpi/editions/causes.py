"""Which input moved which obligation: one input swapped at a time against the earlier edition, row by row.

A row that just one swap moves, to where it ends, is that cause's. What needs several is told as one: `together`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import duckdb

from ruralkpi.editions.again import Workshop
from ruralkpi.editions.inputs import Inputs
from ruralkpi.errors import UserError
from ruralkpi.sql import first_row, literal, name

TOGETHER, UNSEPARATED = "together", "unseparated"
_KEY = ("rule_id", "source_table", "source_id")
# what can move a number of a row; all else about it is words
NUMBERS = ("agent_id", "area_id", "county_id", "outcome", "outcome_unexempted")
WORDS = ("customer_id", "start_at", "due_at", "done_at", "reason", "flags", "file", "row")


def rows_of(con: duckdb.DuckDBPyConnection, view: str, schema: str, month: str) -> None:
    """A view of a database's obligations of the month, with the county and one text of what can move a number."""
    county = f"(SELECT area_id, county_id FROM {name(schema)}.main.area) AS area ON area.area_id = o.area_id"
    state = " || '|' || ".join(f"coalesce(CAST({one} AS VARCHAR), '')" for one in NUMBERS)
    con.execute(f"""CREATE OR REPLACE TEMP VIEW {name(view)} AS SELECT *, {state} AS state FROM (
SELECT o.*, coalesce(area.county_id, '-') AS county_id FROM {name(schema)}.main.obligation AS o LEFT JOIN {county}
WHERE o.month = {literal(month)})""")


def swapped(old: Inputs, new: Inputs, lever: str) -> Inputs:
    """The old inputs with what stands under one lever taken from the new ones."""
    if lever == "cut_off":
        return replace(old, as_of=new.as_of, within_days=new.within_days)
    if lever == "rules":
        return replace(old, rules=new.rules, month_by=new.month_by)
    if lever in ("calendar", "mappings"):
        return replace(old, **{lever: getattr(new, lever)})
    if lever in ("mends", "data"):
        kept = [one for one in old.files if one.is_mend is (lever == "data")]
        taken = [one for one in new.files if one.is_mend is (lever == "mends")]
        return replace(old, files=tuple(sorted([*kept, *taken], key=lambda one: one.name)))
    return replace(old, program=new.program)


def put_down(
    con: duckdb.DuckDBPyConnection, old: Inputs, new: Inputs, levers: Sequence[str], month: str, workshop: Workshop
) -> str:
    """Give every row of `moved` its `cause`, and in `causes` the names of what moved it; old_row and new_row are the two sides.

    Returns why causes can't be told apart, '' where they can: then all rows bear `unseparated`.
    """
    if len(levers) == 1:
        _give(con, literal(levers[0]), literal(levers[0]))
        return ""
    try:
        base, start = "old_row", old
        if "program" in levers:  # old code is not kept: what it makes today comes first
            start = replace(old, program=new.program)
            base = _attached(con, "program", workshop.obligations(start, month), month)
        own = [lever for lever in levers if lever != "program"]
        single = {one: _attached(con, one, workshop.obligations(swapped(start, new, one), month), month) for one in own}
        compare(con, base, single)
        without: dict[str, str] = {}
        if len(own) > 2 and first_row(con, f"SELECT count(*) FROM moved WHERE cause = {literal(TOGETHER)}")[0]:
            books = {one: workshop.obligations(swapped(new, start, one), month) for one in own}
            without = {one: _attached(con, f"no {one}", book, month) for one, book in books.items()}
        name_causes(con, levers, without)
    except UserError as fault:
        _give(con, literal(UNSEPARATED), literal("+".join(levers)))
        return str(fault)
    return ""


def _attached(con: duckdb.DuckDBPyConnection, lever: str, book: Path, month: str) -> str:
    """What became of the moved rows in another book: the name of a table of their states."""
    con.execute(f"ATTACH {literal(str(book))} AS swapped (READ_ONLY)")
    rows_of(con, "swapped_row", "swapped", month)
    con.execute(f"""CREATE TEMP TABLE {name(f"{lever}_state")} AS
SELECT {", ".join(_KEY)}, state FROM swapped_row SEMI JOIN moved USING ({", ".join(_KEY)})""")
    con.execute("DROP VIEW swapped_row")
    con.execute("DETACH swapped")
    return f"{lever}_state"


def compare(con: duckdb.DuckDBPyConnection, base: str, single: Mapping[str, str]) -> None:
    """Set `cause` by comparing states, and `movers`: what moves the row alone. `base`: the earlier side as it is computed today;
    `single`: by lever, it with that one swapped."""
    views = {"old": "old_row", "new": "new_row", "base": base, **single}
    joins = "\n".join(f"LEFT JOIN {name(view)} AS {name(f'at {side}')} USING ({', '.join(_KEY)})" for side, view in views.items())
    states = ", ".join(f"{name(f'at {side}')}.state AS {name(side)}" for side in views)
    moves = {side: f"{name(side)} IS DISTINCT FROM base" for side in single}
    if base != "old_row":
        moves = {"program": "base IS DISTINCT FROM old", **moves}
    movers = ", ".join(f"CASE WHEN {moved} THEN {literal(side)} END" for side, moved in moves.items())
    ends = " ".join(
        f"WHEN {literal(side)} THEN {name('base' if side == 'program' else side)} IS NOT DISTINCT FROM new" for side in moves
    )
    con.execute(f"""CREATE OR REPLACE TEMP TABLE moved AS
SELECT moved.*, CASE WHEN CASE concat_ws('+', {movers}) {ends} ELSE false END THEN concat_ws('+', {movers})
    ELSE {literal(TOGETHER)} END AS cause, [{movers}] AS movers
FROM moved JOIN (SELECT {", ".join(f"moved.{one}" for one in _KEY)}, {states} FROM moved {joins}) USING ({", ".join(_KEY)})""")


def name_causes(con: duckdb.DuckDBPyConnection, levers: Sequence[str], without: Mapping[str, str]) -> None:
    """Set `causes`: of a row that needs several, what moves it alone and what it would not be as it is without.

    `without`: by lever, states of the later side with that one as it was before; without any, all but the program are named.
    """
    joins = "".join(
        f"\nLEFT JOIN {name(table)} AS {name(f'at {one}')} USING ({', '.join(_KEY)})" for one, table in without.items()
    )
    needed = {one: f"{name(f'at {one}')}.state IS DISTINCT FROM now.state" for one in without}
    if not without:
        needed = {one: "true" for one in levers if one != "program"}
    named = ", ".join(
        f"CASE WHEN list_contains(movers, {literal(one)}) OR ({needed.get(one, 'false')}) THEN {literal(one)} END"
        for one in levers
    )
    con.execute(f"""CREATE OR REPLACE TEMP TABLE moved AS
SELECT moved.* EXCLUDE (movers), CASE WHEN cause = {literal(TOGETHER)} THEN concat_ws('+', {named}) ELSE cause END AS causes
FROM moved LEFT JOIN (SELECT {", ".join(_KEY)}, state FROM new_row) AS now USING ({", ".join(_KEY)}){joins}""")


def _give(con: duckdb.DuckDBPyConnection, cause: str, causes: str) -> None:
    """One cause for all."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE moved AS SELECT moved.*, {cause} AS cause, {causes} AS causes FROM moved")
