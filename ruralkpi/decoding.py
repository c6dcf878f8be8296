"""Bytes into text: UTF-8, UTF-16, UTF-32, GB18030 (holds GBK), and files whose lines are not all in one of them.

Nothing is guessed: a line is read in an encoding only when it can be no other, or when the whole file is in that one.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from ruralkpi.voices import Lines, line_ends, own_text

MIXED = "utf-8+gb18030"  # each line in its own
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before the two bytes that it begins with
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_HEAD = 1 << 12
_BLOCK = 1 << 24
# in UTF-16 each digit and mark has a NUL beside it: eight of them without one came from another file
_NARROW = bytes(110 if byte in b"\t\n\r" or 0x20 <= byte < 0x4E else 120 for byte in range(256))
_WIDE = re.compile(rb"(?:[\t\n\r -~]\0){6}|(?:\0[\t\n\r -~]){6}")


class Unreadable(Exception):
    """Text in no known encoding, or in several that can't be told apart; `line` is the first such one (1 = the first)."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def decoded(content: bytes) -> tuple[str, str]:
    """Encoding and text of a whole file, without its BOM. Raises Unreadable."""
    said = said_by(content[:_HEAD])
    if said in ("", "utf-8-sig"):
        return _narrow(content.removeprefix(codecs.BOM_UTF8), said)
    return said, "".join(_wide([content], said))


def encoding_of(path: Path) -> str:
    """The encoding of a large file, read block by block. Raises Unreadable, and OSError."""
    with path.open("rb") as stream:
        said = said_by(stream.read(_HEAD))
    if said in ("", "utf-8-sig"):
        lines = Lines()
        for block in _blocks(path):
            lines.take(block)
            _refuse_wide(block, lines.start)
        return _named(lines, said, _blocks(path))
    for _ in _wide(_raw(path), said):
        pass
    return said


def texts(path: Path, encoding: str) -> Iterator[str]:
    """A large file's text in blocks that end with a line end, all but the last one. Raises OSError."""
    if encoding in ("utf-8", "utf-8-sig", "gb18030", MIXED):
        for block in _blocks(path):
            yield "".join(map(own_text, block.splitlines(keepends=True))) if encoding == MIXED else _plain(block, encoding)
        return
    rest = ""
    for text in _wide(_raw(path), encoding):
        rest += text
        cut = max(rest.rfind("\n"), rest.rfind("\r", 0, -1)) + 1
        yield rest[:cut]
        rest = rest[cut:]
    yield rest


def said_by(head: bytes) -> str:
    """The encoding that the first bytes say: a BOM's, or UTF-16 by the NULs in every second byte; '' when they say none."""
    for bom, name in _BOMS:
        if head.startswith(bom):
            return name
    low, high = head[::2].count(0), head[1::2].count(0)
    if b"\0" not in head[:256] or (low + high) * 50 < len(head) or min(low, high) * 3 > max(low, high):
        return ""
    return "utf-16-le" if high > low else "utf-16-be"


def _narrow(content: bytes, said: str) -> tuple[str, str]:
    _refuse_wide(content, 1)
    lines = Lines()
    text = lines.take(content)
    encoding = _named(lines, said, [content])
    if encoding == MIXED:
        return encoding, "".join(map(own_text, content.splitlines(keepends=True)))
    return encoding, text if text is not None else _plain(content, encoding)


def _named(lines: Lines, said: str, blocks: Iterable[bytes]) -> str:
    if lines.is_mixed:  # then each line is asked
        lines = Lines(thorough=True)
        for block in blocks:
            lines.take(block)
    if fault := lines.fault:
        raise Unreadable(fault)
    return MIXED if lines.is_mixed else "gb18030" if lines.is_national else said or "utf-8"


def _plain(block: bytes, encoding: str) -> str:
    return block.decode("gb18030" if encoding == "gb18030" else "utf-8")


def _refuse_wide(block: bytes, line: int) -> None:
    """Raises Unreadable for lines of UTF-16 in a text that is not."""
    if b"\0" in block and (hit := _WIDE.search(block)):
        raise Unreadable(line + line_ends(block[: hit.start()]))


def _wide(blocks: Iterable[bytes], encoding: str) -> Iterator[str]:
    """UTF-16 and UTF-32, strictly. Raises Unreadable, also where lines of another encoding were put in."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    line = 1
    for block in blocks:
        if "32" not in encoding and (hit := block.translate(_NARROW).find(b"n" * 8)) >= 0:
            raise Unreadable(line + _ends(block[:hit], encoding))
        try:
            text = decoder.decode(block)
        except UnicodeError as fault:
            raise Unreadable(line + _ends(block[: getattr(fault, "start", 0)], encoding)) from None
        line += text.count("\n")
        yield text
    try:
        decoder.decode(b"", final=True)
    except UnicodeError:
        raise Unreadable(line) from None


def _ends(part: bytes, encoding: str) -> int:
    return part.decode(encoding, "ignore").count("\n")


def _raw(path: Path) -> Iterator[bytes]:
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            yield block


def _blocks(path: Path) -> Iterator[bytes]:
    """The file without its BOM, in blocks that end with a line end."""
    rest = b""
    for number, block in enumerate(_raw(path)):
        block = rest + (block.removeprefix(codecs.BOM_UTF8) if number == 0 else block)
        cut = max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1
        rest = block[cut:]
        if cut:
            yield block[:cut]
    if rest:
        yield rest
