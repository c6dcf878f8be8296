"""What arrives: the built-in exports/*.toml and a county's own mapping files of the same form."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError, nearest
from ruralkpi.texts import say

_KINDS = {"_id": "id", "_ats": "stamps", "_at": "stamp", "_on": "day", "_n": "count", "_yuan": "number", "_h": "number"}
_COLUMN_WORDS = {"headers", "required", "constant", "values", "true", "false"}
_EXPORT_WORDS = {"export", "files", "key", "alike", "snapshot", "required_any", "columns", "check", "date_order",
                 "future", "open_ended"}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """One column of an export: its headers, and how its text becomes a value.

    The name's suffix is its type: ``_id`` text, ``_at`` time, ``_on`` day, ``_n`` whole number,
    ``_yuan`` amount, ``is_`` yes or no; anything else is free text.
    """

    name: str
    headers: tuple[str, ...] = ()
    required: bool = False
    constant: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    true: tuple[str, ...] = ()
    false: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """id, stamp, stamps, day, count, number, flag or text."""
        if self.name.startswith("is_"):
            return "flag"
        return next((kind for end, kind in _KINDS.items() if self.name.endswith(end)), "text")

    @property
    def title(self) -> str:
        """The header a Chinese reader knows the column by."""
        return self.headers[0] if self.headers else self.name


@dataclass(frozen=True)
class Export:
    """One kind of export as one source delivers it; `origin` is empty for the built-in form."""

    name: str
    columns: dict[str, Column]
    files: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    required_any: tuple[tuple[str, ...], ...] = ()
    alike: dict[str, Any] = field(default_factory=dict)
    snapshot: bool = False
    future: frozenset[str] = frozenset()
    open_ended: frozenset[str] = frozenset()
    checks: tuple[dict[str, Any], ...] = ()
    date_order: str = "ymd"
    origin: str = ""
    is_for_named_files: bool = False

    @cached_property
    def wanted(self) -> dict[str, tuple[str, int]]:
        """Plain header → the column it stands for, and how far down that column's list it is."""
        return {plain(h): (name, n) for name, c in self.columns.items() for n, h in enumerate((*c.headers, name))}


def plain(header: str) -> str:
    """A header without what people add to it: width, blanks, line breaks, stars and "(必填)"."""
    text = unicodedata.normalize("NFKC", header).lower()
    for extra in ("(必填)", "(选填)", "*", "\n", "\r", "\t", " ", "\ufeff"):
        text = text.replace(extra, "")
    return text


@cache
def built_in() -> dict[str, Export]:
    """The exports of STANDARD section 9 by name."""
    folder = files("ruralkpi") / "exports"
    texts = sorted((f.name, f.read_text(encoding="utf-8")) for f in folder.iterdir() if f.name.endswith(".toml"))
    found = [_export(tomllib.loads(text), name) for name, text in texts]
    return {export.name: replace(export, origin="") for export in found}


def with_mappings(folder: Path | None) -> list[Export]:
    """The county's mappings, laid over the built-in exports, then the built-in exports themselves.

    Raises UserError for a mapping file that can't be read or that names an unknown export or column.
    """
    mapped = []
    if folder is not None:
        if not folder.is_dir():
            raise UserError(say("error.mappings_missing", folder=folder))
        for path in sorted(folder.rglob("*.toml")):
            mapped.append(_laid_over(_read(path), path))
    return mapped + list(built_in().values())


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as fault:
        raise UserError(say("error.mapping_bad", file=path, fault=fault)) from None


def _laid_over(words: dict[str, Any], path: Path) -> Export:
    name = words.get("export", "")
    if name not in built_in():
        near = "、".join(nearest(name, built_in()) or sorted(built_in()))
        raise UserError(say("error.mapping_export", file=path, name=name, near=near))
    base, own = built_in()[name], _export(words, str(path))
    for column in own.columns:
        if column not in base.columns:
            near = "、".join(nearest(column, base.columns) or sorted(base.columns))
            raise UserError(say("error.mapping_column", file=path, name=column, near=near))
    columns = {key: _merged(column, own.columns.get(key)) for key, column in base.columns.items()}
    return replace(
        base,
        columns=columns,
        files=own.files or base.files,
        date_order=own.date_order,
        origin=path.name,
        is_for_named_files=bool(own.files),
    )


def _merged(base: Column, own: Column | None) -> Column:
    """The county's headers come first, the built-in ones stay; its words win over the built-in words."""
    if own is None:
        return base
    return replace(
        base,
        headers=own.headers + tuple(h for h in base.headers if h not in own.headers),
        constant=own.constant,
        values={**base.values, **own.values},
        true=own.true + base.true,
        false=own.false + base.false,
    )


def _export(words: dict[str, Any], origin: str) -> Export:
    _only(words, _EXPORT_WORDS, origin)
    columns = {name: _column(name, value, origin) for name, value in words.get("columns", {}).items()}
    return Export(
        name=words.get("export", ""),
        columns=columns,
        files=tuple(words.get("files", ())),
        key=tuple(words.get("key", ())),
        required_any=tuple(tuple(group) for group in words.get("required_any", ())),
        alike=words.get("alike", {}),
        snapshot=words.get("snapshot", False),
        future=frozenset(words.get("future", ())),
        open_ended=frozenset(words.get("open_ended", ())),
        checks=tuple(words.get("check", ())),
        date_order=words.get("date_order", "ymd"),
        origin=origin,
    )


def _column(name: str, value: Any, origin: str) -> Column:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list):
        return Column(name, headers=tuple(str(header) for header in value))
    _only(value, _COLUMN_WORDS, origin)
    constant = value.get("constant")
    return Column(
        name,
        headers=tuple(value.get("headers", ())),
        required=value.get("required", False),
        constant=None if constant is None else str(constant),
        values={str(k): str(v) for k, v in value.get("values", {}).items()},
        true=tuple(value.get("true", ())),
        false=tuple(value.get("false", ())),
    )


def _only(words: dict[str, Any], known: set[str], origin: str) -> None:
    for word in words:
        if word not in known:
            near = "、".join(nearest(word, known) or sorted(known))
            raise UserError(say("error.mapping_word", file=origin, name=word, near=near))
