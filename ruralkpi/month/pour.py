"""Rows poured into a workbook's form: the database writes each row as a sheet's XML, Python only carries it over.

A library that takes cells one by one needs 5 microseconds a cell; the lists of a province have millions. So the
library makes the form (heads, formats, filters, and under each head one blank cell that shows the column's style), and
here that row of blanks gives way to the rows of a query. Text stays text: no formula, no link.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ruralkpi.sql import literal
from ruralkpi.texts import letters

_LEVEL = 3  # of 9: a seventh more bytes than the usual 6 in two fifths of its time
_MODEL = re.compile(r'<row r="2".*?</row>', re.S)
_DIMENSION = re.compile(r"<dimension [^>]*/>")
_CELL = re.compile(r'<c r="([A-Z]+)2" s="(\d+)"/>')
# what XML can't hold is left out; _x0041_, which spreadsheets would read as A, is spelled so that it stays what it is
_UNREAL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"
_TO_SPELL = rf"{_UNREAL}|[&<>]|_x"
_LONGEST = 32767  # characters, of one cell


@dataclass(frozen=True)
class Cell:
    """How a column's cells are written: `value` is SQL over the query's columns, `inside` makes SQL of a value's name."""

    value: str
    inside: Callable[[str], str]


def text(value: str) -> str:
    """SQL of a text cell's inside; empty text leaves the cell empty. Few texts need to be spelled otherwise."""
    bare = f"replace(regexp_replace({value}, {literal(_UNREAL)}, '', 'g'), '_x', '_x005F_x')"
    spelled = f"replace(replace(replace(left({bare}, {_LONGEST}), '&', '&amp;'), '<', '&lt;'), '>', '&gt;')"
    is_plain = f"NOT regexp_matches({value}, {literal(_TO_SPELL)}) AND strlen({value}) <= {_LONGEST}"
    written = f"CASE WHEN {is_plain} THEN {value} ELSE {spelled} END"
    return f"""' t="inlineStr"><is><t xml:space="preserve">' || nullif({written}, '') || '</t></is>'"""


def number(value: str) -> str:
    """SQL of a number cell's inside."""
    return f"'><v>' || CAST({value} AS VARCHAR) || '</v>'"


def time(value: str) -> str:
    """SQL of a time's inside: days since 1899-12-30, as spreadsheets count."""
    return number(f"round(date_diff('second', TIMESTAMP '1899-12-30', {value}) / 86400, 10)")


def row_sql(query: str, cells: Sequence[Cell], form: str, part: int, most: int) -> str:
    """SQL of one text a row: the part-th `most` rows of `query`, each cell in the style that `form`'s row 2 shows."""
    styles = {column: f' s="{style}"' for column, style in _CELL.findall(_MODEL.findall(form)[0])}
    written, values = [], []
    for place, cell in enumerate(cells):
        column, value = letters(place), f"v{place}"
        head, style = literal(f'<c r="{column}'), literal(f'"{styles.get(column, "")}')
        written.append(
            f"{head} || \"#\" || {style} || {cell.inside(value)} || '</c>'"
        )  # NULL, which concat passes over, if empty
        values.append(f"{cell.value} AS {value}")  # each is worked out once, however often its inside speaks of it
    return f"""
SELECT concat('<row r="', "#", '">', {", ".join(written)}, '</row>')
FROM (SELECT "#", {", ".join(values)}
FROM (SELECT row_number() OVER () + 1 AS "#", * FROM ({query} LIMIT {most} OFFSET {part * most})))"""


def pour(form: Path, target: Path, rows: Mapping[str, Callable[[str], Iterable[str]]]) -> None:
    """Write `target` as `form` with the rows of some of its sheets in place of row 2.

    rows: a sheet's part of the file → what gives its rows when it is shown the sheet's form.
    """
    with zipfile.ZipFile(form) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as zipped:
        for part in source.namelist():
            text = source.read(part)
            with zipped.open(part, "w") as out:  # by its name alone, so that it bears no time
                for piece in _pieces(text.decode("utf-8"), rows[part]) if part in rows else [text]:
                    out.write(piece)


def _pieces(form: str, rows: Callable[[str], Iterable[str]]) -> Iterator[bytes]:
    form = _DIMENSION.sub("", form, count=1)  # it would say that there is one row
    model = _MODEL.search(form)
    assert model is not None
    yield form[: model.start()].encode("utf-8")
    for some in rows(form):
        yield some.encode("utf-8")
    yield form[model.end() :].encode("utf-8")
