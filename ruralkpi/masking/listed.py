"""Who is named in the lists: table known_name, and the texts of a database with these names masked.

Texts are looked at by sets: a join on the first two characters finds the names that may stand in them, however many are
known, and only texts that hold one are touched one by one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import duckdb
import pandas as pd

from ruralkpi.masking import organisations, people, texts
from ruralkpi.masking.vocabulary import HAN, any_of, listed, words
from ruralkpi.sql import literal, literals, name

STAFF, CUSTOMER, KEPT = "staff", "customer", "kept"
_CLASSES = ("customer_class", "customer_grade")
_PLACES = ("village_name", "town_name", "county_id")
_CELLS = """
SELECT cell, kind FROM ({cells}) WHERE length(cell) > 1 GROUP BY ALL"""
_KNOWN = """
CREATE TABLE known_name AS  -- grain: one name of a person (staff, customer), or of a place or firm, which stays whole (kept)
SELECT name, {bare} AS bare, left({bare}, 2) AS head, kind
FROM (SELECT name, min_by(kind, CASE kind WHEN 'staff' THEN 0 WHEN 'customer' THEN 1 ELSE 2 END) AS kind
    FROM (SELECT cell AS name, kind FROM cell WHERE is_plain UNION ALL SELECT name, kind FROM odd) GROUP BY name)
WHERE length(name) > 1 ORDER BY head, name"""
EMPTY = "CREATE TABLE IF NOT EXISTS known_name (name VARCHAR, bare VARCHAR, head VARCHAR, kind VARCHAR)"
_FOUND = """
WITH told AS (SELECT DISTINCT text, {bare} AS bare FROM ({texts}) WHERE text IS NOT NULL),
cut AS (SELECT DISTINCT text, bare, substr(bare, place, 2) AS head
    FROM (SELECT text, bare, unnest(range(1, length(bare))) AS place FROM told)),
held AS (SELECT text, k.name, k.kind FROM cut JOIN known_name AS k USING (head) WHERE contains(cut.bare, k.bare))
SELECT told.text, list(name) FILTER (kind = 'staff'), list(name) FILTER (kind = 'customer'), list(name) FILTER (kind = 'kept')
FROM told LEFT JOIN held USING (text) GROUP BY ALL ORDER BY ALL"""


def list_names(con: duckdb.DuckDBPyConnection) -> None:
    """Create known_name from typed.*: the columns whose names end in _name, but for firms by their class or name, and places."""
    cells = " UNION ALL ".join(_cells(con))
    plain = f"regexp_full_match(cell, '[{HAN}]{{2,3}}') AND cell NOT IN {literals(sorted(listed('ordinary')))}"
    says_so = f"regexp_matches(cell, {literal(any_of(words()['organisations']))})"
    con.execute(f"""
CREATE TEMP TABLE cell AS SELECT cell,
    CASE WHEN says_so AND is_han AND length(cell) > 3 THEN 'kept' ELSE kind END AS kind,
    kind = 'kept' OR (CASE WHEN says_so THEN is_han AND length(cell) > 3 ELSE is_plain END) AS is_plain
FROM (SELECT *, {plain} AS is_plain, {says_so} AS says_so, regexp_full_match(cell, '[{HAN}]+') AS is_han
    FROM ({_CELLS.format(cells=cells)}))""")
    odd = list(_people_in(con.execute("SELECT cell, kind FROM cell WHERE NOT is_plain ORDER BY ALL").fetchall()))
    con.register("odd", pd.DataFrame(odd, columns=["name", "kind"], dtype=object))
    con.execute("DROP TABLE IF EXISTS known_name")
    con.execute(_KNOWN.format(bare=bare("name")))
    con.unregister("odd")
    con.execute("DROP TABLE cell")


def named_in(con: duckdb.DuckDBPyConnection, some: Iterable[str]) -> dict[str, tuple[list[str], list[str]]]:
    """Texts → the people, and the places and firms, that the lists of `con`'s database hold and that are named in them."""
    wanted = sorted(set(some))
    con.register("wanted_texts", pd.DataFrame({"text": pd.Series(wanted, dtype=object)}))
    try:
        rows = list(found(con, "SELECT text FROM wanted_texts")) if wanted else []
    except duckdb.CatalogException:  # a book made by hand or by an earlier version
        rows = [(text, [], [], []) for text in wanted]
    finally:
        con.unregister("wanted_texts")
    return {text: ([*staff, *customers], kept) for text, staff, customers, kept in rows}


def masked(con: duckdb.DuckDBPyConnection, some: Iterable[str]) -> dict[str, str]:
    """Texts → the same without numbers and the names of `named_in`."""
    return {text: texts.hidden(text, names, kept) for text, (names, kept) in named_in(con, some).items()}


def hide(con: duckdb.DuckDBPyConnection, table: str, *columns: str) -> None:
    """Mask the texts in columns of a table (SQL names), in place."""
    for column in columns:
        replace(con, table, column, changes(con, f"SELECT DISTINCT {column} AS text FROM {table}"))


def changes(con: duckdb.DuckDBPyConnection, some: str) -> dict[str, str]:
    """Of the texts of a query (column text), those that hold a number or a name, and how they are shown."""
    return {text: shown for text, shown in _masked(con, some) if shown != text}


def found(con: duckdb.DuckDBPyConnection, some: str) -> Iterator[tuple[str, list[str], list[str], list[str]]]:
    """(text, staff, customers, places and firms) named in each text of a query (column text)."""
    for text, *names in con.execute(_FOUND.format(bare=bare("text"), texts=some)).fetchall():
        yield text, *(each or [] for each in names)


def replace(con: duckdb.DuckDBPyConnection, table: str, column: str, changed: dict[str, str]) -> None:
    """Put the new texts into a column of a table (SQL names)."""
    if changed:
        con.register("changed_texts", pd.DataFrame({"old": list(changed), "new": list(changed.values())}, dtype=object))
        con.execute(f"UPDATE {table} SET {column} = new FROM changed_texts WHERE {column} = old")
        con.unregister("changed_texts")


def _masked(con: duckdb.DuckDBPyConnection, some: str) -> Iterator[tuple[str, str]]:
    for text, staff, customers, kept in found(con, some):
        yield text, texts.hidden(text, [*staff, *customers], kept)


def bare(column: str) -> str:
    """SQL: a name as it is looked up: small letters, no blanks."""
    return f"lower(translate({column}, ' \t\u3000\u00a0', ''))"


def _cells(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """SQL of each column of typed.* that names somebody or a place, as cell and kind."""
    found = con.execute(
        "SELECT table_name, column_name FROM duckdb_columns() WHERE schema_name = 'typed' ORDER BY ALL"
    ).fetchall()
    for table, column in found:
        if column.endswith("_name") or column in _PLACES:
            kind = literal(KEPT if column in _PLACES else CUSTOMER if column == "customer_name" else STAFF)
            said = [name(f"{c}_means") for c in _CLASSES if column == "customer_name" and (table, f"{c}_means") in found]
            says_firm = " OR ".join(f"list_has_any({one}, ['government', 'both'])" for one in said)
            kind = f"CASE WHEN {says_firm} THEN {literal(KEPT)} ELSE {kind} END" if says_firm else kind
            yield f"SELECT {name(column)} AS cell, {kind} AS kind FROM typed.{name(table)}"


def _people_in(cells: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for cell, kind in cells:
        if organisations.is_organisation(cell):
            yield cell, KEPT
        else:
            yield from ((one, kind) for one in people.named(cell))
