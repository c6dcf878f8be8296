"""The packs of the store: folders named by the hash of what they hold, written whole or not at all, never changed.

A pack holds what was read of files that were read together: pack.json says what became of each file and the hash of every
part; the parts are Parquet, one for each export (typed values and cells as written), and small ones beside them.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import shutil
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.intake.reading import Reading, TableRead
from ruralkpi.texts import say
from ruralkpi.whole import hash_of, is_alive

OF_A_TABLE = ("file", "file_month", "absent")  # of a row: what source_file says of its table; no pack holds them
LIST = "pack.json"
FORM = 1  # of pack.json; another one is an earlier or later version's, which nothing needs
_NOT_AS_WRITTEN = (OSError, ValueError, TypeError, KeyError, IndexError)
_NUMBERS = itertools.count()


class _Foreign(Exception):
    """A pack of another form."""


@dataclass(frozen=True)
class Pack:
    """One pack: `readings` by key, the names of its `parts`, and `limits`, under which files were refused."""

    folder: Path
    readings: dict[str, Reading]
    parts: frozenset[str]
    limits: dict[str, int]
    bytes_n: int
    rows_n: int

    def part(self, name: str) -> Path | None:
        """The Parquet file of an export or of one of the small tables, where the pack has any row of it."""
        return self.folder / f"{name}.parquet" if name in self.parts else None


@dataclass(frozen=True)
class Held:
    """Where the reading of a file is kept."""

    pack: Pack
    reading: Reading


def entry(key: str, number: int) -> int:
    """What the rows of a file's table bear, the first as number 0: 63 bits of a hash."""
    return int.from_bytes(hashlib.sha256(f"{key} {number}".encode()).digest()[:8], "big") >> 1


class Store:
    """The packs of a folder, which is made when the first is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.damaged: list[str] = []
        self.foreign: list[str] = []
        self.opened: dict[str, Pack] = {}  # looked at once: packs don't change

    def packs(self) -> list[Pack]:
        """Those that are whole, in the order of their names; the names of the others are in `damaged`, or in `foreign` where
        another version has written them."""
        self.damaged, self.foreign = [], []
        found = []
        folders = sorted(one for one in self.folder.iterdir() if one.is_dir()) if self.folder.is_dir() else []
        whole = [one for one in folders if not one.suffix]  # others are being written, or left by a run that was killed
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            waiting = [(one.name, pool.submit(self._look, one)) for one in whole]
        for name, one in waiting:
            try:
                found.append(self.opened.setdefault(name, one.result()))
            except _Foreign:
                self.foreign.append(name)
            except _NOT_AS_WRITTEN:
                self.damaged.append(name)
        return found

    def _look(self, folder: Path) -> Pack:
        return self.opened.get(folder.name) or _opened(folder)

    def keep(self, write: Callable[[Path], dict[str, Any]]) -> None:
        """Make a pack: `write` puts its parts into a new folder and returns the words of pack.json, its readings as they are.
        Raises UserError where the folder can't be written."""
        new = self.folder / f"{os.getpid()}-{next(_NUMBERS)}.new"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            new.mkdir()
            words = _with_forms(write(new))
            words["parts"] = {path.stem: hash_of(path) for path in sorted(new.glob("*.parquet"))}
            text = json.dumps(words, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "surrogatepass")
            (new / LIST).write_bytes(text)
            _put(new, self.folder / hashlib.sha256(text).hexdigest())
        except OSError as fault:
            raise UserError(say("error.unwritable", folder=self.folder, fault=fault.strerror or fault)) from None
        finally:
            shutil.rmtree(new, ignore_errors=True)

    def tidy(self) -> None:
        """Take away what killed runs and damage have left; what another run is just writing stays."""
        begun = [one for one in self.folder.iterdir() if one.suffix == ".new"] if self.folder.is_dir() else []
        left = [one for one in begun if not is_alive(one.name.partition("-")[0])]
        for one in [*left, *(self.folder / name for name in self.damaged)]:
            shutil.rmtree(one, ignore_errors=True)

    def prune(self, packs: Iterable[Pack]) -> None:
        """Take these packs away, and those of other versions. Raises UserError where the folder can't be written."""
        for folder in [*(pack.folder for pack in packs), *(self.folder / name for name in self.foreign)]:
            gone = folder.with_name(folder.name + ".new")
            try:
                folder.rename(gone)  # whole, or gone: never half of it
            except OSError as fault:
                raise UserError(say("error.unwritable", folder=self.folder, fault=fault.strerror or fault)) from None
            shutil.rmtree(gone, ignore_errors=True)


def held(packs: Iterable[Pack], limits: dict[str, int]) -> dict[str, Held]:
    """The readings of packs by key. A file that was refused under other limits is read again."""
    found: dict[str, Held] = {}
    for pack in packs:
        for key, reading in pack.readings.items():
            if not reading.refused or pack.limits == limits:
                found.setdefault(key, Held(pack, reading))
    return found


def _opened(folder: Path) -> Pack:
    """A pack whose every byte is as it was written. Raises _Foreign, or one of _NOT_AS_WRITTEN."""
    text = (folder / LIST).read_bytes()
    if hashlib.sha256(text).hexdigest() != folder.name:
        raise ValueError(LIST)
    words = json.loads(text)
    if words.get("form") != FORM:
        raise _Foreign
    paths = [folder / f"{name}.parquet" for name in words["parts"]]
    if [hash_of(path) for path in paths] != [*words["parts"].values()]:
        raise ValueError(folder)
    size = len(text) + sum(path.stat().st_size for path in paths)
    forms = [TableRead.of_json(one) for one in words["forms"]]
    readings = {key: Reading.of_json(one, forms) for key, one in words["readings"].items()}
    return Pack(folder, readings, frozenset(words["parts"]), words["limits"], size, words["rows_n"])


def _with_forms(words: dict[str, Any]) -> dict[str, Any]:
    """The words of pack.json, in which tables of one form say it once, by its place in `forms`."""
    forms: dict[TableRead, int] = {}
    readings = {key: one.as_json(forms) for key, one in words["readings"].items()}
    return words | {"form": FORM, "readings": readings, "forms": [asdict(form) for form in forms]}


def _put(new: Path, place: Path) -> None:
    try:
        new.rename(place)
    except OSError:
        with suppress(*_NOT_AS_WRITTEN):
            _opened(place)
            return  # another run has kept the same
        shutil.rmtree(place, ignore_errors=True)
        new.rename(place)
