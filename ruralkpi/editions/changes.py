"""What moved between two editions of a month, or an edition and the book as it is now: figures, by cause, down to rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ruralkpi.book.figures import LEVELS
from ruralkpi.editions import causes
from ruralkpi.editions.again import Workshop
from ruralkpi.editions.inputs import LEVERS, Inputs, differing
from ruralkpi.editions.opened import attached
from ruralkpi.editions.publish import as_they_are, titles_of
from ruralkpi.editions.shelf import Edition, Shelf
from ruralkpi.errors import UserError
from ruralkpi.marts import STATES
from ruralkpi.settings import Settings
from ruralkpi.sql import first_row, literal, literals, query
from ruralkpi.texts import say

CAUSES = (*LEVERS, causes.TOGETHER, causes.UNSEPARATED)  # in the order in which they are told
_ORDER = "list_position([" + ", ".join(map(literal, CAUSES)) + "], cause)"


@dataclass(frozen=True)
class Changes:
    """What moved from edition `old` to `new` (None: the book as it is). `levers`: the inputs that are not alike; `unsure`: why
    causes can't be told apart, '' where they can; `words_n`: rows of which only words have changed; `substituted_n`: files that
    were read for the comparison otherwise than for the edition; `states_n`: rows of what is judged for the newest month only
    (what an export without times says): of an earlier one the edition's figures stand, and are no change.

    figures: grain level, place_id, rule_id and cause: met and owed from and to, rate_from, rate_to, rows_n that moved, what they
    moved (met_moved_n, owed_moved_n) and their share of the rate's difference (points, in percentage points; share_n of
    share_of_n exactly; missing where nothing was owed on one side).
    rows: grain one obligation whose part in a figure moved: its two sides, cause, all that moved it (causes), how its records
    changed (detail).
    """

    month: str
    old: Edition | None
    new: Edition | None
    levers: tuple[str, ...]
    unsure: str
    words_n: int
    substituted_n: int
    states_n: int
    figures: pd.DataFrame
    rows: pd.DataFrame


def changes(settings: Settings, month: str, old: int | None = None, new: int | None = None) -> Changes:
    """From edition `old` (None: the newest) to edition `new` (None: the book as it is); inside the book's lock.

    Editions are compared forwards; what is asked for backwards is the same with its signs turned: both ends tell the same.
    Raises UserError for an unknown edition and for a book that is not made of what is there now.
    """
    shelf = Shelf(settings.editions)
    first = shelf.get(month, old) if old is not None else shelf.newest(month)
    if first is None:
        raise UserError(say("error.edition_none", month=month))
    second = None if new is None else shelf.get(month, new)
    if second is not None and second.number < first.number:
        return turned(_between(settings, second, first))
    return _between(settings, first, second)


def is_standing(settings: Settings, found: Changes) -> bool:
    """Whether it is from the newest edition to the book as it is, or forwards to the newest: what a month's page says to its
    readers."""
    newest = Shelf(settings.editions).newest(found.month)
    if found.old is None or found.new is None:
        return found.new is None and found.old == newest
    return found.new == newest and found.old.number < found.new.number


def turned(found: Changes) -> Changes:
    """The same changes told from the other end."""
    return replace(found, old=found.new, new=found.old, figures=_turned(found.figures), rows=_turned(found.rows))


def _turned(frame: pd.DataFrame) -> pd.DataFrame:
    other = {name: name.removesuffix("_from") + "_to" for name in map(str, frame) if name.endswith("_from")}
    named = frame.rename(columns={**other, **{to: name for name, to in other.items()}})[list(frame.columns)]
    signed = [name for name in ("met_moved_n", "owed_moved_n", "share_n", "points") if name in named]
    named[signed] = -named[signed]
    return named


def _between(settings: Settings, old: Edition, new: Edition | None) -> Changes:
    with _side_by_side(settings, old, new) as (con, inputs):
        states_n = _leave_states_out(con)
        levers, unsure, substituted_n = differing(old.inputs, inputs), "", 0
        if not first_row(con, "SELECT count(*) FROM moved")[0]:
            con.execute("CREATE OR REPLACE TEMP TABLE moved AS SELECT *, '' AS cause, '' AS causes FROM moved")
        else:
            with tempfile.TemporaryDirectory() as folder:
                workshop = Workshop(settings, Path(folder))
                unsure = causes.put_down(con, old.inputs, inputs, levers, old.month, workshop)
                substituted_n = len(workshop.substituted)
        for side in ("old", "new"):
            rows = query("editions/figure").replace("{rows}", f"{side}_row")
            con.execute(f"CREATE TEMP TABLE {side}_figure AS {rows}")
        told: dict[str, Any] = {
            "unsure": unsure,
            "words_n": first_row(con, _WORDS)[0],
            "substituted_n": substituted_n,
            "states_n": states_n,
        }
        return Changes(
            old.month, old, new, tuple(levers), **told, figures=con.execute(_FIGURES).df(), rows=con.execute(_ROWS).df()
        )


@contextmanager
def _side_by_side(settings: Settings, old: Edition, new: Edition | None) -> Iterator[tuple[duckdb.DuckDBPyConnection, Inputs]]:
    """A connection with both sides' rows (old_row, new_row), files (old_file, new_file) and `moved`; and the newer inputs."""
    with duckdb.connect() as con:
        attached(old, con, "before")
        _named(con, "old_file", "before.main.file", old.inputs)
        if new is not None:
            attached(new, con, "after")
            inputs = new.inputs
            _named(con, "new_file", "after.main.file", inputs)
            elsewhere = "SELECT rule_id, source_table, source_id, month FROM after.main.obligation WHERE false"
        else:
            con.execute(f"ATTACH {literal(str(settings.db))} AS after (READ_ONLY)")
            inputs, found = as_they_are(settings)
            con.register("titles", titles_of(settings.staging, found))
            _named(con, "new_file", "titles", inputs)
            elsewhere = f"""SELECT rule_id, source_table, source_id, max(month) AS month FROM after.main.obligation
                WHERE month <> {literal(old.month)} GROUP BY ALL"""
        for side, schema in (("old", "before"), ("new", "after")):
            causes.rows_of(con, f"{side}_row", schema, old.month)
        con.execute(f"CREATE TEMP TABLE moved AS {query('editions/moved')}")
        con.execute(f"CREATE TEMP VIEW later_row AS {elsewhere}")
        yield con, inputs


