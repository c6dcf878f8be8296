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
from ruralkpi.sql import first_row, name
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
    Of a row that was handed in several times, what an earlier time has changed is the original of the later.
    """
    for export in built_in().values():
        mended = f"SELECT DISTINCT file_no FROM typed.{name(export.name)} WHERE origin_file IS NOT NULL"
        files = [file_no for (file_no,) in con.execute(mended).fetchall()]
        if files:
            table = own(con, export.name, files)
            written = [c.name for c in export.columns.values() if c.kind in ("id", "text") and c.name not in ORIGIN]
            for time in range(1, _returned(con, table) + 1):
                _originals(con, export, time)
                for column in written:
                    _restore(con, table, name(column))
            for column in (name(one) for one in written if one.endswith("_name") and one not in _PLACES):
                con.execute(f"UPDATE {table} SET {column} = NULL WHERE origin_file IS NOT NULL AND contains({column}, '*')")


def _returned(con: duckdb.DuckDBPyConnection, table: str) -> int:
    """returned: for the how manieth time each mended row stands for its original. Gives the greatest."""
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE returned AS
SELECT file_no, row, (origin_file, origin_row) AS place, dense_rank() OVER (PARTITION BY place ORDER BY file_no) AS time
FROM {table} WHERE origin_file IS NOT NULL""")
    return int(first_row(con, "SELECT max(time) FROM returned")[0])


def _originals(con: duckdb.DuckDBPyConnection, export: Export, time: int) -> None:
    """original: for the rows that come for that time, those that were there before, looked for once; age: 0 for the first."""
    table = f"typed.{name(export.name)}"
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE original AS
WITH new AS (SELECT file_no AS new_file_no, row AS new_row, place FROM returned WHERE time = {time})
SELECT new_file_no, new_row, 0 AS age, old.* FROM new JOIN {table} AS old ON new.place = (old.file, CAST(old.row AS VARCHAR))
UNION ALL
SELECT new_file_no, new_row, returned.time, old.*
FROM new JOIN returned USING (place) JOIN {table} AS old USING (file_no, row) WHERE returned.time < {time}""")


def _restore(con: duckdb.DuckDBPyConnection, table: str, column: str) -> None:
    fits = f"regexp_full_match(old.{column}, regexp_replace(regexp_escape(new.{column}), '(\\\\\\*)+', '.*', 'g'), 's')"
    con.execute(f"""
UPDATE {table} AS kept SET {column} = found.said FROM (
    SELECT new.file_no, new.row, arg_max(old.{column}, (old.age, old.row)) AS said
    FROM {table} AS new JOIN original AS old ON new.file_no = old.new_file_no AND new.row = old.new_row
    WHERE contains(new.{column}, '*') AND {fits} GROUP BY ALL
) AS found
WHERE found.file_no = kept.file_no AND found.row = kept.row""")
