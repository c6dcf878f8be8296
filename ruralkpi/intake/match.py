"""Which export a sheet is, and in which row its headers stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ruralkpi.errors import UserError
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import ORIGIN, Export, plain
from ruralkpi.intake.headers import Header, headers_of
from ruralkpi.intake.readers.delimited import HEAD_ROWS
from ruralkpi.intake.readers.marks import is_even, other_ways, spoken
from ruralkpi.intake.readers.sheets import Sheet
from ruralkpi.texts import say


@dataclass(frozen=True)
class Match:
    """A sheet read as one export: header row (1 = the first), places of each column's cells, what is left over.

    `titles`: the headers as read, a blank one too; where group heads stand above them, `is_under_groups`, the last of
    the two rows is the header row. `doubled`: (header used, header passed over) where two stand for one column.
    """

    sheet: Sheet
    export: Export
    header_row: int
    titles: tuple[str, ...]
    is_under_groups: bool
    places: dict[str, tuple[int, ...]]
    doubled: tuple[tuple[str, str], ...]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    named: int

    @property
    def width(self) -> int:
        """Cells of the header row up to its last filled one."""
        return max(place for place, title in enumerate(self.titles, start=1) if title)

    @property
    def cells_n(self) -> int:
        """Cells of the header row with the empty ones that pad it: a row as long as this has not been shifted."""
        return max(len(self.titles), self.width)

    @property
    def filled_n(self) -> int:
        """Headers that say something."""
        return sum(1 for title in self.titles if title)

    @property
    def absent(self) -> tuple[str, ...]:
        """Optional columns that this file does not have: what hangs on them is `unknown`, not missed."""
        has = set(self.places) | {name for name, c in self.export.columns.items() if c.constant is not None}
        return tuple(sorted(set(self.export.columns) - has - set(ORIGIN)))

    @property
    def rank(self) -> tuple[bool, int, int, bool, bool, int]:
        """Larger is better: complete, named like the export, more headers known, a county's own, one row, earlier row."""
        is_own = bool(self.export.origin)
        return (not self.missing, self.named, len(self.places), is_own, not self.is_under_groups, -self.header_row)


def match(ways: Sequence[Sheet], exports: Sequence[Export]) -> Match:
    """The best reading of a sheet.

    Raises UserError when no export's required columns are all there; it names the headers found,
    the nearest export and the columns missing from it.
    """
    best = best_of(ways, exports)
    if best is None or best.missing:
        others = other_ways(ways)
        found = [one for way in others if (one := best_of([way], exports)) is not None]
        whole = [one for one in found if not one.missing and is_even(one.sheet, one.header_row)]
        if len(whole) == 1:
            return whole[0]
        unknown = {one.sheet.delimiter for one in found} | {way.delimiter for way in others if is_even(way)}
        marks = sorted(unknown) if best is None else []
        best = best or max((one for one in found if is_even(one.sheet, one.header_row)), key=lambda one: one.rank, default=None)
        if best is None or (len(best.places) == 1 and not best.named and len(best.missing) > 1):
            raise UserError(_nothing_known(ways, exports, marks))
    if best.missing:
        columns = "、".join(best.export.columns[m].title if m in best.export.columns else m for m in best.missing)
        kind = f"{built_in()[best.export.name].files[0]} {best.export.name}"
        raise UserError(
            say("error.headers_missing", file=ways[0].title, headers=_shown(best.titles), export=kind, columns=columns)
        )
    return best


def _nothing_known(ways: Sequence[Sheet], exports: Sequence[Export], marks: Sequence[str]) -> str:
    file, headers = ways[0].title, _shown(_widest(ways))
    words = [plain(word) for row in ways[0].head for word in (row[0] or "").split() if len(row) == 1]
    if not marks and len({word for word in words if any(word in export.wanted for export in exports)}) > 1:
        marks = [" "]
    if marks:
        return say("error.delimiter", file=file, headers=headers, marks="、".join(map(spoken, marks)))
    return say("error.headers_unknown", file=file, headers=headers, rows=HEAD_ROWS)