def _leave_states_out(con: duckdb.DuckDBPyConnection) -> int:
    """Take the rows out of `moved` and old_row that the newer side no longer judges, since it judges states for its newest month
    only; how many they were."""
    gone = f"""source_table IN {literals(STATES)} AND source_table NOT IN (SELECT source_table FROM new_row)"""
    n = first_row(con, f"SELECT count(*) FROM moved WHERE {gone}")[0]
    if n:
        con.execute(f"DELETE FROM moved WHERE {gone}")
        con.execute(f"CREATE TEMP TABLE still AS SELECT * FROM old_row WHERE NOT ({gone})")
        con.execute("CREATE OR REPLACE TEMP VIEW old_row AS SELECT * FROM still")
    return int(n)


def _named(con: duckdb.DuckDBPyConnection, table: str, titles: str, inputs: Inputs) -> None:
    """Each table that was read, as it is called, with the name and content of its file."""
    frame = pd.DataFrame([(one.name, one.content) for one in inputs.files], columns=["name", "content"], dtype=object)
    con.register("contents", frame)
    con.execute(f"CREATE TEMP TABLE {table} AS SELECT file, name, content FROM {titles} JOIN contents USING (name)")
    con.unregister("contents")


_WORDS = f"""
SELECT count(*) FROM old_row AS old JOIN new_row AS new USING (rule_id, source_table, source_id)
WHERE old.state = new.state AND ({" OR ".join(f"old.{one} IS DISTINCT FROM new.{one}" for one in causes.WORDS)})"""
_FIGURES = f"""
SELECT level, place_id, rule_id, met_from, owed_from, met_to, owed_to,
    CASE WHEN owed_from > 0 THEN met_from / owed_from END AS rate_from,
    CASE WHEN owed_to > 0 THEN met_to / owed_to END AS rate_to,
    cause, rows_n, met_moved_n, owed_moved_n, 100.0 * share_n / share_of_n AS points, share_n, share_of_n
FROM ({query("editions/figure_moved")})
ORDER BY list_position([{", ".join(map(literal, LEVELS))}], level), place_id, rule_id, {_ORDER}"""
_ROWS = f"""
SELECT rule_id, source_table, source_id, cause, causes, detail, agent_from, agent_to, area_from, area_to, county_from, county_to,
    outcome_from, outcome_to, month_to, done_from, done_to, file_from, row_from, file_to, row_to
FROM ({query("editions/detail")}) ORDER BY {_ORDER}, rule_id, source_id, source_table"""
