"""Which export a sheet is, and in which row its headers stand."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase, translate
from functools import cached_property, lru_cache

from ruralkpi.errors import UserError
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import ORIGIN, Export, plain
from ruralkpi.intake.readers.delimited import HEAD_ROWS
from ruralkpi.intake.readers.marks import is_even, other_ways, spoken
from ruralkpi.intake.readers.page import Row
from ruralkpi.intake.readers.sheets import Sheet
from ruralkpi.intake.tables.headers import Header, headers_of, is_measure
from ruralkpi.texts import say


@dataclass(frozen=True)
class Match:
    """A sheet read as one export: header row (1 = the first), places of each column's cells, what is left over.

    `titles`: the headers as read, a blank one too; where group heads stand above them, `is_under_groups`, the last of
    the two rows is the header row. `doubled`: (header used, header passed over) where two stand for one column. `joined_n`:
    columns whose header is a group head and the cell below it together.
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
    joined_n: int = 0

    @property
    def place(self) -> tuple[str, int, str]:
        """Which table of which export it is: sheet, header row, export."""
        return self.sheet.title, self.header_row, self.export.name

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
    def top_row(self) -> int:
        """Where the header begins: at the group heads, where it stands under some."""
        return self.header_row - self.is_under_groups

    @property
    def is_sure(self) -> bool:
        """Whether the row is an export's header and no summary that shares some of its words: complete, and named by the file
        or known by more than half, without a measure such as 次数."""
        words = _wanted(self.export)
        strange = [title for title in self.unknown if plain(title) not in words]  # not what stands there twice
        known_n = self.filled_n - len(strange)
        is_like = known_n * 2 > self.filled_n and not any(map(is_measure, strange))
        return not self.missing and known_n > 1 and (self.named > 0 or is_like)

    @property
    def rank(self) -> tuple[bool, int, int, bool, int, bool, int]:
        """Larger is better: complete, named like the export, more headers known, a county's own, more of them by their group
        heads too, one row, earlier row."""
        is_own, is_one = bool(self.export.origin), not self.is_under_groups
        return (not self.missing, self.named, len(self.places), is_own, self.joined_n, is_one, -self.header_row)


@dataclass(frozen=True)
class Known:
    """The exports that the tables of a file may be, each with how well the file's name says it."""

    exports: tuple[tuple[Export, int], ...]

    @classmethod
    def of(cls, exports: Sequence[Export], file: str) -> Known:
        """Mappings for files of other names are left out."""
        named = ((export, _named(export, file)) for export in exports)
        return cls(tuple((export, n) for export, n in named if n or not export.is_for_named_files))

    def on_page(self, sheet: Sheet) -> Known:
        """The exports that one sheet of the file may be; none for a hidden one that no mapping names, nor for one that is not
        among the sheets that a mapping of this file names."""
        page = plain(sheet.page)
        if not page:
            return self
        fits = [(export, n) for export, n in self.exports if not export.sheets or page in map(plain, export.sheets)]
        is_limited = sheet.is_hidden or any(export.sheets and export.is_for_named_files for export, _ in self.exports)
        return Known(tuple(fits) if not is_limited or any(export.sheets for export, _ in fits) else ())

    @cached_property
    def words(self) -> frozenset[str]:
        """All plain headers of these exports."""
        return frozenset(word for export, _ in self.exports for word in _wanted(export))

    def readings(self, sheet: Sheet, heads: list[Header]) -> list[Match]:
        """What these rows would be as headers, complete or not."""
        return [found for export, named in self.exports for found in _headers(sheet, heads, export, named)]

    def alone(self, sheet: Sheet, rows: Sequence[Row], number: int) -> list[Match]:
        """What one row would be as a header, complete or not."""
        return self.readings(sheet, [replace(head, number=number) for head in headers_of(rows[number - 1 : number])])

    def header_at(self, sheet: Sheet, rows: Sequence[Row], number: int) -> Match | None:
        """The export whose header begins in this row (1 = the first of `rows`), alone or as group heads; None if none's does."""
        heads = headers_of(rows[number - 1 : number + 1])
        mine = [replace(head, number=head.number + number - 1) for head in heads if head.number - head.is_under_groups == 1]
        sure = [found for found in self.readings(sheet, mine) if found.is_sure]
        return max(sure, key=lambda found: found.rank, default=None)

    def first(self, ways: Sequence[Sheet]) -> Match | None:
        """The topmost header of a sheet, in the best of the ways in which its text may be cut; incomplete where none is whole,
        None where no export knows a word of it. Of two headers without any row between them, such as in two languages, the
        better one."""
        tried = [found for sheet in ways for found in self.readings(sheet, headers_of(sheet.head))]
        best = max(tried, key=lambda found: found.rank, default=None)
        if best is None or not best.is_sure:
            return best
        sure = [found for found in tried if found.sheet is best.sheet and found.is_sure]
        top = min(found.top_row for found in sure)
        return max((found for found in sure if found.top_row <= top + 1), key=lambda found: found.rank)


def match(ways: Sequence[Sheet], known: Known) -> Match:
    """The first table of a sheet.

    Raises UserError when no export's required columns are all there; it names the headers found,
    the nearest export and the columns missing from it.
    """
    best = known.first(ways)
    if best is None or best.missing:
        others = other_ways(ways)
        found = [one for way in others if (one := known.first([way])) is not None]
        whole = [one for one in found if not one.missing and is_even(one.sheet, one.header_row)]
        if len(whole) == 1:
            return whole[0]
        unknown = {one.sheet.delimiter for one in found} | {way.delimiter for way in others if is_even(way)}
        marks = sorted(unknown) if best is None else []
        best = best or max((one for one in found if is_even(one.sheet, one.header_row)), key=lambda one: one.rank, default=None)
        if best is None or (len(best.places) == 1 and not best.named and len(best.missing) > 1):
            raise UserError(_nothing_known(ways, known, marks))
    if best.missing:
        kind, columns = lacking(best)
        raise UserError(
            say("error.headers_missing", file=ways[0].title, headers=shown(best.titles), export=kind, columns=columns)
        )
    return best


