"""Folders of Parquet that are whole or not there: written aside, listed part by part with their hashes, then put in place.

whole.json comes last; a folder without it was left by a run that was killed, and nobody reads it.
"""

from __future__ import annotations

import json
import os
import posixpath
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import unquote

import duckdb

from ruralkpi.errors import UserError
from ruralkpi.sql import to_parquet
from ruralkpi.texts import say
from ruralkpi.whole import hash_of, is_alive

LIST = "whole.json"
FORM = 2


@dataclass(frozen=True)
class Far:
    """A folder on no disk of this machine, as Spark names it; only Spark reads and writes it."""

    uri: str

    def __truediv__(self, below: str) -> Far:
        return Far(f"{self.uri.rstrip('/')}/{below}")

    def __str__(self) -> str:
        return self.uri


Place = Path | Far


@dataclass(frozen=True)
class Whole:
    """A folder that was written to its end. `words`: what its writer said of it; `parts`: by table, path below it and hash."""

    folder: Any  # a Place
    words: Mapping[str, Any]
    parts: Mapping[str, Mapping[str, str]]

    def files(self, table: str, within: str = "") -> list[str]:
        """The files that hold a table's rows, every byte as it was written; of those only in whose paths `within` stands. Raises
        UserError naming a part that is not."""
        found = []
        for part, kept in self.listed(table, within).items():
            path = self.folder / part
            if self.hash_now(part) != kept:
                raise UserError(say("error.part_damaged", file=path))
            found.append(str(path))
        return found

    def listed(self, table: str, within: str = "") -> dict[str, str]:
        """The parts of a table in whose paths `within` stands, with the hashes that they were written with."""
        return {part: kept for part, kept in sorted(self.parts[table].items()) if within in f"/{part}"}

    def hash_now(self, part: str) -> str | None:
        """The hash that a part has now; None where it can't be read."""
        try:
            return hash_of(self.folder / part)
        except OSError:
            return None


class Disk(Protocol):
    """What a folder's filesystem does: this module for those of this machine, engines/spark/far.py for those that only Spark
    reaches."""

    def opened(self, folder: Any) -> Whole: ...
    def writing(self, folder: Any, words: Mapping[str, Any]) -> AbstractContextManager[tuple[Any, dict[str, Sequence[str]]]]: ...
    def put(self, con: duckdb.DuckDBPyConnection, rows: str, into: Any) -> None: ...
    def here(self, whole: Any, wanted: Mapping[str, str], into: Path) -> Whole: ...
    def passing(self, folder: Any) -> AbstractContextManager[Any]: ...


def place(text: str) -> Place:
    """A folder as a user names it; file:// is this machine.

    >>> place("spark/青川"), place("file:///a%20b").as_posix(), str(place("hdfs://name:8020//x/./y/"))
    (PosixPath('spark/青川'), '/a b', 'hdfs://name:8020/x/y')
    """
    if text.startswith("file:"):
        path = text.removeprefix("file:")
        return Path(unquote("/" + path[2:].partition("/")[2] if path.startswith("//") else path))
    scheme, is_far, rest = text.partition("://")
    if not is_far:
        return Path(text)
    host, _, path = rest.partition("/")
    return Far(f"{scheme}://{host}{posixpath.normpath('/' + path.lstrip('/'))}")


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


def put(con: duckdb.DuckDBPyConnection, rows: str, into: Path) -> None:
    """What a query of DuckDB finds, as a file of Parquet."""
    to_parquet(con, rows, into)


def here(whole: Whole, wanted: Mapping[str, str], into: Path) -> Whole:
    """A folder as this machine's programs can read it: it is that already."""
    return whole


@contextmanager
def passing(folder: Path) -> Iterator[Path]:
    """A folder that goes with the block."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
        if number.isdecimal() and not is_alive(number):
            shutil.rmtree(one, ignore_errors=True)


def _files(path: Path) -> list[Path]:
    """The Parquet files of a table that one or several programs have written."""
    return sorted(path.rglob("*.parquet")) if path.is_dir() else [path]


def _below(folder: Path, file: Path) -> str:
    return file.relative_to(folder).as_posix()
