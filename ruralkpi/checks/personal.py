"""Agents' ids that say who somebody is: a phone or identity number, or a name of the lists. None of them is taken for an id."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import duckdb
import pandas as pd

from ruralkpi.exports.declared import built_in
from ruralkpi.masking import listed, phones, texts
from ruralkpi.masking.vocabulary import is_han
from ruralkpi.sql import name

PERSONAL = """
CREATE OR REPLACE TABLE personal_id (  -- grain: one id that is a number to call or somebody's name
    id VARCHAR,
    instead VARCHAR,  -- the id to use: the agent's own on the list, else one made up
    is_unlisted BOOLEAN  -- there is a list of agents, and it is not on it: an unknown agent (X31)
)"""
AGENT_COLUMNS = ("agent_id", "owner_id", "repairer_id")


def agent_titles() -> list[str]:
    """What quarantined records call the columns that name an agent."""
    exports = built_in().values()
    return sorted({export.columns[column].title for export in exports for column in AGENT_COLUMNS if column in export.columns})


def find_personal_ids(con: duckdb.DuckDBPyConnection) -> None:
    """Create personal_id from the ids of typed.* and known_name."""
    con.execute(listed.EMPTY)
    con.execute(PERSONAL)
    tables = con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'typed' "
        f"AND column_name IN {AGENT_COLUMNS} ORDER BY ALL"
    ).fetchall()
    if not tables:
        return
    some = " UNION ".join(f"SELECT {name(column)} AS text FROM typed.{name(table)}" for table, column in tables)
    ids = [one for (one,) in con.execute(f"SELECT text FROM ({some}) WHERE text IS NOT NULL ORDER BY ALL").fetchall()]
    owners = con.execute("SELECT DISTINCT agent_id, coalesce(agent_name, '') FROM typed.agents ORDER BY ALL").fetchall()
    on_list = {agent for agent, _ in owners}
    instead = {one: _named_so(names, owners) for one, names in _names(con, some)} | {one: "" for one in ids if is_number(one)}
    unlisted = {one for one in instead if on_list and one not in on_list}
    rows = [(one, own or made_up(one), one in unlisted) for one, own in sorted(instead.items())]
    if rows:
        con.register("found_ids", pd.DataFrame(rows, columns=["id", "instead", "is_unlisted"]))
        con.execute("INSERT INTO personal_id SELECT * FROM found_ids")
        con.unregister("found_ids")


def is_number(one: str) -> bool:
    """Whether an id is a phone or identity number; a landline only where it is written as one, 0839-3301234.

    >>> is_number("13812345678"), is_number("0839-3301234"), is_number("0380000001"), is_number("JG003")
    (True, True, False, False)
    """
    return phones.masked_id(one) != one or (not one.isalnum() and phones.masked(one) != one)


def made_up(one: str) -> str:
    """An id that stands for one which must not be used: always the same, and nobody can tell from it whose it is.

    >>> made_up("13812345678")
    'P-38AED9'
    """
    return f"P-{hashlib.sha256(one.encode()).hexdigest()[:6].upper()}"


def _names(con: duckdb.DuckDBPyConnection, some: str) -> Iterator[tuple[str, list[str]]]:
    """Ids that are somebody's name, or that hold one of the staff's: 张三, 0007 张三."""
    for one, staff, customers, _ in listed.found(con, some):
        own = [name for name in staff if is_han(name) or texts.bare(name) == texts.bare(one)]
        own += [name for name in customers if texts.bare(name) == texts.bare(one)]
        if own:
            yield one, own


def _named_so(names: list[str], owners: list[tuple[str, str]]) -> str:
    """The ids of the agents with one of these names, at most three."""
    return "、".join([agent for agent, cell in owners if any(name in cell and name not in agent for name in names)][:3])
