"""What is wrong with an installation or an office, a line each with its mend."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any

from ruralkpi import calendar
from ruralkpi.book import Book
from ruralkpi.errors import UserError
from ruralkpi.exports.mappings import drafts, with_mappings
from ruralkpi.intake.readers.files import discover
from ruralkpi.press.batch import standard_notebook
from ruralkpi.settings import Settings
from ruralkpi.settings.memory import half_of_machine
from ruralkpi.stages.in_force import disagreement
from ruralkpi.texts import cut_off

_DISK = 2 << 30  # bytes that a run of a county takes with ease
_LEFT = 4  # times the exports' own size that marts, store and cards take


@dataclass(frozen=True)
class Finding:
    """One line: a text of texts.toml under `doctor.`, or `line` as it is; whether all is well with it."""

    key: str
    values: dict[str, Any]
    is_well: bool = True
    line: str = ""


def findings(settings: Settings) -> Iterator[Finding]:
    """Everything that is looked at, in the order of a run: installation, office, exports, book."""
    looks: tuple[Callable[[Settings], Iterator[Finding]], ...] = (
        _packages, _system, _fonts, _places, _disk, _mappings, _exports, _book, _calendar
    )  # fmt: skip
    for look in looks:
        try:
            yield from look(settings)
        except UserError as fault:
            yield Finding("", {}, False, str(fault))


def _packages(_: Settings) -> Iterator[Finding]:
    """Every package that this one needs, in a version that it works with."""
    from packaging.requirements import Requirement

    wanted = [Requirement(text) for text in metadata.requires("ruralkpi") or ()]
    wanted = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = []
    for one in wanted:
        try:
            version = metadata.version(one.name)
        except metadata.PackageNotFoundError:
            version = "—"
        if version == "—" or not one.specifier.contains(version, prereleases=True):
            wrong.append(f"{one.name} {version}（{one.specifier}）")
    if wrong:
        yield Finding("packages_wrong", {"packages": "、".join(wrong)}, False)
    else:
        about = {"version": metadata.version("ruralkpi"), "python": sys.version.split()[0], "n": len(wanted)}
        yield Finding("packages", about)
    if not standard_notebook().exists():
        yield Finding("notebook", {"file": standard_notebook()}, False)


def _system(_: Settings) -> Iterator[Finding]:
    is_utf_8 = sys.getfilesystemencoding().lower() == "utf-8"
    yield Finding("locale" if is_utf_8 else "locale_wrong", {"encoding": sys.getfilesystemencoding()}, is_utf_8)
    if not hasattr(os, "fork"):
        yield Finding("no_fork", {"system": sys.platform}, False)


def _fonts(_: Settings) -> Iterator[Finding]:
    from ruralkpi.press.printing import fonts

    try:
        yield Finding("fonts", {"folder": fonts.folder()})
    except (OSError, metadata.PackageNotFoundError) as fault:
        yield Finding("fonts_wrong", {"fault": fault}, False)


def _places(settings: Settings) -> Iterator[Finding]:
    """Folders that are read must be there; those that are written must be ours to write."""
    for name, path in (("db", settings.db.parent), ("out", settings.out), ("store", settings.kept.parent)):
        there = next(one for one in (path, *path.absolute().parents) if one.exists())
        if not there.is_dir() or not os.access(there, os.W_OK):
            yield Finding("place_closed", {"setting": name, "folder": path}, False)


def _disk(settings: Settings) -> Iterator[Finding]:
    there = next(one for one in settings.db.absolute().parents if one.exists())
    free = shutil.disk_usage(there).free
    raw = sum(path.stat().st_size for path in settings.raw.rglob("*") if path.is_file()) if settings.raw.is_dir() else 0
    needed = max(_DISK, _LEFT * raw)
    values = {"folder": there, "free": f"{free / 1e9:.1f} GB", "needed": f"{needed / 1e9:.1f} GB"}
    yield Finding("disk" if free >= needed else "disk_full", values, free >= needed)
    if settings.memory_bytes > 2 * half_of_machine():
        yield Finding("memory", {"memory": settings.memory, "own": f"{2 * half_of_machine() / 1e9:.1f} GB"}, False)


def _mappings(settings: Settings) -> Iterator[Finding]:
    if settings.mappings is None:
        yield Finding("no_mappings", {})
        return
    own = [export for export in with_mappings(settings.mappings) if export.origin]
    yield Finding("mappings", {"n": len(own), "folder": settings.mappings})
    for name in drafts(settings.mappings):
        yield Finding("draft", {"mapping": name}, False)


def _exports(settings: Settings) -> Iterator[Finding]:
    sources = discover(settings.raw)
    months = sorted({one.named.month for one in sources if one.named.month})
    values = {
        "n": len(sources),
        "folder": settings.raw,
        "first": months[0] if months else "—",
        "last": months[-1] if months else "—",
    }
    yield Finding("exports", values)


def _book(settings: Settings) -> Iterator[Finding]:
    """The book is there, of this version, and built under the settings of now."""
    if not settings.db.exists():
        yield Finding("no_book", {"file": settings.db}, False)
        return
    with Book(settings.db) as book:
        yield Finding("book", {"file": settings.db, "months": len(book.months), "until": cut_off(book.as_of)})
        if line := disagreement(book.con, settings):
            yield Finding("", {}, False, line)


def _calendar(settings: Settings) -> Iterator[Finding]:
    """Years of working days: those of the exports' months, and the next where a deadline may fall into it."""
    covered = calendar.covered_years(settings.calendar)
    yield Finding("calendar", {"first": min(covered), "last": max(covered)})
    months = sorted({one.named.month for one in discover(settings.raw) if one.named.month}) if settings.raw.is_dir() else []
    wanted = {int(month[:4]) for month in months} | {int(month[:4]) + 1 for month in months if month[5:] == "12"}
    for year in sorted(wanted - set(covered)):
        yield Finding("calendar_lacks", {"year": year, "file": settings.calendar or "data/calendar.toml"}, False)
