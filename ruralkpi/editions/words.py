"""Editions in words, and how far the book has moved from one."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ruralkpi.databases import reading
from ruralkpi.editions.opened import attached
from ruralkpi.editions.shelf import Edition
from ruralkpi.marts import STATES
from ruralkpi.sql import first_row, literals
from ruralkpi.texts import say

_KEYS = {"kpi_agent_month": "rule_id, agent_id, month", "kpi_area_month": "rule_id, area_id, month"}
# rules on states, of which the book judges the newest month only
_UNJUDGED = f"""SELECT DISTINCT rule_id FROM kept.main.obligation WHERE source_table IN {literals(STATES)}
EXCEPT SELECT rule_id FROM book.main.obligation WHERE month = ?"""


def side(edition: Edition | None, lang: str) -> str:
    """An edition, or the book as it is."""
    return say("edition.now", lang) if edition is None else say("edition.number", lang, n=edition.number)


def stamp(edition: Edition, lang: str) -> str:
    """What the cards of an edition bear."""
    return say("edition.stamp", lang, n=edition.number, on=edition.published_on.isoformat(), seal=edition.seal)


def draft(edition: Edition, lang: str) -> str:
    """What cards of the book bear after an edition of their month was published."""
    return say("edition.draft", lang, n=edition.number)


def signed(points: float) -> str:
    """Points with a sign: a true minus."""
    return f"{points:+.1f}".replace("-", "−")


def moved_n(book: Path, edition: Edition) -> int:
    """How many figures of agents and areas are others in the book than in the edition: met or owed."""
    with reading(book) as con:
        attached(edition, con, "kept")
        con.execute(f"CREATE TEMP TABLE unjudged AS {_UNJUDGED}", [edition.month])
        return sum(_moved(con, table, key, edition.month) for table, key in _KEYS.items())


def _moved(con: duckdb.DuckDBPyConnection, table: str, key: str, month: str) -> int:
    said = f"{key}, met_n, owed_n"
    found = first_row(
        con,
        f"""SELECT count(*) FROM (SELECT {said} FROM kept.main.{table} WHERE owed_n > 0) AS old
FULL OUTER JOIN (SELECT {said} FROM book.main.{table} WHERE month = ? AND owed_n > 0) AS new USING ({key})
WHERE rule_id NOT IN (FROM unjudged) AND (old.met_n, old.owed_n) IS DISTINCT FROM (new.met_n, new.owed_n)""",
        [month],
    )
    return int(found[0])
