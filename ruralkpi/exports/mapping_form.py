"""The form of a mapping file: where they are, what each key may hold, and which keys do nothing there."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.exports.declared import EXPORT_WORDS
from ruralkpi.exports.form import Export
from ruralkpi.texts import say
from ruralkpi.toml_text import is_hidden_toml
from ruralkpi.walk import below

_WORDS, _TABLE, _NUMBER, _TEXT, _NAME, _FLAG = "words", "table", "number", "text", "name", "flag"
_FORMS = {
    **{"export": _NAME, "date_order": _NAME, "delimiter": _NAME, "list": _NAME, "files": _WORDS, "columns": _TABLE},
    **{"skip_after_header": _NUMBER, "blank": _WORDS, "id_prefix": _TEXT, "sheets": _WORDS},
    "draft": _FLAG,
}
BUILT_IN_ONLY = EXPORT_WORDS - _FORMS.keys()
_COLUMN_FORMS = {
    **{"headers": _WORDS, "join": _WORDS, "true": _WORDS, "false": _WORDS, "values": _TABLE, "contains": _TABLE},
    "constant": _TEXT,
}
_SHOWN = {_WORDS: '["…", "…"]', _TABLE: "{ … }", _NUMBER: "0, 1, 2 …", _TEXT: '"…"', _NAME: '"…"', _FLAG: "true"}
_NO_DELIMITER = '"\r\n'


def mapping_files(folder: Path) -> list[Path]:
    """The mapping files of a folder and those below it, in order of their paths; links to folders are followed.

    Raises UserError for one that is no file, or a link that leads nowhere.
    """
    found = [one for one in below(folder) if one.path.suffix.lower() == ".toml" and not one.is_folder]
    for one in found:
        if one.fault:
            raise UserError(say(one.fault, file=one.path, to=one.to))
    return sorted(one.path for one in found)


def misnamed_files(folder: Path) -> list[Path]:
    """Files that were to be mappings, but have another ending behind ``.toml``."""
    return sorted(one.path for one in below(folder) if is_hidden_toml(one.path) and one.path.suffix.lower() != ".toml")


def refuse_wrong(words: dict[str, Any], file: str) -> None:
    """Raises UserError for the first value that its key can't hold."""
    for name, value, form in _wrong(words):
        shown = json.dumps(value, ensure_ascii=False, default=str)
        raise UserError(say("error.mapping_type", file=file, name=name, value=shown, form=form))


def _wrong(words: dict[str, Any]) -> Iterator[tuple[str, Any, str]]:
    yield from _misfits("", words, _FORMS)
    mark = words.get("delimiter", ",")
    if isinstance(mark, str) and (len(mark) != 1 or mark in _NO_DELIMITER or mark.isalnum()):
        yield "delimiter", mark, '"^"'
    columns = words.get("columns", {})
    for name, value in columns.items() if isinstance(columns, dict) else ():
        if isinstance(value, dict):
            yield from _misfits(f"columns.{name}.", value, _COLUMN_FORMS)
        elif not _fits(value, _WORDS):
            yield f"columns.{name}", value, _SHOWN[_WORDS]


def _misfits(prefix: str, words: dict[str, Any], forms: dict[str, str]) -> Iterator[tuple[str, Any, str]]:
    for name, form in forms.items():
        if name in words and not _fits(words[name], form):
            yield prefix + name, words[name], _SHOWN[form]


def _fits(value: Any, form: str) -> bool:
    if form == _WORDS:
        return all(_is_word(word) for word in (value if isinstance(value, list) else [value]))
    if form == _FLAG:
        return isinstance(value, bool)
    if form == _TABLE:
        return isinstance(value, dict)
    if form == _NUMBER:
        return isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return isinstance(value, str) or (form == _TEXT and isinstance(value, int | float | dt.date))


def _is_word(value: Any) -> bool:
    """A word, or a number written without its quotes; a blank one would stand for every empty header."""
    return isinstance(value, int | float) or (isinstance(value, str) and bool(value.strip()))


def idle_keys(words: dict[str, Any], base: Export) -> list[str]:
    """What a mapping says to no effect: keys of the built-in exports only, headers beside a constant, words of the wrong kind
    of column."""
    found = sorted(BUILT_IN_ONLY & set(words))
    for name, value in words.get("columns", {}).items():
        column = base.columns.get(name)
        if isinstance(value, dict) and column is not None:
            idle = ["required"] if "required" in value else []
            if "constant" in value:
                idle += [key for key in ("headers", "join") if key in value]
            if column.kind != "flag":
                idle += [key for key in ("true", "false") if key in value]
            if column.words is None:
                idle += [key for key in ("contains",) if key in value]
            found += [f"columns.{name}.{key}" for key in idle]
    return found
