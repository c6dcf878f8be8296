"""Files → raw.*: every data row of every export, as text, with its file and row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import duckdb

from ruralkpi.errors import UserError
from ruralkpi.intake.contract import Export, built_in
from ruralkpi.intake.files import Source
from ruralkpi.intake.match import Match, match
from ruralkpi.intake.sheets import first_line, relation, sheets_of
from ruralkpi.sql import first_row, literal, name
from ruralkpi.texts import say

SOURCE_FILE = """
CREATE TABLE source_file (  -- grain: one sheet of a file that was read
    file_no INTEGER PRIMARY KEY, file VARCHAR, source_table VARCHAR, file_month VARCHAR, mapping VARCHAR,
    encoding VARCHAR, header_row INTEGER, absent VARCHAR, unknown_headers VARCHAR, read_n BIGINT, blank_n BIGINT
)"""


@dataclass
class Intake:
    """What became of a folder: the sheets read, and one line for each file that could not be."""

    matches: list[Match] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def ingest(
    con: duckdb.DuckDBPyConnection,
    sources: Sequence[Source],
    exports: Sequence[Export],
    tell: Callable[[str], None] = lambda _: None,
) -> Intake:
    """Load `sources` into raw.<export> and source_file of an empty database.

    A file that can't be read, or that is no known export, is refused with one line and the rest goes on.
    """
    create_raw(con)
    done = Intake()
    for source in sources:
        tell(source.name)
        for found in _matches(source, exports, done.refused):
            try:
                _load(con, found, len(done.matches) + 1)
            except UserError as fault:
                done.refused.append(str(fault))
                continue
            done.matches.append(found)
    return done


def create_raw(con: duckdb.DuckDBPyConnection) -> None:
    """Empty raw.<export> tables and source_file."""
    con.execute(SOURCE_FILE)
    con.execute("CREATE SCHEMA raw")
    for export in built_in().values():
        columns = ", ".join(f"{name(column)} VARCHAR" for column in export.columns)
        con.execute(f"CREATE TABLE raw.{name(export.name)} (file_no INTEGER, row BIGINT, {columns})")


def _matches(source: Source, exports: Sequence[Export], refused: list[str]) -> list[Match]:
    """The sheets of a file that are exports; a workbook's other sheets only matter when none is."""
    found, faults = [], []
    try:
        for ways in sheets_of(source):
            try:
                found.append(match(ways, exports))
            except UserError as fault:
                faults.append(str(fault))
    except UserError as fault:
        faults.append(str(fault))
    if not found:
        refused.extend(faults)
    return found


def _load(con: duckdb.DuckDBPyConnection, found: Match, file_no: int) -> None:
    export = found.export
    names, values = ["file_no", "row"], [str(file_no), "row"]
    for column in export.columns.values():
        if column.constant is not None:
            names.append(name(column.name))
            values.append(literal(column.constant))
        elif column.name in found.places:
            names.append(name(column.name))
            values.append(f"c{found.places[column.name]}")
    with relation(con, found.sheet) as rows:
        try:
            con.execute(f"CREATE TEMP TABLE sheet AS SELECT * FROM ({rows}) WHERE row > {found.header_row}")
        except duckdb.Error as fault:
            raise UserError(say("error.csv", file=found.sheet.title, fault=first_line(fault))) from None
        cells = ", ".join(f"c{i}" for i in range(_width(con)))
        filled = f"trim(concat({cells}), ' \t\r\n　\u00a0') <> ''"
        con.execute(
            f"INSERT INTO raw.{name(export.name)} ({', '.join(names)}) SELECT {', '.join(values)} FROM sheet WHERE {filled}"
        )
        read_n, blank_n = first_row(con, f"SELECT count(*), count(*) FILTER (NOT ({filled})) FROM sheet")
        con.execute("DROP TABLE sheet")
    con.execute(
        "INSERT INTO source_file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [file_no, found.sheet.title, export.name, found.sheet.source.month, export.origin, found.sheet.encoding,
         found.header_row, " ".join(found.absent), "、".join(found.unknown), read_n, blank_n],
    )  # fmt: skip


def _width(con: duckdb.DuckDBPyConnection) -> int:
    return len(con.sql("SELECT * FROM sheet").columns) - 1
