"""The working database's raw.* and typed.*: views of the packs' rows, under the numbers that the files have now."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import duckdb
import pandas as pd

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Export, means
from ruralkpi.intake.cells import CELL, JUDGED, OTHERS, STYLE, raw_cell
from ruralkpi.intake.load import create_raw
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.remarks import NOTE
from ruralkpi.intake.taken import TAKEN_IN_FILE
from ruralkpi.intake.values.macros import add_macros
from ruralkpi.intake.values.typed import type_rows
from ruralkpi.intake.words import WORD, mean_records
from ruralkpi.sql import first_row, insert, literal, name
from ruralkpi.store.packs import OF_A_TABLE, Held, Pack, entry

_OF_TABLE = (
    "source_table", "file_month", "mapping", "encoding", "header_row", "absent", "unknown_headers", "read_n", "blank_n",
    "width_n", "skip_n", "note_n",
)  # fmt: skip  # source_file's columns between the file's name and its day of export


def create(con: duckdb.DuckDBPyConnection, found: Sequence[tuple[Source, str, Held]], exports: Sequence[Export]) -> None:
    """Create source_file, note, word, taken_in_file, raw.* and typed.* of an empty database; `found`: the files that were read,
    oldest first, with their keys. Asks shown.sql of ruralkpi.intake."""
    packs = list({held.pack.folder: held.pack for _, _, held in found}.values())
    tables = {table for table in built_in() if any(pack.part(table) for pack in packs)}
    con.execute("CREATE TABLE pack (folder VARCHAR)")  # grain: one pack that the views show
    insert(con, "pack", [[str(pack.folder.absolute())] for pack in packs])
    create_raw(con, [export for export in built_in().values() if export.name not in tables])
    _files(con, found, packs)
    con.execute(NOTE)
    con.execute(WORD)
    con.execute(TAKEN_IN_FILE)
    _pour(con, packs, "note", "SELECT source_table, file_no, row, kind, text FROM part ORDER BY file_no, row")
    _pour(con, packs, "taken_in_file", "SELECT file_no, source_table, column_name, mark, n FROM part ORDER BY ALL", "taken")
    words = "SELECT source_table, mapping, column_name, text, said, means, sum(n) FROM part GROUP BY ALL ORDER BY ALL"
    _pour(con, packs, "word", words)
    con.execute("CREATE SCHEMA typed")
    for table in sorted(tables):
        paths = _paths(packs, table)
        con.execute(f"CREATE VIEW raw.{name(table)} AS {_raw(built_in()[table], paths)}")
    mean_records(con, exports)
    for table in sorted(tables):
        con.execute(f"CREATE VIEW typed.{name(table)} AS {_typed(con, built_in()[table], _paths(packs, table))}")
    if unread := built_in().keys() - tables:
        for empty in _empty_tables(frozenset(unread)):
            con.execute(empty)


@cache
def _empty_tables(tables: frozenset[str]) -> list[str]:
    """CREATE statements of typed.* for exports that nothing was read of; made once, since to make them takes time."""
    exports = [built_in()[table] for table in sorted(tables)]
    with duckdb.connect() as con:
        add_macros(con)
        create_raw(con, exports)
        con.execute(WORD)
        type_rows(con, exports)
        found = con.execute("SELECT sql FROM duckdb_tables() WHERE schema_name = 'typed' ORDER BY table_name").fetchall()
        return [sql for (sql,) in found]


def _paths(packs: Sequence[Pack], part: str) -> list[Path]:
    return [path for pack in packs if (path := pack.part(part)) is not None]


def _files(con: duckdb.DuckDBPyConnection, found: Sequence[tuple[Source, str, Held]], packs: Sequence[Pack]) -> None:
    """source_file: each table under its number, in the order of files."""
    rows = [
        (entry(key, number), table.title, source.named.month, source.named.exported_on and str(source.named.exported_on))
        for source, key, held in found
        for number, table in enumerate(held.reading.tables)
    ]
    if len({one[0] for one in rows}) < len(rows):
        raise RuntimeError("two tables of the store bear one number")
    con.execute("ALTER TABLE source_file ADD COLUMN entry BIGINT")
    if not rows:
        return
    frame = pd.DataFrame(rows, columns=["entry", "file", "file_month", "exported_on"], dtype=object)
    frame.insert(0, "file_no", range(1, len(rows) + 1))
    con.register("named", frame)
    columns = ", ".join(_OF_TABLE)
    tables = _read(_paths(packs, "source_file"))
    con.execute(f"""
