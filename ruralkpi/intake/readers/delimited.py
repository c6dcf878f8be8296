"""Delimited text cut into rows and cells, with nothing swallowed: a quote that never closes is found, by its line."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.exports.invisible import visible
from ruralkpi.intake.tables.headers import is_title
from ruralkpi.texts import say

DELIMITERS = (",", "\t", ";", "|")
WIDE_DELIMITERS = ("，", "、", "；", "｜")  # what an input method types for them: sentences hold them too
DAY = r"\d[-/.年]\d{1,2}[-/.月]\d"
HEAD_ROWS = 60
CELL_LIMIT = 1 << 24
_WRAPPED = re.compile(r"""(^|[,;|\t\r])(?:"=""([^"\r\n]*)\"""|="([^",;|\t\r\n]*)")(?=[,;|\t\r\n]|$)""", re.MULTILINE)
_BOM_WITHIN = re.compile(r"(?<=[^\r\n\ufeff])\ufeff+(?=([^\r\n]*))")
csv.field_size_limit(CELL_LIMIT)


def visible_lines(text: str) -> str:
    """The text without what nobody sees (X30), and with a line end where files were joined of which one lacked its last: at a
    byte order mark behind a record and before a header (X32)."""
    return visible(_BOM_WITHIN.sub(_joint, text) if text.find("\ufeff", 1) > 0 else text)


def _joint(hit: re.Match[str]) -> str:
    line = hit.string[max(hit.string.rfind(end, 0, hit.start()) for end in "\r\n") + 1 : hit.start()]
    before, after = (re.split(r"[,;|\t]", part) for part in (line, hit[1]))
    is_record = bool(re.search(r"\d", line)) and not is_title(before[0])
    is_header = len(after) > 2 and is_title(after[0]) and sum(map(is_title, after)) * 2 >= len(after)
    return "\n" if is_record and is_header else hit[0]


def head_rows(text: str, delimiter: str) -> list[list[Any]]:
    """The first rows of a text, as far as they can be cut."""
    found: list[list[Any]] = []
    text = unwrapped(text)
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            found.append(row)
            if len(found) == HEAD_ROWS:
                break
    except csv.Error:  # what came before the fault is enough to find the header
        pass
    return found


def unwrapped(text: str) -> str:
    """Ids written as ``="007"``, so that a spreadsheet leaves them alone, without that wrapping."""
    return _WRAPPED.sub(lambda hit: hit[1] + (hit[2] or hit[3] or ""), text) if '="' in text else text


def records(text: str, delimiter: str, width: int, file: str) -> list[list[Any]]:
    """All rows of a text; a quoted cell may hold line breaks. A row cut by another delimiter is cut by that.

    Spreadsheet services write tab-separated text without any quoting: where quotes don't pair there, each line is a
    row. Raises UserError with the line of the first quote that does not pair.
    """
    rows: list[list[Any]] = []
    start = 1
    text = unwrapped(text)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if reader.line_num > start and _swallowed(row, delimiter, width):
                raise csv.Error("a row inside a cell")
            start = reader.line_num + 1
            rows.append(row)
    except csv.Error as fault:
        if "limit" in str(fault):
            raise UserError(say("error.cell_too_long", file=file, line=start, limit=CELL_LIMIT >> 20)) from None
        if delimiter == "\t":
            return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=csv.QUOTE_NONE))
        raise UserError(say("error.quote", file=file, line=start)) from None
    return list(_by_other_delimiter(rows, delimiter, width))


def _swallowed(row: list[Any], delimiter: str, width: int) -> bool:
    """Whether a cell of several lines holds what looks like a whole row: the trace of a quote that closed too late."""
    least = max(width - 1, 2)
    return any("\n" in cell and any(line.count(delimiter) >= least for line in cell.splitlines()[1:]) for cell in row)


def _by_other_delimiter(rows: list[list[Any]], delimiter: str, width: int) -> Iterator[list[Any]]:
    for row in rows:
        mark = _mark_within(row[0], delimiter, width) if len(row) == 1 and width > 2 else None
        yield next(csv.reader([row[0]], delimiter=mark)) if mark else row


def _mark_within(cell: str, delimiter: str, width: int) -> str | None:
    """What cuts a lone cell into as many as the header has; where that is a mark of sentences, or the file's own delimiter in
    quotes around the whole line, only beside a day, which remarks seldom name."""
    others = [mark for mark in DELIMITERS if mark != delimiter]
    marks = [*others, delimiter, *WIDE_DELIMITERS] if re.search(DAY, cell) else others
    return next((mark for mark in marks if cell.count(mark) == width - 1), None)
