"""The PDF's font: Noto Sans CJK SC, regular and bold, cut from the variable font of `manimgx-fonts-cjk`.

PDF makers can't set bold from a variable font, and its 65,000 glyphs map back to the wrong characters when
text is copied out. So both weights are drawn once as small static fonts that know each character once.
`python -m ruralkpi.press.printing.fonts` builds them ahead of time.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import unicodedata
from collections.abc import Iterable
from functools import cache
from importlib import metadata, resources
from pathlib import Path

from ruralkpi.texts import catalogue

FAMILY, RARE = "Noto Sans CJK SC", "Ruralkpi Rare"
WEIGHTS = {400: "Regular", 700: "Bold"}
_SOURCE, _FACE = "manimgx-fonts-cjk", "Noto Sans CJK SC"
BOX = "□"  # stands for a character that no font here can draw
_UNSEEN = {"Cc", "Cf", "Mn"}
_TONES = "".join(map(chr, range(0x1F3FB, 0x1F400)))
_SIGNS = "\u00a0¶§·×÷±–—−‘’“”…※●○▲▼■□✓→≤≥①②③④⑤⑥⑦⑧⑨⑩㎡℃★☆"


@cache
def base() -> frozenset[str]:
    """The characters that are always there: ASCII, GB 2312, typographic signs and all of our own texts."""
    pairs = (bytes([high, low]) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    national = "".join(pair.decode("gb2312", "ignore") for pair in pairs)
    own = "".join(text for texts in catalogue().values() for text in texts.values())
    return frozenset(c for c in set(national + own + _SIGNS) | {chr(c) for c in range(0x20, 0x7F)} if c >= " ")


@cache
def folder() -> Path:
    """The folder with both fonts and a fontconfig that knows nothing else; built where it is missing."""
    how = resources.files("ruralkpi.press.printing").joinpath("cut.py").read_text(encoding="utf-8")
    key = hashlib.sha256("".join([metadata.version(_SOURCE), how, *sorted(base())]).encode()).hexdigest()[:16]
    for home in (Path(sys.prefix) / "share" / "ruralkpi", Path(tempfile.gettempdir()) / f"ruralkpi-{os.getuid()}"):
        ready = home / f"fonts-{key}"
        if ready.exists():
            return ready
        try:
            home.mkdir(parents=True, exist_ok=True)
            private = Path(tempfile.mkdtemp(prefix="fonts-", dir=home))
        except OSError:
            continue
        return _build(private, ready)
    raise OSError(f"no folder for fonts: {home}")


def _build(private: Path, ready: Path) -> Path:
    from ruralkpi.press.printing.cut import cut

    for weight, name in WEIGHTS.items():
        (private / f"{name}.otf").write_bytes(cut(base(), weight, FAMILY))
    (private / "fonts.conf").write_text(
        f'<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig><dir>{ready}</dir>'
        f"<cachedir>{ready}/cache</cachedir></fontconfig>",
        encoding="utf-8",
    )
    try:
        private.rename(ready)
    except OSError:  # another process was quicker
        if not ready.exists():
            raise
    return ready


def missing(text: Iterable[str]) -> list[str]:
    """The characters of a text that no font here can draw, sorted."""
    from ruralkpi.press.printing.cut import known

    rare = needed(text)
    return sorted(c for c in rare if ord(c) not in known()) if rare else []


def needed(text: Iterable[str]) -> frozenset[str]:
    """The characters beyond the base set; control characters aside."""
    return frozenset(c for c in set(text) - base() if c not in "\n\t\r")


def drawable(text: str) -> tuple[str, list[str]]:
    """The text as our fonts can draw it, and the characters that became a box in it, sorted.

    What can't be seen anyway (joiners, variation selectors, skin tones) leaves no box.
    """
    absent = missing(text)
    if not absent:
        return text, []
    unseen = {c for c in absent if unicodedata.category(c) in _UNSEEN or c in _TONES}
    table = {ord(c): "" if c in unseen else BOX for c in absent}
    return text.translate(table), [c for c in absent if c not in unseen]


@cache
def rare_font(characters: frozenset[str], weight: int) -> bytes:
    """A font of just these characters, for a card that names a rare place or person."""
    from ruralkpi.press.printing.cut import cut

    return cut(characters, weight, RARE)


if __name__ == "__main__":
    print(folder())
