"""All that the figures of a book hang on, as it can be named, kept, and put together anew."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from ruralkpi.decoding import decoded
from ruralkpi.exports.form import ORIGIN
from ruralkpi.exports.mapping_form import mapping_files
from ruralkpi.intake.reading import Reading
from ruralkpi.obligations.own import own_files
from ruralkpi.settings import Settings
from ruralkpi.stages import in_force

# The inputs that a change is put down to, in the order in which they are told.
LEVERS = ("program", "cut_off", "calendar", "rules", "mappings", "mends", "data")
_MEND_EXPORTS = ("exemptions", "corrections")


@dataclass(frozen=True)
class FileIn:
    """A file that was read: its name below the folder of exports, the hash of its bytes, the key of its reading in the store.

    `is_mend`: it holds exemptions, requests for correction, or mended rows alone.
    """

    name: str
    content: str
    key: str
    is_mend: bool = False


@dataclass(frozen=True)
class Inputs:
    """What a book is made of. `rules`: the office's own settings by rule, `own_rules`: its own files of rules;
    `mappings`: both text by path; `calendar`: its file's text;
    `program`: the hash of the code; `other`: settings that move no obligation (targets, composite, the gate)."""

    program: str
    rules_version: str
    as_of: dt.datetime
    within_days: int
    calendar: str
    rules: dict[str, dict[str, Any]]
    month_by: str
    mappings: dict[str, str]
    files: tuple[FileIn, ...]
    other: dict[str, Any]
    own_rules: dict[str, str] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """In the words of JSON."""
        files = [astuple(one) for one in self.files]
        return {**vars(self), "as_of": self.as_of.isoformat(sep=" "), "files": files}

    @classmethod
    def of_json(cls, words: dict[str, Any]) -> Inputs:
        """What as_json() gave. Raises TypeError, ValueError or KeyError for anything else."""
        files = tuple(FileIn(*one) for one in words["files"])
        return cls(**words | {"as_of": dt.datetime.fromisoformat(words["as_of"]), "files": files})

    def lever(self, name: str) -> str:
        """One hash of what stands under a lever: equal hashes move nothing."""
        mends = [[one.name, one.content] for one in self.files if one.is_mend]
        data = [[one.name, one.content] for one in self.files if not one.is_mend]
        under: dict[str, Any] = {
            "program": self.program,
            "cut_off": [str(self.as_of), self.within_days],
            "calendar": tomllib.loads(self.calendar),
            "rules": [self.rules, self.month_by, self.own_rules],
            "mappings": {path: tomllib.loads(text) for path, text in self.mappings.items()},
            "mends": mends,
            "data": data,
        }
        return in_force.hash_of(under[name])


def gather(settings: Settings, as_of: dt.datetime, rules_version: str, files: Iterable[FileIn]) -> Inputs:
    """The inputs of a book that is made under `settings` of `files`."""
    return Inputs(
        program=in_force.program(),
        rules_version=rules_version,
        as_of=as_of,
        within_days=settings.within_days,
        calendar=_text(settings.calendar),
        rules=settings.rules,
        month_by=settings.month_by,
        mappings=_texts(settings.mappings, _mappings(settings.mappings)),
        files=tuple(sorted(files, key=lambda one: one.name)),
        other={"targets": settings.targets, "composite": settings.composite, "quality": settings.quality},
        own_rules=_texts(settings.rules_folder, own_files(settings.rules_folder)),
    )


def is_mend(reading: Reading) -> bool:
    """Whether a file holds exemptions, requests for correction and mended rows only."""
    mark = ORIGIN["origin_file"][0]
    return bool(reading.tables) and all(one.export in _MEND_EXPORTS or mark in one.titles for one in reading.tables)


def differing(one: Inputs, other: Inputs) -> list[str]:
    """The levers under which two books are not alike, in the order of LEVERS."""
    return [name for name in LEVERS if one.lever(name) != other.lever(name)]


def _text(path: Path | None) -> str:
    return decoded(path.read_bytes())[1] if path is not None and path.is_file() else ""


def _mappings(folder: Path | None) -> list[Path]:
    return mapping_files(folder) if folder is not None and folder.is_dir() else []


def _texts(folder: Path | None, paths: Sequence[Path]) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): _text(path) for path in paths} if folder is not None else {}
