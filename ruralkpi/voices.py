"""What each line of a text says of its encoding: UTF-8, GB18030, both might be, or neither is.

Lines of UTF-8 read as GB18030 without a fault every second time, and come out as other characters: 自动回执 as 鑷姩鍥炴墽.
The other way round it takes luck of 1 in 40,000 for a word of three characters, and gives letters that no one here writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

UTF8, NATIONAL, EITHER, UNLIKELY, NEITHER, ASCII = "utf-8", "gb18030", "either", "unlikely", "neither", "ascii"
_FEW = 4  # Chinese characters up to which chance may have made a line valid in both
_RUN = re.compile(rb"(?:[\xe3-\xe9\xef][\x80-\xbf]{2}){2,}")
_SURE_RUN = 4  # common characters in a row that chance does not make
_FEWEST_SHORT, _SHORT_IN = 3, 100  # shorter ones speak when they are so many, and one in so many lines
_LONGEST = 1 << 16  # of a line that is looked at
_BOUNDS = frozenset(b',;\t|"\r\n ')
_ODD = re.compile("[\u0300-\u036f\u0590-\u07ff]")  # marks, Hebrew, Arabic, Syriac: in no export
_OTHER = re.compile("[\u0100-\u07ff\u0800-\u1fff\ua000-\uf8ff]")  # valid UTF-8, but no Chinese


def _classes() -> bytes:
    """For a quick look over many bytes: L leads a Chinese character of UTF-8, c goes on, a could be a GBK trail."""
    table = bytearray(b"x" * 256)
    for byte in range(0x80, 0xC0):
        table[byte] = ord("c")
    for byte in (*range(0xE3, 0xEA), 0xEF):
        table[byte] = ord("L")
    for byte in range(0x40, 0x7F):
        table[byte] = ord("a")
    return bytes(table)


_CLASSES = _classes()
_NOT_ODD = bytes(byte for byte in range(256) if not 0xC4 <= byte <= 0xDF)


@cache
def common() -> frozenset[str]:
    """The 3,755 commonest characters of GB 2312, its punctuation and its full-width forms."""
    rows = (*range(0xA1, 0xA4), *range(0xB0, 0xD8))
    pairs = (bytes([high, low]) for high in rows for low in range(0xA1, 0xFF))
    return frozenset("".join(pair.decode("gb2312", "ignore") for pair in pairs))


def voice_of(line: bytes) -> str:
    """What one line says. UNLIKELY: only GB18030 can read it, but what comes out is hardly Chinese."""
    if line.isascii():
        return ASCII
    utf8, national = _read(line, "utf-8"), _read(line, "gb18030")
    if utf8 is None:
        return NEITHER if national is None else _national(line, national)
    if national is None:
        return UTF8
    chinese = sum("\u3000" <= c <= "\u9fff" or "\uff00" <= c <= "\uffef" for c in utf8)
    if chinese and (chinese > _FEW or _share(utf8) - _share(national) >= 0.4):
        return EITHER if _OTHER.search(utf8) and chinese <= _FEW else UTF8
    others = len(_OTHER.findall(utf8))
    if not chinese and _share(national) == 1 and (others > 2 or _ODD.search(utf8)):
        return NATIONAL
    return EITHER


def own_text(line: bytes) -> str:
    """A line of a file of both encodings, in its own."""
    return line.decode("gb18030" if voice_of(line) == NATIONAL else "utf-8")


def _national(line: bytes, text: str) -> str:
    if any(_commons(run) >= _SURE_RUN for run in _RUN.findall(line)):
        return NEITHER  # cells of UTF-8 beside cells of GBK
    return NATIONAL if _share(text) >= 0.5 else UNLIKELY


def _commons(run: bytes) -> int:
    text = run.decode("utf-8", "ignore")
    return len(text) if all(c in common() for c in text) else 0


def _has_short_cell(line: bytes) -> bool:
    """Whether a cell of a line of GBK is a word of common characters in UTF-8, too short to be sure."""
    for run in _RUN.finditer(line):
        around = line[run.start() - 1 : run.start()] + line[run.end() : run.end() + 1]
        if _BOUNDS.issuperset(around) and _commons(run[0]):
            return True
    return False


def _share(text: str) -> float:
    """The share of common characters among those beyond ASCII, emoji aside."""
    beyond = [c for c in text if "\x7f" < c < "\U00010000"]
    return sum(c in common() for c in beyond) / len(beyond) if beyond else 0.0


def _read(line: bytes, encoding: str) -> str | None:
    try:
        return line.decode(encoding)
    except UnicodeDecodeError:
        return None


class Lines:
    """Hears a text block by block, each of whole lines; unless it is `thorough`, most need no look at single lines."""

    def __init__(self, thorough: bool = False) -> None:
        self.thorough = thorough
        self.start, self.block = 1, b""  # of the last block: its first line
        self.first: dict[str, int] = {}  # voice → the first line that has it
        self.short: list[int] = []

    def take(self, block: bytes) -> str | None:
        """The next block; its text, where that came out on the way."""
        text, self.start = _read(block, "utf-8"), self.start + self.lines_n
        self.block = block
        if text is not None and not self.thorough and not block.translate(None, _NOT_ODD):
            if not block.isascii():
                self.first.setdefault(UTF8, self.start)
            return text
        national = _read(block, "gb18030") if text is None else None
        if national is not None and not self.thorough and self._is_national_throughout(block):
            self.first.setdefault(NATIONAL, self.start)
            return national
        for number, line in enumerate(block.splitlines(), start=self.start):
            voice = voice_of(line)
            self.first.setdefault(voice, number)
            if voice in (NATIONAL, UNLIKELY) and _has_short_cell(line):
                self.short.append(number)
        return text or national

    @property
    def lines_n(self) -> int:
        """Lines of the last block: counted when another one comes, which is seldom."""
        return line_ends(self.block)

    @staticmethod
    def _is_national_throughout(block: bytes) -> bool:
        found = list(_doubtful(block))
        if any(voice_of(line) in (UTF8, NEITHER) for line in found):
            return False
        short_n = sum(map(_has_short_cell, found))
        return short_n < _FEWEST_SHORT or short_n * _SHORT_IN < line_ends(block)

    @property
    def is_mixed(self) -> bool:
        """Whether some lines can only be UTF-8 and some only GB18030."""
        return UTF8 in self.first and bool({NATIONAL, UNLIKELY} & set(self.first))

    @property
    def is_national(self) -> bool:
        """Whether the text is GB18030, where it is not mixed."""
        return bool({NATIONAL, UNLIKELY} & set(self.first))

    @property
    def fault(self) -> int | None:
        """The first line whose encoding is not certain; None when there is none."""
        bad = [NEITHER, *((UNLIKELY, EITHER) if self.is_mixed else ())]
        found = [self.first[voice] for voice in bad if voice in self.first]
        if len(self.short) >= _FEWEST_SHORT and len(self.short) * _SHORT_IN >= self.start - 1 + self.lines_n:
            found.append(self.short[0])
        return min(found, default=None)


def line_ends(text: bytes) -> int:
    """How many line ends a text holds: CR LF, LF or CR."""
    returns = text.count(b"\r")
    return text.count(b"\n") + (returns - text.count(b"\r\n") if returns else 0)


def _doubtful(block: bytes) -> Iterator[bytes]:
    """The lines of a block of GB18030 that hold what looks like UTF-8: few, and mostly by chance."""
    shape = block.translate(_CLASSES)
    for trace in (b"LccLcc", b"Lcca"):
        place = shape.find(trace)
        while place >= 0:
            first, last = max(place - _LONGEST, 0), min(place + _LONGEST, len(block))
            start = max(block.rfind(b"\n", first, place), block.rfind(b"\r", first, place)) + 1
            end = min(end for mark in (b"\n", b"\r") if (end := block.find(mark, place, last) % (last + 1)) >= 0)
            yield block[start or first : end]
            place = shape.find(trace, end)
