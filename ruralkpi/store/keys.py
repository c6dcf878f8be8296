"""What a reading hangs on: the file's bytes and name, the mappings that may read it, and the reader's own code."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from ruralkpi.exports.form import Export
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.tables.match import is_for, says

ROOMS = ("exports", "intake", "masking", "store")  # their code, declarations and patterns decide what a file is read as
LOOSE = ("decoding.py", "voices.py", "sql.py", "errors.py", "texts.py", "texts.toml")  # why a file is refused is kept in words
READERS = ("duckdb", "python-calamine", "xlrd", "pandas", "numpy")
_BLOCK = 1 << 22


@cache
def code() -> str:
    """The reader's own code, its declarations, and the libraries that it reads with, as one hash."""
    found = hashlib.sha256(" ".join(f"{name} {version(name)}" for name in READERS).encode())
    home = files("ruralkpi")
    for one in [*(home / name for name in LOOSE), *(each for room in ROOMS for each in _below(home / room))]:
        found.update(one.name.encode() + b"\0" + one.read_bytes() + b"\0")
    return found.hexdigest()


def _below(folder: Traversable) -> Iterator[Traversable]:
    for one in sorted(folder.iterdir(), key=lambda each: each.name):
        if one.is_dir():
            yield from _below(one)
        elif one.name.endswith((".py", ".sql", ".toml")):
            yield one


def content_hash(source: Source, block: bytearray | None = None) -> str:
    """The hash of a file's bytes, read by way of `block`. Raises OSError where they can't be read."""
    found, view = hashlib.sha256(), memoryview(block or bytearray(_BLOCK))
    with source.path.open("rb", buffering=0) as stream:
        while n := stream.readinto(view):
            found.update(view[:n])
    return found.hexdigest()


class Keys:
    """`Keys(exports).of(sources)`: the key of each source's reading; '' where there is nothing to read.

    `contents`: by name, the hash of each file's bytes that was looked at.
    """

    def __init__(self, exports: Sequence[Export]) -> None:
        self.mappings = [(one, form_hash(one)) for one in exports if one.origin]
        self.words = tuple(word for one, _ in self.mappings if one.is_for_named_files for word in one.files)
        self.contents: dict[str, str] = {}

    def of(self, sources: Sequence[Source]) -> list[str]:
        """In the order of `sources`; files are read on all cores."""
        n = os.cpu_count() or 1
        with ThreadPoolExecutor(n) as pool:
            shares = [pool.submit(self._share, sources[start::n]) for start in range(n)]
            found = [""] * len(sources)
            for start, share in enumerate(shares):
                found[start::n] = share.result()
        return found

    def _share(self, sources: Sequence[Source]) -> list[str]:
        block = bytearray(_BLOCK)  # one for all: a new one for each file costs as much as hashing a small one
        return [self.key(one, block) for one in sources]

    def key(self, source: Source, block: bytearray | None = None) -> str:
        """Of one source; '' for what is no file that can be read."""
        if source.fault or not source.path.is_file():
            return ""
        try:
            content = content_hash(source, block)
        except OSError:
            return ""
        self.contents[source.name] = content
        return self.with_content(source, content)

    def with_content(self, source: Source, content: str) -> str:
        """Of a source whose content has this hash."""
        may_be_named = says(self.words, source.name)  # by one look for all of them: most files are none of a mapping's
        forms = [own for one, own in self.mappings if not one.is_for_named_files or may_be_named and is_for(one, source.name)]
        return _hash([code(), content, source.name, forms])


def form_hash(form: Export) -> str:
    """All that a mapping, laid over its export, says."""
    return _hash(_plain(form))


def inputs_hash(found: Iterable[tuple[str, str]], *more: str) -> str:
    """One hash for the readings of a folder: (file, key) of each, in any order; and whatever else counts."""
    return _hash([sorted(found), more])


def _hash(words: Any) -> str:
    return hashlib.sha256(json.dumps(words, ensure_ascii=False, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, dict):
        return [[_plain(key), _plain(one)] for key, one in value.items()]
    if isinstance(value, frozenset | set):
        return sorted(map(str, value))
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value
