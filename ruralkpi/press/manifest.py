"""manifest.jsonl: what stands in the month's folder, from which inputs; the journal of a run under way; what the pages around
the cards hang on."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path
from typing import Any, TextIO

from ruralkpi.month.planned import Entry
from ruralkpi.press.job import FORMATS
from ruralkpi.whole import hash_of

MANIFEST, JOURNAL, PAGES = "manifest.jsonl", ".progress.jsonl", ".pages.json"
_OTHERS = ("quality/", "changes.html")  # pages that others put there
_OURS = re.compile(r"[^/]+/index\.html|counties/[^/]+/index\.html|rules/[^/]+\.html|summary\.xlsx")  # around the cards
_PATH = re.compile(r"(?!\.\.?/)[^/\\\0-\x1f]+/[^/\\\0-\x1f]+\.(html|pdf)")  # below the month's folder: an area and a card


def read(folder: Path) -> dict[str, Entry]:
    """What earlier runs left, finished or not, by agent id; a line that is no entry, such as one that a killed run left half,
    is passed over."""
    found: dict[str, Entry] = {}
    for name in (MANIFEST, JOURNAL):
        for line in _text(folder / name).splitlines():
            try:
                entry = _entry(json.loads(line))
            except (ValueError, KeyError, TypeError, RecursionError):
                continue
            found[entry.agent_id] = entry
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""
    except OSError:
        return ""


def _entry(words: Any) -> Entry:
    """An entry of a line. Raises ValueError, KeyError or TypeError for what is none."""
    agent_id, inputs, files, error = (words[key] for key in ("agent_id", "inputs", "files", "error"))
    texts = [agent_id, inputs, error or "", words.get("note", ""), words.get("edition", "")]
    if not all(isinstance(text, str) for text in texts) or not isinstance(files, dict):
        raise TypeError
    for kind, about in files.items():
        if kind not in FORMATS or not _PATH.fullmatch(about["path"]) or not isinstance(about["bytes"], int):
            raise ValueError
    "".join(texts).encode()  # half a surrogate pair could not be written again
    return Entry(agent_id, inputs, files, error, float(words["seconds"]), words.get("note", ""), words.get("edition", ""))


def set_aside(folder: Path) -> None:
    """Move what bears the name of a manifest or journal and is no file out of the way; it is kept beside.

    Raises OSError where that can't be done.
    """
    for path in (folder / MANIFEST, folder / JOURNAL, folder / ".work", folder / f"{MANIFEST}.part"):
        is_wrong = path.is_file() or path.is_symlink() if path.name == ".work" else not path.is_file()
        if is_wrong and (path.exists() or path.is_symlink()):
            number = next(n for n in count(1) if not path.with_name(f"{path.name}.aside-{n}").exists())
            path.rename(path.with_name(f"{path.name}.aside-{number}"))


class Journal:
    """A line per card as soon as it is done, so that an interrupted run goes on where it stopped."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / JOURNAL
        self.file: TextIO = self.path.open("a", encoding="utf-8")
        self.file.write("\n")  # ends a half line

    def add(self, entry: Entry) -> None:
        """Hand the line to the system at once: what is written survives a kill of this process."""
        self.file.write(entry.line())
        self.file.flush()

    def close(self) -> None:
        """The journal stays until the manifest holds all of it."""
        self.file.close()


def intact(folder: Path, entries: Iterable[Entry], formats: Iterable[str], jobs: int) -> set[str]:
    """The agents whose files of these formats all are what the entry says.

    A file that has its size and was not touched since the manifest was written is taken for whole; others are read.
    """
    asked = set(formats)
    wanted = [e for e in entries if asked <= set(e.files) and (not e.error or (e.files and not asked))]
    written = _changed_at(folder / MANIFEST)

    def is_whole(entry: Entry) -> bool:
        return all(_is_same(folder / about["path"], about, written) for about in entry.files.values())

    with ThreadPoolExecutor(jobs) as threads:
        return {entry.agent_id for entry, whole in zip(wanted, threads.map(is_whole, wanted), strict=True) if whole}


def _changed_at(path: Path) -> int:
    """When a file's content or place last changed, ns: unlike its time of modification, no program can set this back."""
    try:
        return path.stat().st_ctime_ns
    except OSError:
        return 0


def _is_same(path: Path, about: dict[str, Any], written: int) -> bool:
    try:
        if path.stat().st_size != about["bytes"]:
            return False
        return path.stat().st_ctime_ns < written or hash_of(path) == about["sha256"]
    except OSError:
        return False


def keep_pages(folder: Path, inputs: str, entries: Iterable[Entry]) -> None:
    """Write down that the month is whole: what it hangs on, its cards, and every file around them with its hash."""
    cards = _cards(entries)
    names = (path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file())
    pages = [one for one in names if one not in cards and one != MANIFEST and not one.startswith((".", *_OTHERS))]
    words = {"inputs": inputs, "cards": cards, "pages": {one: hash_of(folder / one) for one in pages}}
    (folder / PAGES).write_text(json.dumps(words, ensure_ascii=False, indent=0), encoding="utf-8")


def are_whole(folder: Path, inputs: str, entries: Collection[Entry], formats: Iterable[str], jobs: int) -> bool:
    """Whether nothing is to be done: the month is whole and hangs on the same, and each card and page is as it was written."""
    try:
        words = json.loads(_text(folder / PAGES))
        if words["inputs"] != inputs or words["cards"] != _cards(entries):
            return False
        if any(hash_of(folder / one) != own for one, own in words["pages"].items()):
            return False
    except (ValueError, KeyError, TypeError, AttributeError, OSError):
        return False
    return intact(folder, entries, formats, jobs) == {entry.agent_id for entry in entries}


def drop_changed(folder: Path) -> None:
    """The month is no longer whole until `keep_pages`. What we made around its cards and is not as it was written goes, so that
    it is made again; files of other names are not ours."""
    try:
        pages = json.loads(_text(folder / PAGES))["pages"].items()
    except (ValueError, KeyError, TypeError, AttributeError):
        pages = ()
    (folder / PAGES).unlink(missing_ok=True)
    for name, own in pages:
        path = folder / name
        if _OURS.fullmatch(name) and folder.resolve() in path.resolve().parents and path.is_file() and hash_of(path) != own:
            path.unlink()


def _cards(entries: Iterable[Entry]) -> dict[str, str]:
    return dict(sorted((about["path"], about["sha256"]) for entry in entries for about in entry.files.values()))


def sweep(folder: Path, before: Iterable[Entry], now: Iterable[Entry]) -> list[str]:
    """Remove files that an earlier run made and this one does not list; returns their paths, sorted.

    Only what a manifest names is ever removed, and only inside the folder.
    """
    kept = {about["path"] for entry in now for about in entry.files.values()}
    gone = sorted({about["path"] for entry in before for about in entry.files.values()} - kept)
    for name in gone:
        path = folder / name
        if folder.resolve() in path.resolve().parents and path.suffix in (".html", ".pdf"):
            path.unlink(missing_ok=True)
    return gone
