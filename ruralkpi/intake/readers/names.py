"""Workbooks with several sheets of one name: their reader would give the first of them each time."""

from __future__ import annotations

import io
import re
import zipfile
from html import escape, unescape

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.page import numbered
from ruralkpi.intake.readers.shown import rewritten
from ruralkpi.texts import say

# where the names of sheets stand, and each: all up to the name, and the name
_NAMES = {
    "xl/workbook.xml": re.compile(r"(<(?:\w+:)?sheet\s(?:[^<>]*?\s)?name\s*=\s*)(\"[^\"<]*\"|'[^'<]*')"),
    "content.xml": re.compile(r"(<table:table\s(?:[^<>]*?\s)?table:name\s*=\s*)(\"[^\"<]*\"|'[^'<]*')"),
}


def with_own_names(content: bytes, file: str) -> bytes:
    """The workbook with a number behind the names of sheets that another has before. Raises UserError where none can be put."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        part = next((part for part in _NAMES if part in book.namelist()), "")
        if not part:  # an xlsb keeps them in bytes
            raise UserError(say("error.zip", file=file))
        text = book.read(part).decode()
        own = iter(numbered(unescape(found[2][1:-1]) for found in _NAMES[part].finditer(text)))
        named = _NAMES[part].sub(lambda found: f'{found[1]}"{escape(next(own))}"', text)
        if named == text:
            raise UserError(say("error.zip", file=file))
        return rewritten(book, {part: named.encode()})
