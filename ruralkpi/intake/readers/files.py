"""The files of a folder of exports: found in one fixed order, told apart by content, never by name."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from ruralkpi import decoding
from ruralkpi.errors import NothingToDo, UserError
from ruralkpi.intake.file_names import Named
from ruralkpi.intake.readers.mhtml import is_archive
from ruralkpi.texts import say
from ruralkpi.walk import Place, below

_IGNORED = {".md", ".toml", ".json", ".py", ".sql", ".ini", ".log", ".lock", ".tmp", ".part", ".crdownload"}
_EXPORTS = {".csv", ".tsv", ".txt", ".xls", ".xlsx", ".xlsm", ".ods"}
_KINDS = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    *((bof, "ole") for bof in (b"\x09\x00\x04\x00", b"\x09\x02\x06\x00", b"\x09\x04\x06\x00")),  # xls before 1993
    (b"%PDF", "pdf"),
    *(
        (magic, "other")
        for magic in (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b\x08", b"PK\x05\x06")
    ),
)
_MARKUP = re.compile(
    rb"\s*<(?:!doctype|!--|\?xml|html|head|body|table|tr|div|meta|style|script|(?:ss:)?workbook"
    rb"|(?:a|b|base|br|caption|center|font|form|h[1-6]|hr|img|input|link|p|span|tbody|thead|title)[\s/>])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Source:
    """One file of the folder. `name` is its path below the folder with `/`; `named`: what that says.

    `fault`: why it can't be read, a key of texts.toml, with what it takes in `to`; empty for a file.
    """

    path: Path
    name: str
    fault: str = ""
    to: str = ""

    @cached_property
    def named(self) -> Named:
        """Read once, when it is first asked for."""
        return Named.of(self.name)

    @property
    def is_read_elsewhere(self) -> bool:
        """Whether nothing is lost: a link to what is read anyway."""
        return self.fault in ("error.link_again", "error.link_loop")


def discover(folder: Path) -> list[Source]:
    """All files that may be exports, oldest month first, then by what the name says of its standing, then in natural order.

    Later in the list means newer: of two records with one key, the later file's wins. A folder that is named like
    a file, and a link or a device that can't be read, are in the list too, so that they are told rather than passed over.
    Raises UserError when the folder is missing and NothingToDo when it holds no file.
    """
    return sorted_out(folder)[0]


def sorted_out(folder: Path) -> tuple[list[Source], list[str]]:
    """What `discover` finds, and the names of the files that are passed over: by their ending they are no exports."""
    if not folder.is_dir():
        raise UserError(say("error.raw_missing", folder=folder))
    places = below(folder)
    found = [Source(place.path, place.name, place.fault, place.to) for place in places if _may_be_export(place)]
    if not found:
        raise NothingToDo(say("error.raw_empty", folder=folder))
    return in_order(found), [one.name for one in places if not one.is_folder and not _may_be_export(one) and not _is_windows(one)]


def in_order(sources: Iterable[Source]) -> list[Source]:
    """Oldest first, as `discover` gives them."""
    return sorted(sources, key=lambda source: source.named.age)


def _may_be_export(place: Place) -> bool:
    ending = place.path.suffix.lower()
    if place.is_folder:
        return ending in _EXPORTS or bool(place.fault)
    return ending not in _IGNORED and not _is_windows(place)


def _is_windows(place: Place) -> bool:
    """Whether a file is Windows' own, which lays it into every folder."""
    return place.path.name.lower() in ("thumbs.db", "desktop.ini")


def content_kind(head: bytes) -> str:
    """By the first 2 KB: zip (xlsx, ods), ole (xls, locked xlsx), markup, mhtml, text; or pdf, other, empty."""
    if not head:
        return "empty"
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    start = head.removeprefix(codecs.BOM_UTF8).removeprefix(codecs.BOM_UTF16_LE).replace(b"\0", b"")
    if is_archive(head):
        return "mhtml"
    return "markup" if _MARKUP.match(start) else "text"


def encoding_of(source: Source) -> str:
    """The encoding of a large text, as ruralkpi.decoding names it. Raises UserError with the first line in none."""
    try:
        return decoding.encoding_of(source.path)
    except decoding.Unreadable as fault:
        raise UserError(say("error.encoding", file=source.name, line=fault.line)) from None


def decoded(source: Source, content: bytes | None = None) -> tuple[str, str]:
    """Encoding and text of a small file, or of a part of one. Raises UserError with the first line in no encoding."""
    try:
        return decoding.decoded(source.path.read_bytes() if content is None else content)
    except decoding.Unreadable as fault:
        raise UserError(say("error.encoding", file=source.name, line=fault.line)) from None
