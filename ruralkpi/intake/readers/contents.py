"""What a workbook or web page holds, read whole; `ruralkpi.intake.readers.box.parent` has this done in a process with limits."""

from __future__ import annotations

import re
from typing import NamedTuple

from ruralkpi.errors import UserError
from ruralkpi.exports.invisible import visible, visible_row
from ruralkpi.intake.readers.box.limits import Count, Limits
from ruralkpi.intake.readers.files import Source, content_kind, decoded
from ruralkpi.intake.readers.markup import tables_of
from ruralkpi.intake.readers.mhtml import pages_in
from ruralkpi.intake.readers.page import SINCE_1904, Page, numbered
from ruralkpi.intake.readers.workbooks import pages_of
from ruralkpi.texts import say

KINDS = frozenset(("zip", "ole", "markup", "mhtml"))
_SINCE_1904 = re.compile(r"<(?:x:)?Date1904\s*/?>")
_MARKUP_BYTES = 1 << 26  # a web page beyond is no export


class Contents(NamedTuple):
    """A file's sheets or tables in their order, cells that say the same sharing one text, and how its text was encoded."""

    encoding: str
    pages: list[Page]


def contents_of(source: Source, limits: Limits) -> Contents:
    """Read a file of one of KINDS.

    Raises UserError for one that is locked, damaged, in no known encoding or beyond the limits of cells and text; MemoryError,
    and whatever libraries raise for a damaged one, pass.
    """
    try:
        content = source.path.read_bytes()
    except OSError as fault:
        raise UserError(say("error.file_unreadable", file=source.name, fault=fault.strerror or fault)) from None
    count, kind = Count(source.name, limits), content_kind(content[: 1 << 11])
    is_book = kind in ("zip", "ole")
    found = Contents("workbook", pages_of(content, kind, count)) if is_book else _markup(source, content, kind, count)
    names = numbered(page.name for page in found.pages)
    found = found._replace(pages=[page._replace(name=name) for page, name in zip(found.pages, names, strict=True)])
    held: dict[str | None, str | None] = {}
    for page in found.pages:
        for row in page.rows:
            count.text(visible_row(row))
            row[:] = map(held.setdefault, row, row)
    return found


def _markup(source: Source, content: bytes, kind: str, count: Count) -> Contents:
    if len(content) > _MARKUP_BYTES:
        raise UserError(say("error.markup", file=source.name))
    encoding, tables, faults = "", list[Page](), [UserError(say("error.markup", file=source.name))]
    for name, page in pages_in(content) if kind == "mhtml" else [("", content)]:
        encoding, text = decoded(source, page)
        try:
            day_zero = SINCE_1904 if _SINCE_1904.search(text) else None
            found = tables_of(visible(text), count)
            tables += [table._replace(name=table.name or name, day_zero=day_zero) for table in found]
        except UserError as fault:  # a page without a table, such as the frame around the sheets
            faults.append(fault)
    if not tables:
        raise faults[-1]
    return Contents(encoding, tables)
