"""Files → raw.*: every data row of every export, as text, with its file and row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from ruralkpi.errors import UserError
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Export
from ruralkpi.intake.batch import Batch, Part, header_n, notes_of
from ruralkpi.intake.large import load_large
from ruralkpi.intake.leftovers import Unread, leftovers
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.box.parent import Box
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.readers.sheets import Sheet, sheets_of
from ruralkpi.intake.remarks import Note, set_aside
from ruralkpi.intake.tables.cut import Table, cut
from ruralkpi.intake.tables.match import Known, Match, delimiters, is_for, match
from ruralkpi.sql import literal, name
from ruralkpi.texts import say

SOURCE_FILE = """
CREATE TABLE source_file (  -- grain: one table of a sheet of a file; read_n: its rows that say anything, its header and notes
    -- too; blank_n: those that are no records, headers and notes; note_n: the notes of these
    file_no INTEGER PRIMARY KEY, file VARCHAR, source_table VARCHAR, file_month VARCHAR, mapping VARCHAR,
    encoding VARCHAR, header_row INTEGER, absent VARCHAR, unknown_headers VARCHAR, read_n BIGINT, blank_n BIGINT,
    width_n INTEGER, skip_n INTEGER, note_n BIGINT DEFAULT 0, exported_on DATE
)"""
_BATCH = 100_000


@dataclass
class Intake:
    """What became of a folder: the tables read, one line for each file that could not be, and what else to look at.

    `lines` are those of source_file, `notes` the lines of files that are no records by where they stand.
    """

    matches: list[Match] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    unread: Unread = field(default_factory=Unread)
    lines: list[list[Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def ingest(
    con: duckdb.DuckDBPyConnection,
    sources: Sequence[Source],
    exports: Sequence[Export],
    tell: Callable[[str], None] = lambda _: None,
    limits: Limits | None = None,
) -> Intake:
    """Load `sources` into raw.<export> and source_file of an empty database.

    A file that can't be read within `limits` (None: those that Limits says), or that is no known export, is refused with one
    line and the rest goes on.
    """
    create_raw(con)
    done = Intake()
    batches = {export.name: Batch(export) for export in built_in().values()}
    with Box(limits or Limits(), sources) as box:
        for source in sources:
            tell(source.name)
            if source.is_read_elsewhere:
                done.remarks.append(say(source.fault, file=source.name, to=source.to))
                continue
            _read(con, source, box, exports, done, batches)
    for batch in batches.values():
        batch.write(con)
    if done.lines:
        con.execute(f"INSERT INTO source_file VALUES {', '.join(_tuple(line) for line in done.lines)}")
    set_aside(con, done.notes)
    if not box.is_limited:
        done.remarks.append(say("cli.memory_not_limited"))
    done.remarks += leftovers(done.matches, exports, done.unread)
    return done


def _tuple(values: list[Any]) -> str:
    return f"({', '.join(literal(value) for value in values)})"


def create_raw(con: duckdb.DuckDBPyConnection) -> None:
    """Empty raw.<export> tables and source_file."""
    con.execute(SOURCE_FILE)
    con.execute("CREATE SCHEMA raw")
    for export in built_in().values():
        columns = ", ".join(f"{name(column)} VARCHAR" for column in export.columns)
        con.execute(
            f"CREATE TABLE raw.{name(export.name)} "
            f"(file_no INTEGER, row BIGINT, filled_n BIGINT, lead VARCHAR, extra_n BIGINT, formula VARCHAR, {columns})"
        )


def _read(
    con: duckdb.DuckDBPyConnection,
    source: Source,
    box: Box,
    exports: Sequence[Export],
    done: Intake,
    batches: dict[str, Batch],
) -> None:
    """Read the sheets of a file that are exports; a file without any is refused, else its other sheets are only named.

    Where mappings of several exports name the file, the same sheets are read again as each of these.
    """
    unread, before, faults = Unread(), len(done.matches), list[str]()
    try:
        sheets = sheets_of(source, box, delimiters(exports, source.name))
        faults = _read_sheets(con, sheets, Known.of(exports, source.name), done, batches, unread)
    except UserError as fault:
        sheets, faults = [], [str(fault)]
    if len(done.matches) == before:
        if not faults and unread.hidden:
            faults = [say("error.only_hidden", file=source.name, sheets="、".join(unread.hidden))]
            unread.hidden.clear()
        done.refused.extend(faults)
        unread.passed_over.clear()
    else:
        for own in _named_alike(source, exports):
            _read_sheets(con, sheets, Known.of(own, source.name), done, batches, Unread(), done.matches[before:])
    done.unread.add(unread)


def _named_alike(source: Source, exports: Sequence[Export]) -> list[list[Export]]:
    """The mappings that name a file, by export, where they are of several exports."""
    by_name: dict[str, list[Export]] = {}
    for export in exports:
        if export.is_for_named_files and is_for(export, source.name):
            by_name.setdefault(export.name, []).append(export)
    return [by_name[name_] for name_ in sorted(by_name)] if len(by_name) > 1 else []


def _read_sheets(
    con: duckdb.DuckDBPyConnection,
    sheets: Sequence[Sequence[Sheet]],
    known: Known,
    done: Intake,
    batches: dict[str, Batch],
    unread: Unread,
    read: Sequence[Match] = (),
) -> list[str]:
    """Read each sheet's tables but those among `read`; returns why the others are no exports."""
    faults = []
    for ways in sheets:
        try:
            _read_sheet(con, ways, known.on_page(ways[0]), done, batches, unread, read)
        except UserError as fault:
            faults.append(str(fault))
            unread.passed_over.append(ways[0].title)
    return faults


def _read_sheet(
    con: duckdb.DuckDBPyConnection,
    ways: Sequence[Sheet],
    known: Known,
    done: Intake,
    batches: dict[str, Batch],
    unread: Unread,
    read: Sequence[Match],
) -> None:
    """Read one sheet's tables, each with a line in source_file. Raises UserError when it is no export."""
    if not known.exports:
        (unread.hidden if ways[0].is_hidden else unread.unnamed).append(ways[0].title)
        return
    found, first_no = match(ways, known), len(done.matches) + 1
    was_read = {one.place for one in read}
    if found.sheet.is_large:
        parts, asides = load_large(con, found, known, first_no) if found.place not in was_read else ([], [])
    else:
        whole = cut(found, known, found.sheet.all_rows(found.width))
        new = [table for table in whole.tables if table.match.place not in was_read]
        parts, asides = [_batched(con, table, no, batches) for no, table in enumerate(new, first_no)], whole.asides
    unread.asides += asides
    for file_no, part in enumerate(parts, first_no):
        done.matches.append(part.match)
        done.lines.append(part.line(file_no))
        done.notes += part.notes


def _batched(con: duckdb.DuckDBPyConnection, table: Table, file_no: int, batches: dict[str, Batch]) -> Part:
    batch = batches[table.match.export.name]
    part = Part(table.match, batch.add(table, file_no), header_n(table), notes_of(table, file_no))
    if len(batch.columns["row"]) > _BATCH:
        batch.write(con)
    return part
