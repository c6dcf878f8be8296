"""Whether an edition's figures come out again: its book made anew from the store, beside what was kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from ruralkpi.editions.again import Workshop
from ruralkpi.editions.opened import attached
from ruralkpi.editions.publish import PARTS
from ruralkpi.editions.shelf import Edition
from ruralkpi.settings import Settings
from ruralkpi.sql import first_row, literal

FIGURES = ("obligation", "kpi_agent_month", "kpi_area_month", "measure")


@dataclass(frozen=True)
class Compared:
    """A table of the edition: rows kept, and rows that are on one side only."""

    table: str
    kept_n: int
    differ_n: int


@dataclass(frozen=True)
class Again:
    """A book made anew of an edition's inputs, and its month's tables beside the edition's."""

    book: Path
    tables: tuple[Compared, ...]


def again(settings: Settings, edition: Edition, folder: Path) -> Again:
    """Make an edition's book again in `folder`, by its own inputs and today's program; inside the book's lock.

    Raises UserError where the edition is not as it was published, and where the store lacks what it was made of.
    """
    with duckdb.connect() as con:
        attached(edition, con, "kept")
        book = Workshop(settings, folder).book(edition.inputs)
        con.execute(f"ATTACH {literal(str(book))} AS again (READ_ONLY)")
        con.execute("USE again")
        return Again(book, tuple(_compared(con, table, edition.month) for table in FIGURES))


def _compared(con: duckdb.DuckDBPyConnection, table: str, month: str) -> Compared:
    now = PARTS[table].replace("$month", literal(month)).partition(" ORDER BY ")[0]
    was = f"SELECT * FROM kept.main.{table}"
    differ = f"(({was}) EXCEPT ALL ({now})) UNION ALL (({now}) EXCEPT ALL ({was}))"
    kept_n = first_row(con, f"SELECT count(*) FROM kept.main.{table}")[0]
    return Compared(table, kept_n, first_row(con, f"SELECT count(*) FROM ({differ})")[0])
