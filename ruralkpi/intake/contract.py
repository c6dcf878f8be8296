"""What arrives: the built-in exports/*.toml and a county's own mapping files of the same form."""

from __future__ import annotations

import tomllib
import unicodedata
from dataclasses import dataclass, field, replace
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError, nearest
from ruralkpi.intake.vocabulary import UNKNOWN, Reader, Words, flag_words, hotline_words, words_of
from ruralkpi.texts import say

_KINDS = {"_id": "id", "_ats": "stamps", "_at": "stamp", "_on": "day", "_n": "count", "_yuan": "number", "_h": "number"}
_COLUMN_WORDS = {"headers", "join", "required", "constant", "values", "contains", "true", "false"}
_EXPORT_WORDS = {"export", "files", "key", "alike", "snapshot", "required_any", "columns", "check", "date_order",
                 "skip_after_header", "future", "open_ended", "month_end", "blank"}  # fmt: skip
# A mended row says which row it stands for and why it was kept out; every export may carry these.
ORIGIN = {"origin_file": ("原文件",), "origin_row": ("原行号",), "origin_why": ("问题说明",)}
_DATE_ORDERS = ("ymd", "mdy", "dmy")


@dataclass(frozen=True)
class Column:
    """One column of an export: its headers, and how its text becomes a value.

    The name's suffix is its type: ``_id`` text, ``_at`` time, ``_on`` day, ``_n`` whole number,
    ``_yuan`` amount, ``is_`` yes or no; anything else is free text. `words`: what may stand in a column that decides an
    outcome (X25); `values`, `contains`: a county's words, or parts of its sentences, and the built-in word each stands for.
    """

    name: str
    headers: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    required: bool = False
    constant: str | None = None
    values: dict[str, str] = field(default_factory=dict)
    contains: dict[str, str] = field(default_factory=dict)
    words: Words | None = None

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
    """One kind of export as one source delivers it; `origin` is empty for the built-in form.

    `future`: times that may lie past the cut-off; `open_ended`: those in which 2099 means "no end";
    `month_end`: days that mean the month's last day where only a month is given.
    """

    name: str
    columns: dict[str, Column]
    files: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    required_any: tuple[tuple[str, ...], ...] = ()
    alike: dict[str, Any] = field(default_factory=dict)
    snapshot: bool = False
    future: frozenset[str] = frozenset()
    open_ended: frozenset[str] = frozenset()
    month_end: frozenset[str] = frozenset()
    skip_after_header: int = 0
    checks: tuple[dict[str, Any], ...] = ()
    date_order: str = "ymd"
    origin: str = ""
    is_for_named_files: bool = False
    own_headers: tuple[str, ...] = ()
    blank: tuple[str, ...] = ()

    def reader(self, column: Column) -> Reader:
        """What reads the words of one of its columns that has any."""
        assert column.words is not None
        return Reader(column.words, column.values, column.contains, self.blank)

    @cached_property
    def wanted(self) -> dict[str, list[tuple[str, int]]]:
        """Plain header → the columns it stands for, and how far down each column's list it is."""
        found: dict[str, list[tuple[str, int]]] = {}
        for name, column in self.columns.items():
            heads = [plain(header) for header in (*column.headers, name)] if column.constant is None else []
            for head in dict.fromkeys(heads):
                found.setdefault(head, []).append((name, heads.index(head)))
        return found

    @cached_property
    def joined(self) -> dict[str, tuple[str, ...]]:
        """Column → the plain headers whose cells make it up together, such as a date's and a time's."""
        return {name: tuple(map(plain, column.join)) for name, column in self.columns.items() if column.join}


@lru_cache(maxsize=1 << 16)
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
    found = [_with_words(tomllib.loads(text), name) for name, text in texts]
    again = {name: Column(name, headers=headers) for name, headers in ORIGIN.items()}
    return {export.name: replace(export, origin="", columns=export.columns | again) for export in found}


