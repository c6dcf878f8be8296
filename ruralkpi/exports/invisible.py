"""What nobody sees is no part of a value (X30): byte order marks inside a file, zero widths, direction marks, NULs."""

from __future__ import annotations

import re
from typing import Any

_INVISIBLE = re.compile(
    "[\0\u00ad\u034f\u061c\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]"
)  # format characters of Unicode's planes in use; soft hyphens and joiners among them


def visible(text: str) -> str:
    """The text without them; the same text where it has none, which nearly all have: one look tells.

    >>> visible("C\\ufeff7"), visible("上门")
    ('C7', '上门')
    """
    return _INVISIBLE.sub("", text) if _INVISIBLE.search(text) else text


def visible_row(row: list[Any]) -> int:
    """Take them out of the cells of a row, in place; a cell of nothing else is empty. Returns how many characters there were."""
    text = "".join(filter(None, row))
    if _INVISIBLE.search(text):
        row[:] = [cell and (visible(cell) or None) for cell in row]
    return len(text)
