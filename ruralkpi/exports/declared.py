"""The built-in exports, declared beside this module in *.toml; and how such a declaration is read."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from ruralkpi import spoken
from ruralkpi.errors import UserError, nearest
from ruralkpi.exports.form import ORIGIN, Column, Export
from ruralkpi.exports.vocabulary import Words, flag_words, hotline_words, shared, words_of
from ruralkpi.texts import say

_COLUMN_WORDS = {"headers", "join", "required", "constant", "values", "contains", "true", "false"}
EXPORT_WORDS = {
    "export", "files", "key", "same", "reopens", "unlisted", "alike", "snapshot", "required_any", "columns", "check",
    "date_order", "skip_after_header", "delimiter", "future", "open_ended", "holds", "month_end", "blank", "list", "id_prefix",
    "term", "sheets",
}  # fmt: skip
_DATE_ORDERS = ("ymd", "mdy", "dmy")


@cache
def built_in() -> dict[str, Export]:
    """The exports of STANDARD section 9 by name."""
    folder = files("ruralkpi") / "exports"
    names = sorted(f.name for f in folder.iterdir() if f.name.endswith(".toml") and f.name != "words.toml")
    found = [_with_words(tomllib.loads((folder / name).read_text(encoding="utf-8")), name) for name in names]
    again = {name: Column(name, headers=headers) for name, headers in ORIGIN.items()}
    made = {export.name: replace(export, origin="", columns=export.columns | again) for export in found}
    for export in made.values():  # so that texts that name them can be said in English
        columns = {column.title: column.name for column in export.columns.values()}
        spoken.also({export.titled: export.name, export.title: export.name}, columns)
    return made


def _with_words(declared: dict[str, Any], origin: str) -> Export:
    """A built-in export with the closed lists of words beside its columns."""
    lists = {name: shared()[name] if words == "shared" else words for name, words in declared.pop("words", {}).items()}
    export = export_of(declared, origin)
    told = {name: words_of(lists[words.get("same_as", name)]) for name, words in lists.items()}
    words = {
        name: flag_words(told.get(name)) if column.kind == "flag" else told.get(name) or hotline_words(name)
        for name, column in export.columns.items()
    }
    columns = {name: replace(column, words=words[name]) for name, column in export.columns.items()}
    return replace(export, columns=columns, called=export.files[0])


def export_of(words: dict[str, Any], origin: str) -> Export:
    """An export from the words of its declaration. Raises UserError, naming `origin`, for words that it does not know."""
    _only(words, EXPORT_WORDS, origin)
    columns = {name: _column(name, value, origin) for name, value in _table(words, "columns", origin).items()}
    return Export(
        name=words.get("export", ""),
        columns=columns,
        files=_listed(words.get("files", ())),
        key=tuple(words.get("key", ())),
        required_any=tuple(tuple(group) for group in words.get("required_any", ())),
        same=tuple(words.get("same", ())),
        reopens=words.get("reopens", {}),
        alike=words.get("alike", {}),
        is_full=_chosen(words, "list", ("open", "full"), origin) == "full",
        id_prefix=str(words.get("id_prefix", "")),
        snapshot=words.get("snapshot", False),
        future=frozenset(words.get("future", ())),
        open_ended=frozenset(words.get("open_ended", ())),
        holds=frozenset(words.get("holds", ())),
        month_end=frozenset(words.get("month_end", ())),
        skip_after_header=int(words.get("skip_after_header", 0)),
        unlisted=frozenset(words.get("unlisted", ())),
        term=words.get("term", ""),
        blank=_listed(words.get("blank", ())),
        checks=tuple(words.get("check", ())),
        date_order=_chosen(words, "date_order", ("", *_DATE_ORDERS), origin),
        delimiter=words.get("delimiter", ""),
        sheets=_listed(words.get("sheets", ())),
        origin=origin,
    )


def _chosen(words: dict[str, Any], name: str, known: tuple[str, ...], origin: str) -> str:
    """One of a few words, the first unless said otherwise."""
    if words.get(name, known[0]) not in known:
        raise UserError(say("error.mapping_value", file=origin, name=name, value=words[name], known="、".join(known)))
    return str(words.get(name, known[0]))


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
        words=_own_flag(value),
    )


def _own_flag(value: dict[str, Any]) -> Words | None:
    own: dict[str, tuple[str, ...]] = {word: _listed(value[word]) for word in ("true", "false") if word in value}
    return Words(own) if own else None


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
