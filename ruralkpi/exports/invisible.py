"""What nobody sees is no part of a value (X30): byte order marks inside a file, zero widths, direction marks, NULs."""

from __future__ import annotations

import re
from collections.abc import Sequence
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


def visible_rows(rows: Sequence[list[Any]]) -> int:
    """Take them out of the cells of a table, in place; a cell of nothing else is empty. Returns the number of characters that
    there were."""
    characters_n = 0
    for row in rows:
        text = "".join(filter(None, row))
        characters_n += len(text)
        if _INVISIBLE.search(text):
            row[:] = [cell and (visible(cell) or None) for cell in row]
    return characters_n
