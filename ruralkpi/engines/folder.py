"""Folders of Parquet that are whole or not there: written aside, listed part by part with their hashes, then put in place.

whole.json comes last; a folder without it was left by a run that was killed, and nobody reads it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from ruralkpi.errors import UserError
from ruralkpi.texts import say

LIST = "whole.json"
FORM = 1
_BLOCK = 1 << 22


@dataclass(frozen=True)
class Whole:
    """A folder that was written to its end. `words`: what its writer said of it; `parts`: by table, path below it and hash."""

    folder: Path
    words: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, str]]

    def files(self, table: str, within: str = "") -> list[str]:
        """The files that hold a table's rows, every byte as it was written; of those only in whose paths `within` stands. Raises
        UserError naming a part that is not."""
        found = []
        for part, kept in sorted(self.parts[table].items()):
            if within not in f"/{part}":
                continue
            path = self.folder / part
            try:
                is_same = hash_of(path) == kept
            except OSError:
                is_same = False
            if not is_same:
                raise UserError(say("error.part_damaged", file=path))
            found.append(str(path))
        return found


def place(text: str) -> Path:
    """A folder as a user names it, file:// included. Raises UserError for what lies on no disk of this machine."""
    parts = urlsplit(text)
    if parts.scheme == "file":
        return Path(unquote(parts.path))
    if "://" in text:
        raise UserError(say("error.folder_far", folder=text, scheme=parts.scheme))
    return Path(text)


def opened(folder: Path) -> Whole:
    """Raises UserError where the folder is not there, was not finished, or was written by another version."""
    path = folder / LIST
    try:
        words = json.loads(path.read_bytes())
        if words["form"] != FORM:
            raise UserError(say("error.folder_foreign", folder=folder))
        return Whole(folder, words["words"], words["parts"])
    except FileNotFoundError:
        raise UserError(say("error.folder_unfinished" if folder.is_dir() else "error.folder_missing", folder=folder)) from None
    except (OSError, ValueError, KeyError, TypeError):
        raise UserError(say("error.part_damaged", file=path)) from None


@contextmanager
def writing(folder: Path, words: Mapping[str, Any]) -> Iterator[tuple[Path, dict[str, Sequence[str]]]]:
    """A new folder beside `folder` and the files of each table, for the block to fill; it takes the place of `folder` when the
    block ends well, else all is as before. Raises UserError where it can't be written."""
    new = folder.with_name(f"{folder.name}.{os.getpid()}.new")
    tables: dict[str, Sequence[str]] = {}
    try:
        _left_by_killed(folder)
        new.mkdir(parents=True, mode=0o700)
        yield new, tables
        parts = {table: {_below(new, file): hash_of(file) for one in sorted(files) for file in _files(new / one)}
                 for table, files in sorted(tables.items())}  # fmt: skip
        text = json.dumps({"form": FORM, "words": dict(words), "parts": parts}, ensure_ascii=False, sort_keys=True, indent=1)
        (new / LIST).write_text(text, encoding="utf-8")
        _put(new, folder)
    except OSError as fault:
        raise UserError(say("error.unwritable", folder=folder, fault=fault.strerror or fault)) from None
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _put(new: Path, folder: Path) -> None:
    old = folder.with_name(f"{folder.name}.{os.getpid()}.old")
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _left_by_killed(folder: Path) -> None:
    """Take away what runs have left that are no more."""
    for one in folder.parent.glob(f"{folder.name}.*.new"):
        number = one.name.removesuffix(".new").rpartition(".")[2]
        if number.isdecimal() and not Path(f"/proc/{number}").exists():
            shutil.rmtree(one, ignore_errors=True)


def _files(path: Path) -> list[Path]:
    """The Parquet files of a table that one or several programs have written."""
    return sorted(path.rglob("*.parquet")) if path.is_dir() else [path]


def _below(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()


def hash_of(path: Path) -> str:
    """The hash of a file's bytes. Raises OSError where they can't be read."""
    found = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            found.update(block)
    return found.hexdigest()
