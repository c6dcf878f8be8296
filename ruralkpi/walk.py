"""The files below a folder: links to folders are followed, each folder once; names in any bytes are shown as text."""

from __future__ import annotations

import os
import stat
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_UNSHOWN = {"Cc", "Cs", "Zl", "Zp"}
_IS_UTF_8 = sys.getfilesystemencoding() == "utf-8"


@dataclass(frozen=True)
class Place:
    """What stands at a path. `name`: the path below the folder with `/`, as text that can be shown and stored;
    `fault`: why it can't be read, a key of texts.toml, or ''; `to`: where a link leads that is not followed."""

    path: Path
    name: str
    is_folder: bool = False
    fault: str = ""
    to: str = ""


def below(folder: Path) -> list[Place]:
    """Everything below `folder` but what is hidden, in order of the paths; folders too, before what they hold.

    A link to a folder is followed unless that folder is read already, or holds the link: its fault says so.
    """
    seen: dict[tuple[int, int], str] = {}
    found: list[Place] = []
    links: list[Place] = []
    _visit(folder, folder, seen, found, links)
    while links:  # after what stands there itself
        links.sort(key=lambda link: os.fsencode(link.path))
        one = links.pop(0)
        if again := seen.get(_id(one.path)):
            found.append(Place(one.path, one.name, True, "error.link_again", again))
        elif _holds(one.path, folder):
            found.append(Place(one.path, one.name, True, "error.link_loop", _shown_path(one.path.resolve())))
        else:
            found.append(one)
            _visit(one.path, folder, seen, found, links)
    return list(_told_apart(found))


def _visit(at: Path, folder: Path, seen: dict[tuple[int, int], str], found: list[Place], links: list[Place]) -> None:
    waiting = [(at, shown(at, folder))]
    while waiting:
        here, named = waiting.pop()
        seen[_id(here)] = named or "."
        try:
            entries = sorted(os.scandir(here), key=lambda entry: os.fsencode(entry.name))
        except OSError:
            found.append(Place(here, named, True, "error.folder_unreadable"))
            continue
        for entry in entries:
            if entry.name.startswith((".", "~$")):
                continue
            path = here / entry.name
            place = _place(entry, path, (f"{named}/" if named else "") + _shown_part(entry.name))
            if place.is_folder and not place.fault and entry.is_symlink():
                links.append(place)
                continue
            found.append(place)
            if place.is_folder and not place.fault:
                waiting.append((path, place.name))


def _place(entry: os.DirEntry[str], path: Path, name: str) -> Place:
    try:
        mode = entry.stat().st_mode
    except OSError as fault:
        key = "error.link_nowhere" if entry.is_symlink() else "error.file_unreadable"
        return Place(path, name, False, key, fault.strerror or "")
    if stat.S_ISDIR(mode):
        return Place(path, name, True)
    shortcut = "error.shortcut" if entry.name.lower().endswith(".lnk") else ""
    return Place(path, name, False, shortcut if stat.S_ISREG(mode) else "error.special_file")


def _id(path: Path) -> tuple[int, int]:
    about = path.stat()
    return about.st_dev, about.st_ino


def _holds(link: Path, folder: Path) -> bool:
    """Whether the folder that a link leads to holds the link's own folder."""
    target = link.resolve()
    return target in (folder.resolve(), *folder.resolve().parents) or target in link.parent.resolve().parents


def shown(path: Path, folder: Path) -> str:
    """The path below `folder` as text: bytes that are no UTF-8 are read as GBK where they can be, else written as \\x.."""
    return "/".join(map(_shown_part, path.relative_to(folder).parts))


def _shown_path(path: Path) -> str:
    return "/".join(map(_shown_part, path.parts)).replace("//", "/")


def _shown_part(part: str) -> str:
    if _IS_UTF_8 and part.isprintable():  # as nearly all are
        return part
    raw = os.fsencode(part)
    for encoding in ("utf-8", "gb18030"):
        try:
            text = raw.decode(encoding)
            break
        except UnicodeDecodeError:
            text = raw.decode("utf-8", "backslashreplace")
    return "".join(c.encode("unicode_escape").decode() if unicodedata.category(c) in _UNSHOWN else c for c in text)


def _told_apart(places: list[Place]) -> Iterator[Place]:
    """In the order of their paths; two names that are shown alike (one in UTF-8, one in GBK) get a number: a row is found again
    by its file's name."""
    taken: dict[str, int] = {}
    for one in sorted(places, key=lambda one: os.fsencode(one.path)):
        taken[one.name] = taken.get(one.name, 0) + 1
        if taken[one.name] == 1:
            yield one
        else:
            yield Place(one.path, f"{one.name} <{taken[one.name]}>", one.is_folder, one.fault, one.to)
