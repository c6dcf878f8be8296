"""The form of an export: its columns, their headers and what their text means."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from ruralkpi.exports.invisible import visible
from ruralkpi.exports.vocabulary import Reader, Words

_KINDS = {
    "_id": "id",
    "_ats": "stamps",
    "_at": "stamp",
    "_on": "day",
    "_month": "day",
    "_n": "count",
    "_yuan": "number",
    "_h": "number",
}
# A mended row says which row it stands for and why it was kept out; every export may carry these.
ORIGIN = {"origin_file": ("原文件",), "origin_row": ("原行号",), "origin_why": ("问题说明",)}


@dataclass(frozen=True)
class Column:
    """One column of an export: its headers, and how its text becomes a value.

    The name's suffix is its type: ``_id`` text, ``_at`` time, ``_on`` day, ``_n`` whole number,
    ``_yuan`` amount, ``is_`` yes or no; anything else is free text. `words`: what may stand in a column that decides an
    outcome (X25); `values`, `contains`: a county's words, or parts of its sentences, and the built-in word each stands for.
    """

    name: str
    headers: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    required: bool = False
    constant: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    contains: dict[str, str] = field(default_factory=dict)
    words: Words | None = None

    @property
    def kind(self) -> str:
        """id, stamp, stamps, day, count, number, flag, birthday or text."""
        if self.name.startswith("is_"):
            return "flag"
        if self.name == "birthday":
            return "birthday"
        return next((kind for end, kind in _KINDS.items() if self.name.endswith(end)), "text")

    @property
    def title(self) -> str:
        """The header a Chinese reader knows the column by."""
        return self.headers[0] if self.headers else self.name


@dataclass(frozen=True)
class Export:
    """One kind of export as one source delivers it; `origin` is empty for the built-in form.

    `future`: times that may lie past the cut-off; `open_ended`: those in which 2099 means "no end";
    `holds`: days from or until which something holds, which may be long ago; all other times are events;
    `month_end`: days that mean the month's last day where only a month is given. `term`: the day
    until which a record holds, which moves on when it is renewed under its own number; `same`: who, and when it began, in which
    two rows under one id must agree to be versions of one record (X26); `alike`: what makes rows without an id suspected
    duplicates, and what says most (X15); `reopens`: a later start under one id (X17); `snapshot`:
    rows without dates are the state of their file's month; `is_full`: whoever is missing from a newer list is gone (X33);
    `id_prefix`: put before every id of these files, where counties share numbers (X26); `unlisted`: columns of agents'
    ids that decide nothing, so that a row whose agent is on no list is only marked; `delimiter`: what a mapping says cuts its
    text files; `sheets`: those of a workbook that a mapping is for, hidden ones too, none where it is for all that are shown;
    `idle`: what it says to no effect.
    """

    name: str
    columns: dict[str, Column]
    files: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    required_any: tuple[tuple[str, ...], ...] = ()
    same: tuple[str, ...] = ()
    alike: dict[str, Any] = field(default_factory=dict)
    reopens: dict[str, Any] = field(default_factory=dict)
    snapshot: bool = False
    is_full: bool = False
    id_prefix: str = ""
    future: frozenset[str] = frozenset()
    open_ended: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()
    month_end: frozenset[str] = frozenset()
    term: str = ""
    skip_after_header: int = 0
    checks: tuple[dict[str, Any], ...] = ()
    date_order: str = ""
    delimiter: str = ""
    origin: str = ""
    is_for_named_files: bool = False
    own_headers: tuple[str, ...] = ()
    idle: tuple[str, ...] = ()
    unlisted: frozenset[str] = frozenset()
    blank: tuple[str, ...] = ()
    called: str = ""
    sheets: tuple[str, ...] = ()

    def reader(self, column: Column) -> Reader:
        """What reads the words of one of its columns that has any."""
        assert column.words is not None
        return Reader(column.words, column.values, column.contains, self.blank)

    @property
    def receipts(self) -> str:
        """The clean table of each receipt of what came again (X17); "" where nothing can."""
        return f"{self.name}_receipts" if self.reopens else ""

    @property
    def titled(self) -> str:
        """The export as people call it, and its name."""
        return f"{self.title} {self.name}"

    @property
    def title(self) -> str:
        """What the export is called in Chinese: the first of the built-in words for its files."""
        return self.called or self.name

    @cached_property
    def wanted(self) -> dict[str, list[tuple[str, int]]]:
        """Plain header → the columns it stands for, and how far down each column's list it is."""
        found: dict[str, list[tuple[str, int]]] = {}
        for name, column in self.columns.items():
            heads = [plain(header) for header in (*column.headers, name)] if column.constant is None else []
            for head in dict.fromkeys(heads):
                found.setdefault(head, []).append((name, heads.index(head)))
        return found

    @cached_property
    def joined(self) -> dict[str, tuple[str, ...]]:
        """Column → the plain headers whose cells make it up together, such as a date's and a time's."""
        return {name: tuple(map(plain, column.join)) for name, column in self.columns.items() if column.join}


def precision(column: str) -> str:
    """The companion of a time column that says how exact its stamp was."""
    return column.removesuffix("_at") + "_precision"


def means(column: str) -> str:
    """The companion of a column of words that says what they mean."""
    return f"{column}_means"


@lru_cache(maxsize=1 << 16)
def plain(header: str) -> str:
    """A header without what people add to it: width, blanks, line breaks, stars, "(必填)" and what can't be seen (X30)."""
    text = unicodedata.normalize("NFKC", visible(header)).lower()
    for extra in ("(必填)", "(选填)", "*", "\n", "\r", "\t", " "):
        text = text.replace(extra, "")
    return text
