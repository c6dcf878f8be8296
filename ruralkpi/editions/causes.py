"""Which input moved which obligation: one input swapped at a time against the earlier edition, row by row.

A row that just one swap moves, to where it ends, is that cause's. What needs several is told as one: `together`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
        return replace(old, rules=new.rules, month_by=new.month_by, own_rules=new.own_rules)
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

    def states(wanted: Mapping[str, Inputs]) -> dict[str, str]:
        """By name, the table of states that these inputs give."""
        books = workshop.obligations(list(wanted.values()), month)
        return {one: _attached(con, one, book, month) for one, book in zip(wanted, books, strict=True)}

    start = replace(old, program=new.program)
    one_by_one = {lever: swapped(start, new, lever) for lever in levers if lever != "program"}
    # old code is not kept: what it makes today is the first step
    first = {"program": start} if "program" in levers else {}
    try:
        tables = states(first | one_by_one)
        compare(con, tables.pop("program", "old_row"), tables)
        out_of_reach = {"mends": _NOT_EXEMPTED} if "mends" in levers and workshop.are_exemptions(old, new) else {}
        name_causes(con, levers, lambda lever: states({f"no {lever}": swapped(new, start, lever)})[f"no {lever}"], out_of_reach)
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
    is_end = {side: f"{name('base' if side == 'program' else side)} IS NOT DISTINCT FROM new" for side in moves}
    ends = " ".join(f"WHEN {literal(side)} THEN {end}" for side, end in is_end.items())
    reached = " OR ".join(f"({moved} AND {is_end[side]})" for side, moved in moves.items())
    con.execute(f"""CREATE OR REPLACE TEMP TABLE moved AS
SELECT moved.*, CASE WHEN CASE concat_ws('+', {movers}) {ends} ELSE false END THEN concat_ws('+', {movers})
    ELSE {literal(TOGETHER)} END AS cause, [{movers}] AS movers, {reached} AS is_reached
FROM moved JOIN (SELECT {", ".join(f"moved.{one}" for one in _KEY)}, {states} FROM moved {joins}) USING ({", ".join(_KEY)})""")


# in which order inputs are left out to see whether a row needs them: those that most often do not matter first
_LEFT_OUT = ("mends", "mappings", "calendar", "rules", "cut_off", "data")
# nothing is left to ask of a row: one input alone brings it where it ends; or what is not known must be, since one does not
_IS_SURE = "is_reached OR len(unsure) = 0 OR len(needed) + len(unsure) = 2"


# a list of exemptions moves the rows that it names, and no others
_NOT_EXEMPTED = """NOT EXISTS (
    SELECT 1 FROM (
        SELECT rule_id, source_id FROM before.main.exemption UNION ALL SELECT rule_id, source_id FROM after.main.exemption
    ) AS named WHERE named.rule_id = joint.rule_id AND named.source_id = joint.source_id)"""


def name_causes(
    con: duckdb.DuckDBPyConnection, levers: Sequence[str], without: Callable[[str], str], out_of_reach: Mapping[str, str]
) -> None:
    """Set `causes`: of a row that needs several, those that move it alone, and where none of these brings it where it ends, those
    without which it would not be as it is. `without`: the name of a table of the later side's states with one left as it was;
    asked only while a row is not sure. `out_of_reach`: by lever, SQL over `joint`: which rows it can't move."""
    key = ", ".join(_KEY)
    own = ", ".join(literal(one) for one in levers if one != "program")
    con.execute(f"""CREATE OR REPLACE TEMP TABLE joint AS
SELECT {key}, is_reached, list_filter(movers, lambda one: one IS NOT NULL) AS needed,
    list_filter([{own}], lambda one: NOT list_contains(movers, one)) AS unsure
FROM moved WHERE cause = {literal(TOGETHER)}""")
    for lever, is_out in out_of_reach.items():
        con.execute(f"UPDATE joint SET unsure = list_filter(unsure, lambda one: one <> {literal(lever)}) WHERE {is_out}")
    for lever in (one for one in _LEFT_OUT if one in levers):
        asked = f"NOT ({_IS_SURE}) AND list_contains(unsure, {literal(lever)})"
        if first_row(con, f"SELECT count(*) FROM joint WHERE {asked}")[0]:
            con.execute(f"""CREATE OR REPLACE TEMP TABLE joint AS
SELECT {key}, is_reached, CASE WHEN {asked} AND other.state IS DISTINCT FROM now.state THEN list_append(needed, {literal(lever)})
    ELSE needed END AS needed,
    CASE WHEN {asked} THEN list_filter(unsure, lambda one: one <> {literal(lever)}) ELSE unsure END AS unsure
FROM joint LEFT JOIN (SELECT {key}, state FROM new_row) AS now USING ({key})
LEFT JOIN (SELECT {key}, state FROM {name(without(lever))}) AS other USING ({key})""")
    told = "CASE WHEN moved.is_reached THEN needed ELSE list_concat(needed, unsure) END"
    named = ", ".join(f"CASE WHEN list_contains({told}, {literal(one)}) THEN {literal(one)} END" for one in levers)
    con.execute(f"""CREATE OR REPLACE TEMP TABLE moved AS
SELECT moved.* EXCLUDE (movers, is_reached), CASE WHEN needed IS NULL THEN cause ELSE concat_ws('+', {named}) END AS causes
FROM moved LEFT JOIN (SELECT {key}, needed, unsure FROM joint) AS joint USING ({key})""")


def _give(con: duckdb.DuckDBPyConnection, cause: str, causes: str) -> None:
    """One cause for all."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE moved AS SELECT moved.*, {cause} AS cause, {causes} AS causes FROM moved")
