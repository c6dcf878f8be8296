"""Files → raw.*: every data row of every export, as text, with its file and row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from ruralkpi.errors import UserError
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Export
from ruralkpi.intake.large import load_large
from ruralkpi.intake.leftovers import leftovers
from ruralkpi.intake.match import Match, delimiters, is_for, match
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.readers.sheets import sheets_of
from ruralkpi.intake.readers.workbooks import ZERO_DAY
from ruralkpi.intake.remarks import set_aside
from ruralkpi.sql import literal, name
from ruralkpi.texts import say

SOURCE_FILE = """
CREATE TABLE source_file (  -- grain: one sheet of a file that was read
    file_no INTEGER PRIMARY KEY, file VARCHAR, source_table VARCHAR, file_month VARCHAR, mapping VARCHAR,
    encoding VARCHAR, header_row INTEGER, absent VARCHAR, unknown_headers VARCHAR, read_n BIGINT, blank_n BIGINT,
    width_n INTEGER, skip_n INTEGER, note_n BIGINT DEFAULT 0, exported_on DATE
)"""
PLACE = ("file_no", "row", "filled_n", "lead", "extra_n")  # of a raw row: cells filled, the first of them, those past the header
_BATCH = 100_000
_BLANKS = " \t\r\n\u3000\u00a0\ufeff\x1a"


@dataclass
class Intake:
    """What became of a folder: the sheets read, one line for each file that could not be, and what else to look at."""

    matches: list[Match] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    passed_over: list[str] = field(default_factory=list)  # sheets that are no export, of workbooks that hold one


class Batch:
    """Rows of one export that wait to be written together: a statement a file would cost more than the file."""

    def __init__(self, export: Export) -> None:
        self.table = f"raw.{name(export.name)}"
        self.columns: dict[str, list[Any]] = {column: [] for column in (*PLACE, *export.columns)}

    def write(self, con: duckdb.DuckDBPyConnection) -> None:
        """Append the rows to their raw table and forget them."""
        if not self.columns["row"]:
            return
        kinds = {column: "int64" if column in ("file_no", "row", "filled_n", "extra_n") else object for column in self.columns}
        frame = pd.DataFrame(
            {c: pd.Series(np.array(values, dtype=kinds[c]), dtype=kinds[c]) for c, values in self.columns.items()}
        )
        con.register("batch", frame)
        con.execute(f"INSERT INTO {self.table} SELECT {', '.join(map(name, self.columns))} FROM batch")
        con.unregister("batch")
        for values in self.columns.values():
            values.clear()


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
    read: list[list[Any]] = []
    batches = {export.name: Batch(export) for export in built_in().values()}
    for source in sources:
        tell(source.name)
        if source.is_read_elsewhere:
            done.remarks.append(say(source.fault, file=source.name, to=source.to))
            continue
        first = _matches(source, exports, done)
        for found in [*first, *_again(source, exports, first)]:
            try:
                read.append(_load(con, found, len(done.matches) + 1, batches[found.export.name]))
            except UserError as fault:
                done.refused.append(str(fault))
                continue
            done.matches.append(found)
    for batch in batches.values():
        batch.write(con)
    if read:
        con.execute(f"INSERT INTO source_file VALUES {', '.join(_tuple(line) for line in read)}")
    set_aside(con)
    done.remarks += leftovers(done.matches, exports, done.passed_over)
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
            f"(file_no INTEGER, row BIGINT, filled_n BIGINT, lead VARCHAR, extra_n BIGINT, {columns})"
        )


def _matches(source: Source, exports: Sequence[Export], done: Intake) -> list[Match]:
    """The sheets of a file that are exports; a file without any is refused, else its other sheets are only named."""
    found, faults, others = [], [], []
    try:
        for ways in sheets_of(source, delimiters(exports, source.name)):
            try:
                found.append(match(ways, exports))
            except UserError as fault:
                faults.append(str(fault))
                others.append(ways[0].title)
    except UserError as fault:
        faults.append(str(fault))
    if not found:
        done.refused.extend(faults)
    done.passed_over.extend(others if found else [])
    return found


def _again(source: Source, exports: Sequence[Export], first: Sequence[Match]) -> list[Match]:
    """The same sheets as other exports, where mappings of several exports name the file and can read it."""
    named = {export.name for export in exports if export.is_for_named_files and is_for(export, source.name)}
    read = {(one.sheet.title, one.export.name) for one in first}
    found = []
    for name_ in sorted(named) if len(named) > 1 and first else ():
        own = [export for export in exports if export.name == name_ and export.is_for_named_files]
        again = _matches(source, own, Intake())
        found += [one for one in again if (one.sheet.title, name_) not in read]
    return found


def _load(con: duckdb.DuckDBPyConnection, found: Match, file_no: int, batch: Batch) -> list[Any]:
    """Read one sheet into the batch, or straight into its raw table when it is large; returns its line of source_file."""
    if found.sheet.rows is None and found.sheet.text is None:
        read_n, blank_n = load_large(con, found, file_no)
    else:
        read_n, blank_n = _fill(batch, found, file_no)
        if len(batch.columns["row"]) > _BATCH:
            batch.write(con)
    source = found.sheet.source
    return [
        file_no, found.sheet.title, found.export.name, source.month, found.export.origin, found.sheet.encoding,
        found.header_row, " ".join(found.absent), "、".join(found.unknown), read_n, blank_n, found.filled_n,
        found.export.skip_after_header, 0, source.exported_on and source.exported_on.isoformat(),
    ]  # fmt: skip


def _fill(batch: Batch, found: Match, file_no: int) -> tuple[int, int]:
    """Put a sheet's rows into the batch; returns rows read and those of them that are blank."""
    rows = found.sheet.all_rows(found.width)[found.header_row :]
    width, cells_n, is_text = found.width, found.cells_n, found.sheet.text is not None
    kept: list[list[Any]] = []
    places: list[tuple[int, int, str, int]] = []
    for number, row in enumerate(rows, start=found.header_row + 1):
        filled = [cell for cell in row if cell and cell.strip(_BLANKS)]
        if filled:
            extra = sum(1 for cell in row[width:] if cell and cell.strip(_BLANKS)) if is_text and len(row) > cells_n else 0
            places.append((number, len(filled), filled[0], extra))
            kept.append(row)
    numbers, counts, leads, extras = zip(*places, strict=True) if places else ((), (), (), ())
    put = {"file_no": [file_no] * len(kept), "row": numbers, "filled_n": counts, "lead": leads, "extra_n": extras}
    for column, values in batch.columns.items():
        values.extend(put[column] if column in put else _column(found, column, kept))
    return len(rows), len(rows) - len(kept)


def _column(found: Match, column: str, rows: list[list[Any]]) -> list[Any]:
    constant = found.export.columns[column].constant
    if constant is not None:
        return [constant] * len(rows)
    places = found.places.get(column)
    if places is None:
        return [None] * len(rows)
    if len(places) == 1:
        place = places[0]
        return [row[place] or None if place < len(row) else None for row in rows]
    return [_joined([row[p] for p in places if p < len(row) and row[p]]) for row in rows]


def _joined(parts: list[str]) -> str | None:
    """A date's cell and a time's as one text; a time cell that holds 0 is midnight, not a day."""
    return " ".join("00:00:00" if place and part == ZERO_DAY else part for place, part in enumerate(parts)) or None
