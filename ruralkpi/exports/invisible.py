"""What nobody sees is no part of a value (X30): byte order marks inside a file, zero widths, direction marks, NULs."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

_INVISIBLE = re.compile(
    "[\0\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\ufeff\ufff9-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f]"
)  # Unicode's format characters, tags, soft hyphens and joiners among them

# with what two bytes each of them begins in UTF-8, a NUL with one; and all bytes with which none begins
_FIRST_TWO = (
    b"\0", b"\xc2\xad", b"\xcd\x8f", *(b"\xd8%c" % one for one in (*range(0x80, 0x86), 0x9C)), b"\xdb\x9d", b"\xdc\x8f",
    b"\xe0\xa2", b"\xe0\xa3", b"\xe1\xa0", b"\xe2\x80", b"\xe2\x81", b"\xef\xbb", b"\xef\xbf",
    b"\xf0\x91", b"\xf0\x93", b"\xf0\x9b", b"\xf0\x9d", b"\xf3\xa0",
)  # fmt: skip
_NO_FIRST = bytes(sorted({*range(256)} - {two[0] for two in _FIRST_TWO}))


def visible(text: str) -> str:
    """The text without them; the same text where it has none, which nearly all have: one look tells.

    >>> visible("C\\ufeff7"), visible("上门")
    ('C7', '上门')
    """
    return _INVISIBLE.sub("", text) if _INVISIBLE.search(text) else text


def shown(text: str) -> bytes:
    """The text without them, as UTF-8; a look at its bytes tells of most texts that they have none."""
    data = text.encode("utf-8", "surrogatepass")
    firsts = data.translate(None, _NO_FIRST)  # few texts have more than one kind
    may_hold = any(_holds(data, two) for two in _FIRST_TWO if two[0] in firsts)
    clean = visible(text) if may_hold else text
    return data if clean is text else clean.encode("utf-8", "surrogatepass")


def _holds(data: bytes, two: bytes) -> bool:
    """Whether two bytes stand side by side, found faster than by a search where the first is seldom."""
    text = np.frombuffer(data, dtype=np.uint8)
    return len(two) < 2 or bool((text[1:][np.flatnonzero(text[:-1] == two[0])] == two[1]).any())


def visible_row(row: list[Any]) -> int:
    """Take them out of the cells of a row, in place; a cell of nothing else is empty. Returns how many characters there were."""
    text = "".join(filter(None, row))
    if _INVISIBLE.search(text):
        row[:] = [cell and (visible(cell) or None) for cell in row]
    return len(text)
