"""manifest.jsonl: what stands in the month's folder, from which inputs; and the journal of a run under way."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

from ruralkpi.month.planned import Entry

MANIFEST, JOURNAL = "manifest.jsonl", ".progress.jsonl"


def read(folder: Path) -> dict[str, Entry]:
    """What earlier runs left, finished or not, by agent id; a line that a killed run left half is no line."""
    found: dict[str, Entry] = {}
    for name in (MANIFEST, JOURNAL):
        path = folder / name
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines() if path.exists() else []:
            try:
                words = json.loads(line)
                found[words["agent_id"]] = Entry(*(words[key] for key in ("agent_id", "inputs", "files", "error", "seconds")))
            except (ValueError, KeyError, TypeError):
                continue
    return found


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
    wanted = [entry for entry in entries if not entry.error and set(formats) <= set(entry.files)]
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
        return path.stat().st_ctime_ns < written or hashlib.sha256(path.read_bytes()).hexdigest() == about["sha256"]
    except OSError:
        return False


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
