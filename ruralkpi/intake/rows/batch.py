"""The rows of a table as columns of its export, waiting to be written to raw.* together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from ruralkpi.exports.form import Export
from ruralkpi.intake.readers.page import FORMULA, Row, counted_from
from ruralkpi.intake.readers.workbooks import ZERO_DAY
from ruralkpi.intake.remarks import Note
from ruralkpi.intake.rows.broken import Short
from ruralkpi.intake.tables.cut import Table
from ruralkpi.intake.tables.kinds import filled
from ruralkpi.intake.tables.match import Match
from ruralkpi.intake.values.spelling import TIMES
from ruralkpi.sql import name
from ruralkpi.texts import letters

# of a raw row: cells filled, the first of them, those past the header; the cells with a formula that has no value
PLACE = ("file_no", "row", "filled_n", "lead", "extra_n", "formula")


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

    def add(self, table: Table, file_no: int) -> int:
        """Take over a table's rows but those that are no records by where they stand; returns how many it took."""
        found = table.match
        passed = table.again | table.others
        width, cells_n, is_text = found.width, found.cells_n, bool(found.sheet.delimiter)
        kept: list[Row] = []
        places: list[tuple[int, int, str, int]] = []
        for number, row in enumerate(table.rows[found.header_row : table.last], start=found.header_row + 1):
            said = filled(row)
            if said and number not in passed:
                extra = len(filled(row[width:])) if is_text and len(row) > cells_n else 0
                places.append((number, len(said), said[0], extra))
                kept.append(row)
        numbers, counts, leads, extras = zip(*places, strict=True) if places else ((), (), (), ())
        put = {"file_no": [file_no] * len(kept), "row": numbers, "filled_n": counts, "lead": leads, "extra_n": extras}
        put["formula"] = _unvalued(found, numbers, kept) if found.sheet.has_formulas else [None] * len(kept)
        if found.sheet.has_formulas:
            kept = [[None if cell == FORMULA else cell for cell in row] for row in kept]
        for column, values in self.columns.items():
            values.extend(put[column] if column in put else _column(found, column, kept))
        return len(kept)


@dataclass
class Part:
    """What was read of a table: rows that may be records, rows of its header, and the lines that are neither; of a text file the
    rows that are short, and the one in which it ends without a line end."""

    match: Match
    kept_n: int
    header_n: int
    notes: list[Note]
    short: Short | None = None
    open_row: int | None = None

    def line(self, file_no: int) -> list[Any]:
        """Its line of source_file."""
        found, no_record_n = self.match, self.header_n + len(self.notes)
        source = found.sheet.source
        note_n = sum(1 for note in self.notes if note[3] != "header")
        return [
            file_no, found.sheet.title, found.export.name, source.named.month, found.export.origin, found.sheet.encoding,
            found.header_row, " ".join(found.absent), "、".join(found.unknown), self.kept_n + no_record_n, no_record_n,
            found.filled_n, found.export.skip_after_header, note_n, source.named.exported_on and str(source.named.exported_on),
        ]  # fmt: skip


def notes_of(table: Table, file_no: int) -> list[Note]:
    """A table's rows that are no records by where they stand: above its header, its header again, of a table that is none."""
    found = table.match
    above = [n for n in range(table.first, found.top_row) if n not in table.others]
    kinds = {"title": above, "header": sorted(table.again), "other": sorted(table.others)}
    cells = [(kind, number, filled(table.rows[number - 1])) for kind, numbers in kinds.items() for number in numbers]
    return [
        (found.export.name, file_no, number, kind, (said or ["…"])[0][:300])
        for kind, number, said in cells
        if said or kind == "other"
    ]


def header_n(table: Table) -> int:
    """Rows that its header takes, two where it stands under group heads."""
    return sum(1 for row in table.rows[table.match.top_row - 1 : table.match.header_row] if filled(row))


def _unvalued(found: Match, numbers: tuple[int, ...], rows: list[Row]) -> list[str | None]:
    """For each row its cells that are read and hold a formula without a value, by header and place: 办结时间(F7)."""
    places = sorted({place for several in found.places.values() for place in several})
    cells = [[place for place in places if place < len(row) and row[place] == FORMULA] for row in rows]
    return [
        "、".join(f"{found.titles[place]}({letters(found.sheet.left + place)}{number})" for place in held) or None
        for number, held in zip(numbers, cells, strict=True)
    ]


def _column(found: Match, column: str, rows: list[Row]) -> list[Any]:
    constant = found.export.columns[column].constant
    if constant is not None:
        return [constant] * len(rows)
    places, day_zero = found.places.get(column), found.sheet.day_zero
    if places is None:
        return [None] * len(rows)
    if day_zero and found.export.columns[column].kind in TIMES:
        rows = [[counted_from(day_zero, row[place]) if place < len(row) else None for place in places] for row in rows]
        places = tuple(range(len(places)))
    if len(places) == 1:
        place = places[0]
        return [row[place] or None if place < len(row) else None for row in rows]
    return [_joined([row[p] for p in places if p < len(row) and row[p]]) for row in rows]


def _joined(parts: list[str]) -> str | None:
    """A date's cell and a time's as one text; a time cell that holds 0 is midnight, not a day."""
    return " ".join("00:00:00" if place and part == ZERO_DAY else part for place, part in enumerate(parts)) or None
