"""Files → raw.*: every data row of every export, as text, with its file and row."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb

from ruralkpi.errors import UserError
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Export
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.box.parent import Box
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.readers.sheets import Sheet, sheets_of
from ruralkpi.intake.reading import Reading, TableRead, Unread
from ruralkpi.intake.remarks import Note, set_aside
from ruralkpi.intake.rows.batch import Batch, Part, header_n, notes_of
from ruralkpi.intake.rows.broken import Broken, open_row, short_of
from ruralkpi.intake.rows.large import load_large
from ruralkpi.intake.rows.plain import Plain
from ruralkpi.intake.tables.clocks import with_clocks
from ruralkpi.intake.tables.cut import Table, cut
from ruralkpi.intake.tables.match import Known, Match, delimiters, is_for, match
from ruralkpi.sql import insert, name
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
    """What became of a folder, file by file, and whether memory could be limited; of a stage, what else there is to say, how
    many files were new, and whether nothing has changed since the last time."""

    readings: list[Reading] = field(default_factory=list)
    is_limited: bool = True
    remarks: list[str] = field(default_factory=list)
    new_n: int = 0
    is_as_before: bool = False

    @property
    def tables(self) -> list[TableRead]:
        """Every table that was read, in the order of source_file."""
        return [table for reading in self.readings for table in reading.tables]

    @property
    def refused(self) -> list[str]:
        """A line for each file that could not be read."""
        return [line for reading in self.readings for line in reading.refused]

    @property
    def unread(self) -> Unread:
        """What of the files was not read."""
        every = Unread()
        for reading in self.readings:
            every.add(reading.unread)
        return every


@dataclass
class _Taken:
    """Where the tables of files go: their rows and, with these, lines of source_file and lines that are no records by where
    they stand."""

    con: duckdb.DuckDBPyConnection
    batches: dict[str, Batch] = field(default_factory=lambda: {export.name: Batch(export) for export in built_in().values()})
    lines: list[list[Any]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    broken: Broken = field(default_factory=Broken)

    def add(self, parts: Sequence[Part], first_no: int) -> None:
        """Keep the lines of tables that were read."""
        for file_no, part in enumerate(parts, first_no):
            self.lines.append(part.line(file_no))
            self.notes += part.notes
            self.broken.add(part.match, file_no, part.short, part.open_row)

    def write(self) -> None:
        """Append the rows that still wait, fill source_file and note, and mark the lines of records that are not whole."""
        for batch in self.batches.values():
            batch.write(self.con)
        insert(self.con, "source_file", self.lines)
        self.broken.create(self.con)
        self.broken.mark_split(self.con)
        set_aside(self.con, self.notes)
        self.broken.mark_cut_off(self.con)


def ingest(
    con: duckdb.DuckDBPyConnection,
    sources: Sequence[Source],
    exports: Sequence[Export],
    limits: Limits | None = None,
) -> Intake:
    """Load `sources`, none of which is read elsewhere, into raw.<export> and source_file of an empty database.

    A file that can't be read within `limits` (None: those that Limits says), or that is no known export, is refused with one
    line and the rest goes on.
    """
    create_raw(con)
    done, taken = Intake(), _Taken(con)
    plain = Plain(con, sources, exports)
    with Box(limits or Limits(), sources) as box:
        for source in sources:
            part = plain.part(source, len(taken.lines) + 1)
            if part is not None:
                taken.add([part], len(taken.lines) + 1)
                done.readings.append(Reading(source.name, [TableRead.of(part.match, exports)]))
            else:
                done.readings.append(_read(source, box, exports, taken))
    plain.write()
    taken.write()
    done.is_limited = box.is_limited
    return done


def create_raw(con: duckdb.DuckDBPyConnection, exports: Iterable[Export] | None = None) -> None:
    """Empty raw.<export> tables, of all exports if none are named, and source_file."""
    con.execute(SOURCE_FILE)
    con.execute("CREATE SCHEMA raw")
    for export in built_in().values() if exports is None else exports:
        columns = ", ".join(f"{name(column)} VARCHAR" for column in export.columns)
        con.execute(
            f"CREATE TABLE raw.{name(export.name)} "
            f"(file_no INTEGER, row BIGINT, filled_n BIGINT, lead VARCHAR, extra_n BIGINT, formula VARCHAR, {columns})"
        )


def _read(source: Source, box: Box, exports: Sequence[Export], taken: _Taken) -> Reading:
    """Read the sheets of a file that are exports; a file without any is refused, else its other sheets are only named.

    Where mappings of several exports name the file, the same sheets are read again as each of these.
    """
    unread, read, faults = Unread(), list[Match](), list[str]()
    try:
        sheets = sheets_of(source, box, delimiters(exports, source.name))
        faults = _read_sheets(sheets, Known.of(exports, source.name), taken, unread, read)
    except UserError as fault:
        sheets, faults = [], [str(fault)]
    if not read:
        if not faults and unread.hidden:
            faults = [say("error.only_hidden", file=source.name, sheets="、".join(unread.hidden))]
            unread.hidden.clear()
        unread.passed_over.clear()
        return Reading(source.name, refused=faults, unread=unread)
    for own in _named_alike(source, exports):
        _read_sheets(sheets, Known.of(own, source.name), taken, Unread(), read)
    return Reading(source.name, [TableRead.of(one, exports) for one in read], unread=unread)


def _named_alike(source: Source, exports: Sequence[Export]) -> list[list[Export]]:
    """The mappings that name a file, by export, where they are of several exports."""
    by_name: dict[str, list[Export]] = {}
    for export in exports:
        if export.is_for_named_files and is_for(export, source.name):
            by_name.setdefault(export.name, []).append(export)
    return [by_name[name_] for name_ in sorted(by_name)] if len(by_name) > 1 else []


def _read_sheets(sheets: Sequence[Sequence[Sheet]], known: Known, taken: _Taken, unread: Unread, read: list[Match]) -> list[str]:
    """Read each sheet's tables but those among `read`, and add them there; returns why the others are no exports."""
    faults = []
    for ways in sheets:
        try:
            _read_sheet(ways, known.on_page(ways[0]), taken, unread, read)
        except UserError as fault:
            faults.append(str(fault))
            unread.passed_over.append(ways[0].title)
    return faults


def _read_sheet(ways: Sequence[Sheet], known: Known, taken: _Taken, unread: Unread, read: list[Match]) -> None:
    """Read one sheet's tables, each with a line in source_file. Raises UserError when it is no export."""
    if not known.exports:
        (unread.hidden if ways[0].is_hidden else unread.unnamed).append(ways[0].title)
        return
    found, first_no = match(ways, known), len(taken.lines) + 1
    was_read = {one.place for one in read}
    if found.sheet.is_large:
        parts, asides = load_large(taken.con, found, known, first_no) if found.place not in was_read else ([], [])
    else:
        whole = cut(found, known, found.sheet.all_rows(found.width))
        new = [table for table in whole.tables if table.match.place not in was_read]
        parts, asides = [_batched(table, no, taken) for no, table in enumerate(new, first_no)], whole.asides
    unread.asides += asides
    taken.add(parts, first_no)
    read += [part.match for part in parts]


def _batched(table: Table, file_no: int, taken: _Taken) -> Part:
    table.match = with_clocks(table.match, table.pairs)
    batch = taken.batches[table.match.export.name]
    kept_n, notes = batch.add(table, file_no), notes_of(table, file_no)
    part = Part(table.match, kept_n, header_n(table), notes, short_of(table), open_row(table))
    if len(batch.columns["row"]) > _BATCH:
        batch.write(taken.con)
    return part
