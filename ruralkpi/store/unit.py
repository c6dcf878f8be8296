"""Files that are read together, into one pack: those that are named alike, as many as fit into memory with ease."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Export
from ruralkpi.intake.cells import with_less
from ruralkpi.intake.load import ingest
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.reading import Reading
from ruralkpi.intake.taken import count_taken
from ruralkpi.intake.values.macros import add_macros
from ruralkpi.intake.values.typed import UNITED, typed_rows
from ruralkpi.intake.words import read_words
from ruralkpi.sql import first_row, literal, name, one_thread, to_parquet
from ruralkpi.store.keys import Keys, content_hash
from ruralkpi.store.packs import OF_A_TABLE, Store, entry
from ruralkpi.texts import say

_BYTES, _FILES = 96 << 20, 1200  # of one unit at the most
_SMALL, _SHARES = 48 << 20, 12  # less than this is not worth a unit's own statements, more of them than these neither
LITTLE = 6 << 20  # less than this is read at once: a process, or a unit's statements, take as long as reading it
_TEXTS, _UNPACKED = (".csv", ".txt", ".tsv"), 8  # how many times a workbook's bytes its cells are, about
_OF_A_FILE = ("file", "file_month", "exported_on")  # known from its name, not from what is in it
# the small parts of a pack: each a query over the tables of the reading connection and entry_of
_PARTS = {
    "source_file": f"SELECT entry, source_file.* EXCLUDE (file_no, {', '.join(_OF_A_FILE)}) FROM source_file JOIN entry_of USING "
    "(file_no) ORDER BY file_no",
    "note": "SELECT entry, note.* EXCLUDE (file_no) FROM note JOIN entry_of USING (file_no) ORDER BY file_no, row",
    "word": """
SELECT entry, w.source_table, w.column_name, w.text, said, means, w.n
FROM word_in_file AS w JOIN source_file AS s USING (file_no) JOIN entry_of USING (file_no)
JOIN word ON word.source_table = w.source_table AND word.mapping = s.mapping AND word.column_name = w.column_name
    AND word.text = w.text
ORDER BY file_no, w.column_name, w.text""",
    "taken": "SELECT entry, t.* EXCLUDE (file_no) FROM taken_in_file AS t JOIN entry_of USING (file_no) ORDER BY ALL",
}


@dataclass(frozen=True)
class Unit:
    """Sources to read, in their order, and the keys of their readings ('' is not kept)."""

    sources: tuple[Source, ...]
    keys: tuple[str, ...]
    bytes_n: int


@dataclass(frozen=True)
class Work:
    """What every unit is read by: the forms, the limits of readers, the folder of the store, and bytes of memory."""

    exports: tuple[Export, ...]
    limits: Limits
    store: Path
    memory: int


@dataclass(frozen=True)
class Done:
    """What became of a unit: files and rows read, lines for files that can't be kept, whether memory could be limited."""

    files_n: int
    rows_n: int
    unkept: dict[str, Reading]
    is_limited: bool


def units(sources: Sequence[Source], keys: Sequence[str], exports: Sequence[Export]) -> list[Unit]:
    """Cut what is to be read: by the export that a file's name names, each of which takes statements of its own, and by month;
    texts apart from workbooks and pages, which take a process beside, unless all of it is little. The same for the same files.
    """
    named = {word.lower().strip("*"): export.name for export in exports for word in export.files}
    words = sorted(named, key=lambda word: (-len(word), word))
    found = []
    for place, (source, key) in enumerate(zip(sources, keys, strict=True)):
        base = source.name.rsplit("/", 1)[-1].lower()
        export = next((named[word] for word in words if word in base), "")
        is_packed = not base.endswith(_TEXTS)
        size = _size(source) * (_UNPACKED if is_packed else 1)
        found.append((is_packed, export, source.named.month, place, (source, key, size)))
    found.sort(key=itemgetter(0, 1, 2, 3))
    if sum(file[2] for *_, file in found) < LITTLE:
        return _cut([file for *_, file in found])
    return [unit for _, some in groupby(found, itemgetter(0)) for unit in _cut([file for *_, file in some])]


def _size(source: Source) -> int:
    try:
        return source.path.stat().st_size
    except OSError:
        return 0


