"""The cells of a row to mend: how they leave, and how what was masked in them comes back.

A person who mends a row sees it, and his own name in it; other people's names and all numbers are masked. A cell that
comes back with its stars has not been touched, and is the original again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import duckdb

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import ORIGIN, Export
from ruralkpi.masking import listed, mask_customer, mask_id, mask_person, people, texts, unmasked
from ruralkpi.sql import name
from ruralkpi.store.views import own

Cells = dict[str, str]
_PLACES = ("village_name", "town_name")


class Mask:
    """Masks the cells of rows; `own`: the submitters' own names by id, which they may see."""

    def __init__(self, con: duckdb.DuckDBPyConnection, rows: Iterable[Mapping[str, str]]) -> None:
        self.known = listed.named_in(con, {text for cells in rows for text in cells.values()})
        self.own = dict(con.execute("SELECT agent_id, coalesce(agent_name, '') FROM agent").fetchall())

    def cells(self, export: Export, cells: Mapping[str, str], submitter: str) -> Cells:
        """A row's cells by title, as its submitter may see them."""
        if unmasked.is_on():
            return dict(cells)
        columns = {column.title: column.name for column in export.columns.values()}
        own = people.named(self.own.get(submitter, ""))
        is_firm = _is_firm(export, cells)
        return {title: self._cell(columns.get(title, ""), text, own, is_firm) for title, text in cells.items()}

    def _cell(self, column: str, text: str, own: list[str], is_firm: bool) -> str:
        if column == "customer_name":
            return mask_customer(text, is_firm)
        if column.endswith("_name") and column not in _PLACES:
            return text if column == "agent_name" and people.named(text) == own else mask_person(text)
        found, kept = self.known.get(text, ([], []))
        if column.endswith("_id") and not found:
            return mask_id(text)
        return texts.hidden(text, found, kept)


def _is_firm(export: Export, cells: Mapping[str, str]) -> bool:
    worded = [export.columns[name] for name in ("customer_class", "customer_grade") if name in export.columns]
    said = [export.reader(column).means(cells[column.title]) or "" for column in worded if cells.get(column.title)]
    return any(meaning in ("government", "both") for one in said for meaning in one.split())


def restore(con: duckdb.DuckDBPyConnection) -> None:
    """Put the originals back into the cells of mended rows in typed.* that still have the stars they were handed out with.

    A cell with stars fits the original where that has anything in their place; a name with stars that fits none is no name.
    """
    for export in built_in().values():
        mended = f"SELECT DISTINCT file_no FROM typed.{name(export.name)} WHERE origin_file IS NOT NULL"
        files = [file_no for (file_no,) in con.execute(mended).fetchall()]
        if files:
            _originals(con, export)
            table = own(con, export.name, files)
            for column in export.columns.values():
                if column.kind in ("id", "text") and column.name not in ORIGIN:
                    _restore(con, table, name(column.name), column.name.endswith("_name") and column.name not in _PLACES)


def _originals(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """The rows that mended rows say they stand for, looked for once."""
    table = f"typed.{name(export.name)}"
    wanted = f"SELECT (origin_file, origin_row) FROM {table} WHERE origin_file IS NOT NULL"
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE original AS SELECT * FROM {table} WHERE (file, CAST(row AS VARCHAR)) IN ({wanted})""")


def _restore(con: duckdb.DuckDBPyConnection, table: str, column: str, is_name: bool) -> None:
    fits = f"regexp_full_match(old.{column}, regexp_replace(regexp_escape(new.{column}), '(\\\\\\*)+', '.*', 'g'), 's')"
    con.execute(f"""
UPDATE {table} AS new SET {column} = old.{column} FROM original AS old
WHERE contains(new.{column}, '*') AND new.origin_file = old.file AND new.origin_row = CAST(old.row AS VARCHAR) AND {fits}""")
    if is_name:
        con.execute(f"UPDATE {table} SET {column} = NULL WHERE origin_file IS NOT NULL AND contains({column}, '*')")
