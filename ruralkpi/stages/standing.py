"""What the stages' databases were made of, so that what stands need not be made again."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from ruralkpi.databases import glancing
from ruralkpi.errors import UserError
from ruralkpi.sql import insert

_TABLES = """
CREATE TABLE made_of (stage VARCHAR, inputs VARCHAR);  -- grain: one stage, and the hash of all that it was made of
CREATE TABLE remark (line VARCHAR)  -- grain: one line that reading said and that is no fault"""


def set_up(con: duckdb.DuckDBPyConnection, remarks: Sequence[str] = ()) -> None:
    """Create the tables of a new database; `remarks`: what else its stage says each time."""
    con.execute(_TABLES)
    insert(con, "remark", [[line] for line in remarks])


def forget(con: duckdb.DuckDBPyConnection, stage: str) -> None:
    """A stage is made anew."""
    con.execute("DELETE FROM made_of WHERE stage = ?", [stage])


def keep(con: duckdb.DuckDBPyConnection, stage: str, inputs: str) -> None:
    """A stage was made of `inputs`."""
    forget(con, stage)
    con.execute("INSERT INTO made_of VALUES (?, ?)", [stage, inputs])


def of(database: Path, stage: str) -> str:
    """What a stage was made of; '' where nobody knows."""
    return next(iter(_asked(database, "SELECT inputs FROM made_of WHERE stage = ?", stage)), "")


def says(database: Path, stage: str, inputs: str) -> bool:
    """Whether a stage's database was made of just these."""
    return bool(inputs) and of(database, stage) == inputs


def remarks(database: Path) -> list[str]:
    """What the database's first stage said."""
    return _asked(database, "SELECT line FROM remark")


def _asked(database: Path, query: str, *values: str) -> list[str]:
    if not database.exists():
        return []
    try:
        with glancing(database) as con:
            return [one for (one,) in con.execute(query, list(values)).fetchall()]
    except (duckdb.Error, UserError):  # an earlier version's, none of ours, or damaged: it is made anew
        return []