def lacking(found: Match) -> tuple[str, str]:
    """The export that an incomplete header is nearest to, and the columns that it lacks, both in words."""
    columns = "、".join(found.export.columns[m].title if m in found.export.columns else m for m in found.missing)
    return f"{built_in()[found.export.name].files[0]} {found.export.name}", columns


def _nothing_known(ways: Sequence[Sheet], known: Known, marks: Sequence[str]) -> str:
    file, headers = ways[0].title, shown(_widest(ways))
    words = [plain(word) for row in ways[0].head if len(row) == 1 for word in (row[0] or "").split()]
    if not marks and len(known.words & set(words)) > 1:
        marks = [" "]
    if marks:
        return say("error.delimiter", file=file, headers=headers, marks="、".join(map(spoken, marks)))
    return say("error.headers_unknown", file=file, headers=headers, rows=HEAD_ROWS)


def best_of(ways: Sequence[Sheet], exports: Sequence[Export]) -> Match | None:
    """The first table of a sheet, complete or not; None when no export knows a header of it."""
    return Known.of(exports, ways[0].source.name).first(ways)


def delimiters(exports: Sequence[Export], name: str) -> list[str]:
    """The delimiters that mappings name for a file."""
    return [one.delimiter for one in exports if one.delimiter and is_for(one, name)]


def is_for(export: Export, name: str) -> bool:
    """Whether an export is tried on a file of this name."""
    return not export.is_for_named_files or says(export.files, name)


def says(words: tuple[str, ...], name: str) -> bool:
    """Whether a file's name says any of these words; asked of each file and mapping."""
    parts, globs = _patterns(words)
    lower = name.lower()
    base = lower.rsplit("/", 1)[-1]
    return bool(parts and parts.search(base)) or bool(globs and (globs.match(base) or globs.match(lower)))


@lru_cache
def _patterns(words: tuple[str, ...]) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    """What finds a word in a name, and what matches a pattern with the whole of it."""
    globs = [translate(word.lower()) for word in words if _is_glob(word)]
    parts = [re.escape(word.lower()) for word in words if not _is_glob(word)]
    return re.compile("|".join(parts)) if parts else None, re.compile("|".join(globs)) if globs else None


def _is_glob(word: str) -> bool:
    return any(mark in word for mark in "*?[")


def _named(export: Export, name: str) -> int:
    """How well the file name says this export: the length of the longest word in it; 0 when none is."""
    lower = name.lower()
    base = lower.rsplit("/", 1)[-1]
    words, globs = _words_and_globs(export.files)
    more = 100 if export.is_for_named_files else 0
    found = [len(word) + more for word in words if word in base]
    found += [len(glob) + 100 for glob in globs if fnmatchcase(base, glob) or fnmatchcase(lower, glob)]
    return max(found, default=0)


@lru_cache
def _words_and_globs(words: tuple[str, ...]) -> tuple[list[str], list[str]]:
    lower = [word.lower() for word in words]
    return [word for word in lower if not _is_glob(word)], [word for word in lower if _is_glob(word)]


def _headers(sheet: Sheet, heads: list[Header], export: Export, named: int) -> list[Match]:
    known = _wanted(export)
    found = []
    for head in heads:
        row = head.best(known)
        if row is not None:
            found.append(_match(sheet, export, head, row, *_places(row, head, export), named))
    return [one for one in found if one.places]


def _wanted(export: Export) -> Set[str]:
    return export.wanted.keys() | {part for parts in export.joined.values() for part in parts}


def _places(row: list[str], head: Header, export: Export) -> tuple[dict[str, tuple[int, ...]], list[tuple[int, int]]]:
    """Where each column stands in a header row, and the (used, passed over) places where two headers stand for one: one known
    in full comes before one whose group head says who knows what."""
    hits: dict[str, tuple[bool, int, int]] = {}
    doubled = []
    for place, cell in enumerate(row):
        for name, preference in export.wanted.get(cell, ()):
            hit = (head.is_bare(place, cell), preference, place)
            if name in hits:
                worse, better = sorted([hits[name], hit], reverse=True)
                hits[name] = better
                doubled.append((better[-1], worse[-1]))
            else:
                hits[name] = hit
    places: dict[str, tuple[int, ...]] = {name: (place,) for name, (*_, place) in hits.items()}
    for name, parts in export.joined.items():
        if all(part in row for part in parts):
            places[name] = tuple(row.index(part) for part in parts)
    return places, doubled


def _match(
    sheet: Sheet,
    export: Export,
    head: Header,
    row: list[str],
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
    joined_n = sum(1 for place in used if head.is_joined(place, row[place]))
    return Match(
        sheet, export, head.number, head.titles, head.is_under_groups, places, pairs, unknown, tuple(missing), named, joined_n
    )  # fmt: skip


def _widest(ways: Sequence[Sheet]) -> list[str]:
    """The fullest of the first rows: most likely the headers that nobody knows."""
    rows = [[cell.strip() for cell in row if cell and cell.strip()] for way in ways for row in way.head]
    return max(rows, key=len, default=[])


def shown(titles: Sequence[str]) -> str:
    """Headers as the user sees them, on one line and cut to it."""
    text = "、".join(" ".join(title.split()) for title in titles if title)
    text = "".join(c if c.isprintable() or c == "\u3000" else f"⟨U+{ord(c):04X}⟩" for c in text)
    return text if len(text) <= 120 else text[:117] + "…"