def best_of(ways: Sequence[Sheet], exports: Sequence[Export]) -> Match | None:
    """The best reading of a sheet, complete or not; None when no export knows a header of it."""
    name = ways[0].source.name
    heads = [(sheet, headers_of(sheet.head)) for sheet in ways]
    tried = [
        found
        for export in exports
        if (named := _named(export, name)) or not export.is_for_named_files
        for sheet, head in heads
        for found in _headers(sheet, head, export, named)
    ]
    return max(tried, key=lambda found: found.rank, default=None)


def delimiters(exports: Sequence[Export], name: str) -> list[str]:
    """The delimiters that mappings name for a file."""
    return [one.delimiter for one in exports if one.delimiter and is_for(one, name)]


def is_for(export: Export, name: str) -> bool:
    """Whether an export is tried on a file of this name."""
    return not export.is_for_named_files or _named(export, name) > 0


def _named(export: Export, name: str) -> int:
    """How well the file name says this export: the length of the longest word in it; 0 when none is."""
    lower, base = name.lower(), name.rsplit("/", 1)[-1].lower()
    found = [0]
    for word in export.files:
        if any(mark in word for mark in "*?["):
            hit = fnmatchcase(base, word.lower()) or fnmatchcase(lower, word.lower())
            found.append(100 + len(word) if hit else 0)
        elif word.lower() in base:
            found.append(len(word) + (100 if export.is_for_named_files else 0))
    return max(found)


def _headers(sheet: Sheet, heads: list[Header], export: Export, named: int) -> list[Match]:
    known = export.wanted.keys() | {part for parts in export.joined.values() for part in parts}
    found = []
    for head in heads:
        row = head.best(known)
        if row is not None:
            found.append(_match(sheet, export, head, *_places(row, export), named))
    return [one for one in found if one.places]


def _places(row: list[str], export: Export) -> tuple[dict[str, tuple[int, ...]], list[tuple[int, int]]]:
    """Where each column stands in a header row, and the (used, passed over) places where two headers stand for one."""
    hits: dict[str, tuple[int, int]] = {}
    doubled = []
    for place, cell in enumerate(row):
        for name, preference in export.wanted.get(cell, ()):
            if name in hits:
                worse, better = sorted([hits[name], (preference, place)], reverse=True)
                hits[name] = better
                doubled.append((better[1], worse[1]))
            else:
                hits[name] = (preference, place)
    places: dict[str, tuple[int, ...]] = {name: (place,) for name, (_, place) in hits.items()}
    for name, parts in export.joined.items():
        if all(part in row for part in parts):
            places[name] = tuple(row.index(part) for part in parts)
    return places, doubled


def _match(
    sheet: Sheet,
    export: Export,
    head: Header,
    places: dict[str, tuple[int, ...]],
    doubled: list[tuple[int, int]],
    named: int,
) -> Match:
    has = set(places) | {name for name, c in export.columns.items() if c.constant is not None}
    missing = [name for name, c in export.columns.items() if c.required and name not in has]
    missing += [" / ".join(export.columns[n].title for n in group) for group in export.required_any if not has & set(group)]
    used = {place for several in places.values() for place in several}
    unknown = tuple(title for place, title in enumerate(head.titles) if place not in used and title)
    pairs = tuple((head.titles[one], head.titles[other]) for one, other in doubled if other not in used)
    return Match(sheet, export, head.number, head.titles, head.is_under_groups, places, pairs, unknown, tuple(missing), named)


def _widest(ways: Sequence[Sheet]) -> list[str]:
    """The fullest of the first rows: most likely the headers that nobody knows."""
    rows = [[cell.strip() for cell in row if cell and cell.strip()] for way in ways for row in way.head]
    return max(rows, key=len, default=[])


def _shown(titles: Sequence[str]) -> str:
    """Headers as the user sees them, on one line and cut to it."""
    text = "、".join(" ".join(title.split()) for title in titles if title)
    text = "".join(c if c.isprintable() or c == "\u3000" else f"⟨U+{ord(c):04X}⟩" for c in text)
    return text if len(text) <= 120 else text[:117] + "…"
