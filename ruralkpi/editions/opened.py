"""The tables of an edition on a connection."""

from __future__ import annotations

import duckdb

from ruralkpi.editions.shelf import Edition
from ruralkpi.sql import literal, name


def attached(edition: Edition, con: duckdb.DuckDBPyConnection | None = None, schema: str = "book") -> duckdb.DuckDBPyConnection:
    """A connection on which an edition's tables stand in the database `schema`; its own one, in use, unless `con` is given.

    Raises UserError where a file of it is missing or not as it was published.
    """
    edition.refuse_changed()
    own = con or duckdb.connect()
    own.execute(f"ATTACH ':memory:' AS {name(schema)}")
    for part in sorted(edition.parts):
        path = literal(str(edition.part(part).absolute()))
        own.execute(f"CREATE VIEW {name(schema)}.main.{name(part)} AS SELECT * FROM read_parquet({path})")
    if con is None:
        own.execute(f"USE {name(schema)}")
    return own