INSERT INTO source_file SELECT CAST(file_no AS INTEGER), CAST(file AS VARCHAR), {columns}, CAST(exported_on AS DATE), entry
FROM (SELECT * EXCLUDE (entry), CAST(entry AS BIGINT) AS entry FROM named) JOIN {tables} USING (entry)
ORDER BY file_no""")
    con.unregister("named")
    n = first_row(con, "SELECT count(*) FROM source_file")[0]
    if n != len(rows):
        raise RuntimeError(f"{len(rows)} tables were read, {n} are in the store")


def _read(paths: Sequence[Path]) -> str:
    return f"read_parquet([{', '.join(literal(str(path.absolute())) for path in paths)}])"


def _pour(con: duckdb.DuckDBPyConnection, packs: Sequence[Pack], table: str, query: str, part: str = "") -> None:
    """Fill a table from the small parts of packs; `query` asks `part`, their rows with the file's number and mapping."""
    paths = _paths(packs, part or table)
    if paths:
        rows = f"SELECT p.* EXCLUDE (entry), s.file_no, s.mapping FROM {_read(paths)} AS p JOIN source_file AS s USING (entry)"
        con.execute(f"INSERT INTO {table} WITH part AS ({rows}) {query}")


def _raw(export: Export, paths: Sequence[Path]) -> str:
    cells = ", ".join(f"{raw_cell(column, 'p')} AS {name(column.name)}" for column in export.columns.values())
    place = ", ".join(f"p.{one}" for one in JUDGED)
    return f"SELECT s.file_no, p.row, {place}, {cells} FROM {_read(paths)} AS p JOIN source_file AS s USING (entry)"


def _typed(con: duckdb.DuckDBPyConnection, export: Export, paths: Sequence[Path]) -> str:
    """SQL of an export's typed rows; where a word is an id of a record that another file may hold, its meaning is word's."""
    columns = [one for (one, *_) in con.execute(f"DESCRIBE SELECT * FROM {_read(paths[:1])}").fetchall()]
    own = [one for one in columns if one not in ("entry", "row", STYLE, OTHERS) and not one.startswith(CELL)]
    said, joins = {one: f"p.{name(one)}" for one in own}, ""
    for column in export.columns.values():
        if column.words is not None and column.words.record:
            at, what = name(f"{column.name} record"), name(means(column.name))
            said[means(column.name)] = f"CASE WHEN {at}.text IS NOT NULL THEN 'record' ELSE p.{what} END AS {what}"
            joins += f"""
LEFT JOIN (SELECT mapping, text FROM word WHERE means = 'record' AND source_table = {literal(export.name)}
    AND column_name = {literal(column.name)}) AS {at} ON {at}.text = {raw_cell(column, "p")} AND {at}.mapping = s.mapping"""
    place = ["s.file_no", "p.row", *(f"s.{one}" for one in OF_A_TABLE)]
    if "is_full_list" in said:
        said["is_full_list"] = "s.mapping, p.is_full_list"
    return f"SELECT {', '.join([*place, *said.values()])}\nFROM {_read(paths)} AS p JOIN source_file AS s USING (entry){joins}"


def missing(con: duckdb.DuckDBPyConnection) -> list[Path]:
    """The packs that the views show and that are no longer there."""
    folders = (Path(folder) for (folder,) in con.execute("SELECT folder FROM pack ORDER BY ALL").fetchall())
    return [folder for folder in folders if not folder.is_dir()]


_HELD = "SELECT 1 FROM duckdb_tables() WHERE schema_name = 'held' AND table_name = ? AND database_name = current_database()"


def own(con: duckdb.DuckDBPyConnection, table: str, file_nos: Sequence[int] | None = None) -> str:
    """Make rows of typed.<table> such as can be changed: all of them, or those of some files. Returns the table that holds them,
    which typed.<table> shows from then on."""
    views = "SELECT sql FROM duckdb_views() WHERE schema_name = 'typed' AND view_name = ? AND database_name = current_database()"
    found = con.execute(views, [table]).fetchall()
    whole = f"typed.{name(table)}"
    if not found:
        return whole
    con.execute("CREATE SCHEMA IF NOT EXISTS held")
    held = f"held.{name(table if file_nos is not None else f'{table} all')}"
    mine = "true" if file_nos is None else f"file_no IN ({', '.join(map(str, sorted(file_nos)))})"
    if file_nos is None and con.execute(_HELD, [f"{table} all"]).fetchall():
        return held
    con.execute(f"CREATE TABLE {held} AS SELECT * FROM {whole} WHERE {mine}")
    others = f"SELECT * FROM ({found[0][0].split(' AS ', 1)[1].rstrip().rstrip(';')}) WHERE NOT {mine} UNION ALL "
    con.execute(f"CREATE OR REPLACE VIEW {whole} AS {others if file_nos is not None else ''}SELECT * FROM {held}")
    return held
