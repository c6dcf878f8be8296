"""A web archive in one file (MHTML), as Excel's "single file web page" and browsers save it: its pages, decoded."""

from __future__ import annotations

import re
from email import message_from_bytes

_START = re.compile(rb"(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){0,40}?mime-version:", re.IGNORECASE)
_LEFT = b" \t\r\n"


def is_archive(head: bytes) -> bool:
    """Whether a file begins as one: header lines, among them the version of MIME."""
    return _START.match(head.lstrip(_LEFT)) is not None


def pages_in(content: bytes) -> list[tuple[str, bytes]]:
    """(name, HTML) of each page; a sheet of a workbook is a page of its own."""
    found = []
    for part in message_from_bytes(content.lstrip(_LEFT)).walk():
        if part.get_content_type() in ("text/html", "application/xhtml+xml"):
            page = part.get_payload(decode=True)
            name = str(part.get("Content-Location", "")).rsplit("/", 1)[-1].rsplit(".", 1)[0]
            found.append((name, page if isinstance(page, bytes) else b""))
    return found
