"""Which export a sheet is, and in which row its headers stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from ruralkpi.errors import UserError
from ruralkpi.intake.contract import Export, plain
from ruralkpi.intake.sheets import Sheet
from ruralkpi.texts import say


@dataclass(frozen=True)
class Match:
    """A sheet read as one export: header row (1 = the first), column of each name, what is left over."""

    sheet: Sheet
    export: Export
    header_row: int
    places: dict[str, int]
    unknown: tuple[str, ...]
    missing: tuple[str, ...]
    named: int

    @property
    def absent(self) -> tuple[str, ...]:
        """Optional columns that this file does not have: what hangs on them is `unknown`, not missed."""
        has = set(self.places) | {name for name, c in self.export.columns.items() if c.constant is not None}
        return tuple(sorted(set(self.export.columns) - has))

    @property
    def rank(self) -> tuple[bool, int, int, int, int]:
        """Larger is better: complete, named like the export, more headers known, a county's own mapping, earlier row."""
        return (not self.missing, self.named, len(self.places), bool(self.export.origin), -self.header_row)


def match(ways: Sequence[Sheet], exports: Sequence[Export]) -> Match:
    """The best reading of a sheet.

    Raises UserError when no export's required columns are all there; it names the headers found,
    the nearest export and the columns missing from it.
    """
    name = ways[0].source.name
    heads = [(sheet, [[plain(cell or "") for cell in row] for row in sheet.head]) for sheet in ways]
    tried = [
        found
        for export in exports
        if (named := _named(export, name)) or not export.is_for_named_files
        for sheet, head in heads
        for found in _headers(sheet, head, export, named)
    ]
    best = max(tried, key=lambda found: found.rank, default=None)
    if best is None or not best.places:
        raise UserError(say("error.headers_unknown", file=ways[0].title, headers=_shown(ways)))
    if best.missing:
        columns = "、".join(best.export.columns[m].title if m in best.export.columns else m for m in best.missing)
        raise UserError(
            say("error.headers_missing", file=ways[0].title, headers=_shown(ways), export=best.export.files[0], columns=columns)
        )
    return best


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


def _headers(sheet: Sheet, head: list[list[str]], export: Export, named: int) -> list[Match]:
    wanted = export.wanted
    found = []
    for number, row in enumerate(head, start=1):
        if wanted.keys().isdisjoint(row):
            continue
        hits: dict[str, tuple[int, int]] = {}
        for place, cell in enumerate(row):
            name, preference = wanted.get(cell, ("", 0))
            if name and export.columns[name].constant is None and (name not in hits or preference < hits[name][0]):
                hits[name] = (preference, place)
        if hits:
            found.append(_match(sheet, export, number, {name: place for name, (_, place) in hits.items()}, named))
    return found


def _match(sheet: Sheet, export: Export, number: int, places: dict[str, int], named: int) -> Match:
    has = set(places) | {name for name, c in export.columns.items() if c.constant is not None}
    missing = [name for name, c in export.columns.items() if c.required and name not in has]
    missing += [" / ".join(export.columns[n].title for n in group) for group in export.required_any if not has & set(group)]
    row = sheet.head[number - 1]
    used = set(places.values())
    unknown = tuple(cell.strip() for place, cell in enumerate(row) if place not in used and cell and cell.strip())
    return Match(sheet, export, number, places, unknown, tuple(missing), named)


def _shown(ways: Sequence[Sheet]) -> str:
    """The widest of the first rows, as the user sees it, cut to a line."""
    rows = [row for way in ways for row in way.head]
    widest = max(rows, key=lambda row: sum(1 for cell in row if cell and cell.strip()), default=[])
    text = "、".join(cell.strip() for cell in widest if cell and cell.strip())
    return text if len(text) <= 120 else text[:117] + "…"
