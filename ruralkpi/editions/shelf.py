"""The folder of editions: one folder an edition, named by its number and the hash of its list, which names the hash of every
part and of the edition published before it. Written by rename; never changed."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from ruralkpi.editions.inputs import Inputs
from ruralkpi.errors import UserError
from ruralkpi.texts import say
from ruralkpi.whole import hash_of

LIST = "edition.json"
FORM = 1  # of edition.json
_NAMED = re.compile(r"(?P<month>\d{4}-\d{2})\.(?P<number>\d+)\.(?P<own>[0-9a-f]{64})")
_NOT_AS_WRITTEN = (OSError, ValueError, TypeError, KeyError)


@dataclass(frozen=True)
class Edition:
    """What was published of a month. `place`: its place among all editions, from 1; `before`: the hash of the one before it;
    `own`: its own hash; `published_on`: the day; `parts`: hash of each Parquet file; `inputs`: what it was made of."""

    month: str
    number: int
    place: int
    before: str
    published_on: dt.date
    note: str
    parts: dict[str, str]
    inputs: Inputs
    own: str = ""
    folder: Path = Path()

    @property
    def seal(self) -> str:
        """The first eight letters of its hash, as cards print them: an edition that was changed bears another."""
        return self.own[:8]

    def part(self, name: str) -> Path:
        """The Parquet file of a table."""
        return self.folder / f"{name}.parquet"

    @property
    def shown(self) -> str:
        """Its folder's name, up to its seal."""
        return self.folder.name[:_SHOWN]

    @cached_property
    def changed(self) -> list[str]:
        """The files that are missing or not as they were published, as they were when it was first asked: a run opens an
        edition several times, and a province's is large."""
        parts = [(self.part(name), own) for name, own in sorted(self.parts.items())]
        return [path.name for path, own in parts if not path.is_file() or hash_of(path) != own]

    def refuse_changed(self) -> None:
        """Raises UserError with the first of the files that are not as they were published."""
        for part in self.changed:
            raise UserError(say("error.edition_changed", edition=self.shown, part=part))

    def as_json(self) -> dict[str, Any]:
        """In the words of JSON; own hash and folder are the file's."""
        words = {name: getattr(self, name) for name in ("month", "number", "place", "before", "note", "parts")}
        return words | {"form": FORM, "published_on": self.published_on.isoformat(), "inputs": self.inputs.as_json()}

    @classmethod
    def of_json(cls, words: dict[str, Any]) -> Edition:
        """What as_json() gave. Raises TypeError, ValueError or KeyError for anything else."""
        if words["form"] != FORM:
            raise ValueError(words["form"])
        known = {name: words[name] for name in ("month", "number", "place", "before", "note", "parts")}
        on = dt.date.fromisoformat(words["published_on"])
        return cls(**known, published_on=on, inputs=Inputs.of_json(words["inputs"]))


class Shelf:
    """The editions of a book; the folder is made when the first is published."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> list[Edition]:
        """In the order in which they were published. Raises UserError naming the first that can't be read."""
        found = []
        for folder in self._folders():
            try:
                found.append(_read(folder))
            except _NOT_AS_WRITTEN:
                raise UserError(say("error.edition_changed", edition=folder.name[:_SHOWN], part=LIST)) from None
        return sorted(found, key=lambda one: one.place)

    def of(self, month: str) -> list[Edition]:
        """A month's, the first first."""
        return [one for one in self.all() if one.month == month]

    def newest(self, month: str) -> Edition | None:
        """A month's newest, where one was published."""
        return next(reversed(self.of(month)), None)

    def newest_each(self) -> list[Edition]:
        """The newest of every month that was published, by month."""
        newest = {one.month: one for one in self.all()}
        return [newest[month] for month in sorted(newest)]

    def get(self, month: str, number: int) -> Edition:
        """One edition. Raises UserError with those that there are."""
        there = self.of(month)
        for one in there:
            if one.number == number:
                return one
        known = "、".join(str(one.number) for one in there) or "—"
        raise UserError(say("error.edition_unknown", month=month, n=number, known=known))

    def put(self, edition: Edition, write: Callable[[Path], None]) -> Edition:
        """Publish: `write` puts the parts into a new folder. There whole at the end, or not at all.

        Raises UserError where the folder can't be written.
        """
        new = self.folder / f"{edition.month}.new"
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._tidy()
            new.mkdir()
            write(new)
            parts = {path.stem: hash_of(path) for path in sorted(new.glob("*.parquet"))}
            words = replace(edition, parts=parts).as_json()
            text = json.dumps(words, ensure_ascii=False, sort_keys=True, indent=1).encode("utf-8", "surrogatepass")
            (new / LIST).write_bytes(text)
            _sync(new)
            own = hashlib.sha256(text).hexdigest()
            place = self.folder / f"{edition.month}.{edition.number}.{own}"
            new.rename(place)
        except OSError as fault:
            raise UserError(say("error.unwritable", folder=self.folder, fault=fault.strerror or fault)) from None
        finally:
            shutil.rmtree(new, ignore_errors=True)
        return _read(place)

    def faults(self) -> Iterator[str]:
        """A line for each byte's worth of change that shows: lists, parts, and the chain from each edition to the one before."""
        before, place = "", 0
        editions: list[Edition] = []
        for folder in self._folders():
            try:
                editions.append(_read(folder))
            except _NOT_AS_WRITTEN:
                yield say("cli.edition_changed", edition=folder.name[:_SHOWN], part=LIST)
        for one in sorted(editions, key=lambda each: each.place):
            for part in one.changed:
                yield say("cli.edition_changed", edition=one.shown, part=part)
            if one.place != place + 1 or one.before != before:
                yield say("cli.edition_gap", month=one.month, n=one.number)
            before, place = one.own, one.place

    @contextmanager
    def workplace(self) -> Iterator[Path]:
        """A folder for what is made of an edition; it goes at the end, or when the next is published."""
        folder = self.folder / "again.new"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, mode=0o700)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _folders(self) -> list[Path]:
        there = sorted(self.folder.iterdir()) if self.folder.is_dir() else []
        return [one for one in there if _NAMED.fullmatch(one.name)]

    def _tidy(self) -> None:
        """Take away what a killed run has left; inside the book's lock nobody else is writing."""
        for one in self.folder.glob("*.new"):
            shutil.rmtree(one, ignore_errors=True)


_SHOWN = len("2026-10.1.") + 8  # of a folder's name: month, number and the beginning of its hash


def _read(folder: Path) -> Edition:
    """An edition whose list is as it was written. Raises one of _NOT_AS_WRITTEN."""
    found = _NAMED.fullmatch(folder.name)
    text = (folder / LIST).read_bytes()
    if found is None or hashlib.sha256(text).hexdigest() != found["own"]:
        raise ValueError(folder.name)
    made = replace(Edition.of_json(json.loads(text)), own=found["own"], folder=folder)
    if (made.month, made.number) != (found["month"], int(found["number"])):
        raise ValueError(folder.name)
    return made


def _sync(folder: Path) -> None:
    """What is published is on the disk before it has its name."""
    for path in folder.iterdir():
        with path.open("rb") as stream:
            os.fsync(stream.fileno())