def _with_words(declared: dict[str, Any], origin: str) -> Export:
    """A built-in export with the closed lists of words beside its columns."""
    lists = declared.pop("words", {})
    export = _export(declared, origin)
    told = {name: words_of(lists[words.get("same_as", name)]) for name, words in lists.items()}
    words = {
        name: flag_words(told.get(name)) if column.kind == "flag" else told.get(name) or hotline_words(name)
        for name, column in export.columns.items()
    }
    return replace(export, columns={name: replace(column, words=words[name]) for name, column in export.columns.items()})


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
    _known_words(base, own, path)
    taken = {plain(header) for column in own.columns.values() for header in (*column.headers, *column.join)}
    columns = {key: _merged(column, own.columns.get(key), taken) for key, column in base.columns.items()}
    return replace(
        base,
        columns=columns,
        files=own.files or base.files,
        date_order=own.date_order,
        skip_after_header=own.skip_after_header,
        origin=path.name,
        is_for_named_files=bool(own.files),
        own_headers=tuple(header for column in own.columns.values() for header in (*column.headers, *column.join)),
        blank=own.blank,
    )


def _known_words(base: Export, own: Export, path: Path) -> None:
    """Raises UserError where a county's word is put into one that stands in no list of its column, which would decide nothing."""
    for column in own.columns.values():
        words = base.columns[column.name].words
        if words is None or words.is_open or words.record:
            continue
        for new in (*column.values.values(), *column.contains.values()):
            if new and (Reader(words).means(new) or "").find(UNKNOWN) >= 0:
                known = "、".join(words.to_write)
                raise UserError(say("error.mapping_target", file=path, name=column.name, value=new, known=known))


def _merged(base: Column, own: Column | None, taken: set[str]) -> Column:
    """The county's headers come first, the built-in ones stay unless the county uses them for something else."""
    rest = tuple(header for header in base.headers if plain(header) not in taken)
    if own is None:
        return replace(base, headers=rest)
    return replace(
        base,
        headers=own.headers + rest,
        join=own.join,
        constant=own.constant,
        values=own.values,
        contains=own.contains,
        words=base.words.with_own(own.words.meanings) if base.words and own.words else base.words,
    )


def _export(words: dict[str, Any], origin: str) -> Export:
    _only(words, _EXPORT_WORDS, origin)
    if words.get("date_order", "ymd") not in _DATE_ORDERS:
        known = "、".join(_DATE_ORDERS)
        raise UserError(say("error.mapping_value", file=origin, name="date_order", value=words["date_order"], known=known))
    columns = {name: _column(name, value, origin) for name, value in _table(words, "columns", origin).items()}
    return Export(
        name=words.get("export", ""),
        columns=columns,
        files=_listed(words.get("files", ())),
        key=tuple(words.get("key", ())),
        required_any=tuple(tuple(group) for group in words.get("required_any", ())),
        alike=words.get("alike", {}),
        snapshot=words.get("snapshot", False),
        future=frozenset(words.get("future", ())),
        open_ended=frozenset(words.get("open_ended", ())),
        month_end=frozenset(words.get("month_end", ())),
        blank=_listed(words.get("blank", ())),
        skip_after_header=int(words.get("skip_after_header", 0)),
        checks=tuple(words.get("check", ())),
        date_order=words.get("date_order", "ymd"),
        origin=origin,
    )


def _column(name: str, value: Any, origin: str) -> Column:
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list):
        return Column(name, headers=tuple(str(header) for header in value))
    if not isinstance(value, dict):
        raise UserError(say("error.mapping_form", file=origin, name=name, value=value))
    _only(value, _COLUMN_WORDS, origin)
    constant = value.get("constant")
    return Column(
        name,
        headers=_listed(value.get("headers", ())),
        join=_listed(value.get("join", ())),
        required=value.get("required", False),
        constant=None if constant is None else str(constant),
        values={str(k): str(v) for k, v in value.get("values", {}).items()},
        contains={str(k): str(v) for k, v in value.get("contains", {}).items()},
        words=Words({word: _listed(value[word]) for word in ("true", "false") if word in value}) if {"true", "false"} & set(value) else None,
    )


def _listed(value: Any) -> tuple[str, ...]:
    """A list of words; a single word is a list of one."""
    return (str(value),) if isinstance(value, str | int | float) else tuple(str(word) for word in value)


def _table(words: dict[str, Any], name: str, origin: str) -> dict[str, Any]:
    value = words.get(name, {})
    if not isinstance(value, dict):
        raise UserError(say("error.mapping_form", file=origin, name=name, value=value))
    return value


def _only(words: dict[str, Any], known: set[str], origin: str) -> None:
    for word in words:
        if word not in known:
            near = "、".join(nearest(word, known) or sorted(known))
            raise UserError(say("error.mapping_word", file=origin, name=word, near=near))