def _cut(files: list[tuple[Source, str, int]]) -> list[Unit]:
    """Units of about the same size: enough for many cores to share, and no more than there must be."""
    whole = sum(size for *_, size in files)
    n = max(-(-whole // _BYTES), -(-len(files) // _FILES), min(-(-whole // _SMALL), _SHARES))
    found: list[list[tuple[Source, str, int]]] = [[] for _ in range(n)]
    size = 0
    for one in files:
        found[min(size * n // max(whole, 1), n - 1)].append(one)  # empty files may stand behind the last byte
        size += one[2]
    return [_unit(one) for one in found if one]


def _unit(files: list[tuple[Source, str, int]]) -> Unit:
    return Unit(tuple(one for one, _, _ in files), tuple(key for _, key, _ in files), sum(size for _, _, size in files))


def read(unit: Unit, work: Work, threads: int = 1) -> Done:
    """Read a unit and keep its pack. Raises UserError where the store can't be written."""
    exports = list(work.exports)
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": threads,
        "memory_limit": f"{work.memory >> 20}MiB",
        "temp_directory": f"{tempfile.gettempdir()}/spilt",
    }
    with duckdb.connect(config=config) as con:
        done = ingest(con, unit.sources, exports, limits=work.limits)
        add_macros(con)
        read_words(con, exports)
        count_taken(con)
        keys = {source.name: key for source, key in zip(unit.sources, unit.keys, strict=True) if key}
        unkept = _changed(unit, keys, done.readings, exports)
        kept = [one for one in done.readings if one.file in keys and one.file not in unkept]
        unkept |= {one.file: one for one in done.readings if one.file not in keys}
        _number(con, done.readings, {one.file: keys[one.file] for one in kept})
        rows_n = int(first_row(con, "SELECT coalesce(sum(read_n - blank_n), 0) FROM source_file")[0])
        if kept:
            mine, tables = {keys[one.file]: one for one in kept}, _read_as(con)
            forms = [one for one in exports if one.name in tables]
            words = {"readings": mine, "limits": vars(work.limits), "rows_n": rows_n}
            Store(work.store).keep(lambda folder: _write(con, folder, forms, words))
    return Done(len(unit.sources), rows_n, unkept, done.is_limited)


def _read_as(con: duckdb.DuckDBPyConnection) -> set[str]:
    return {table for (table,) in con.execute("SELECT DISTINCT source_table FROM source_file").fetchall()}


def _changed(unit: Unit, keys: dict[str, str], readings: Sequence[Reading], exports: list[Export]) -> dict[str, Reading]:
    """Files whose bytes are no longer those that their keys were made of: what was read of them is not kept."""
    made, found = Keys(exports), {}
    read = {one.file for one in readings}
    for source in unit.sources:
        if source.name in keys and source.name in read:
            try:
                is_same = made.with_content(source, content_hash(source)) == keys[source.name]
            except OSError:
                is_same = False
            if not is_same:
                found[source.name] = Reading(source.name, refused=[say("error.file_changed", file=source.name)])
    return found


def _number(con: duckdb.DuckDBPyConnection, readings: Sequence[Reading], keys: dict[str, str]) -> None:
    """entry_of: file_no → entry, for the tables of files that are kept."""
    tables = [(one.file, number) for one in readings for number in range(len(one.tables))]
    rows = [(no, entry(keys[file], number)) for no, (file, number) in enumerate(tables, start=1) if file in keys]
    con.register("numbered", pd.DataFrame(rows, columns=["file_no", "entry"], dtype="int64"))
    con.execute(
        "CREATE TABLE entry_of AS SELECT CAST(file_no AS INTEGER) AS file_no, CAST(entry AS BIGINT) AS entry FROM numbered"
    )
    con.unregister("numbered")


def _write(con: duckdb.DuckDBPyConnection, folder: Path, forms: Sequence[Export], words: dict[str, Any]) -> dict[str, Any]:
    """Write the parts of a pack; returns the words of its list."""
    for part, query in _PARTS.items():
        _copy(con, query, folder / f"{part}.parquet")
    for table, rows in typed_rows(con, forms, with_cells=True):
        export = built_in()[table]
        left_out = ["file_no", *OF_A_TABLE, *(["mapping"] if export.snapshot else [])]
        typed = f"SELECT entry, t.* EXCLUDE ({', '.join(left_out)}) FROM ({UNITED.join(rows)}) AS t JOIN entry_of USING (file_no)"
        with one_thread(con):
            _copy(con, with_less(export, typed), folder / f"{table}.parquet")
        con.execute(f"DROP TABLE raw.{name(table)}")  # its memory serves the next one
    return words


def _copy(con: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    to_parquet(con, query, path)
    if not first_row(con, f"SELECT count(*) FROM (SELECT 1 FROM read_parquet({literal(str(path))}) LIMIT 1)")[0]:
        path.unlink()
