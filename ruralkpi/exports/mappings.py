"""A county's own mapping files, laid over the built-in exports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError, nearest
from ruralkpi.exports.declared import built_in, export_of
from ruralkpi.exports.form import Column, Export, plain
from ruralkpi.exports.mapping_form import BUILT_IN_ONLY, idle_keys, mapping_files, refuse_wrong
from ruralkpi.exports.vocabulary import UNKNOWN, Reader, key
from ruralkpi.texts import say
from ruralkpi.toml_text import read_toml


def with_mappings(folder: Path | None) -> list[Export]:
    """The county's mappings, laid over the built-in exports, then the built-in exports themselves; drafts are left out.

    Raises UserError for a mapping file that can't be read or that names an unknown export or column.
    """
    mapped = []
    if folder is not None:
        if not folder.is_dir():
            raise UserError(say("error.mappings_missing", folder=folder))
        for path in mapping_files(folder):
            if not is_draft(words := read_toml(path, "error.mapping_bad"), path):
                mapped.append(_laid_over(words, path, folder))
    return mapped + list(built_in().values())


def is_draft(words: dict[str, Any], path: Path) -> bool:
    """Whether a mapping says of itself that it is still a draft, and so not in force. Raises UserError where it says neither."""
    refuse_wrong({name: words[name] for name in ("draft",) if name in words}, str(path))
    return bool(words.pop("draft", False))


def drafts(folder: Path | None) -> list[str]:
    """The mappings of a folder that are drafts, by their paths in it."""
    paths = mapping_files(folder) if folder is not None else []
    return [path.relative_to(folder).as_posix() for path in paths if is_draft(read_toml(path, "error.mapping_bad"), path)]  # type: ignore[arg-type]


def _laid_over(words: dict[str, Any], path: Path, folder: Path) -> Export:
    refuse_wrong(words, str(path))
    name = words.get("export", "")
    if name not in built_in():
        near = "、".join(nearest(name, built_in()) or sorted(built_in()))
        raise UserError(say("error.mapping_export", file=path, name=name, near=near))
    base, own = built_in()[name], export_of({one: words[one] for one in words if one not in BUILT_IN_ONLY}, str(path))
    for column in own.columns:
        if column not in base.columns:
            near = "、".join(nearest(column, base.columns) or sorted(base.columns))
            raise UserError(say("error.mapping_column", file=path, name=column, near=near))
    _known_words(base, own, path)
    taken = {plain(header) for column in own.columns.values() for header in (*column.headers, *column.join)}
    columns = {name_: _merged(column, own.columns.get(name_), taken) for name_, column in base.columns.items()}
    return replace(
        base,
        columns=columns,
        files=own.files or base.files,
        date_order=own.date_order,
        skip_after_header=own.skip_after_header,
        delimiter=own.delimiter,
        sheets=own.sheets,
        origin=path.relative_to(folder).as_posix(),
        is_for_named_files=bool(own.files),
        own_headers=tuple(header for column in own.columns.values() for header in (*column.headers, *column.join)),
        idle=tuple(idle_keys(words, base)),
        blank=own.blank,
        is_full=own.is_full,
        id_prefix=own.id_prefix,
    )


def _known_words(base: Export, own: Export, path: Path) -> None:
    """Raises UserError where a county's word is put into one that is in no list of its column: it would decide nothing."""
    for column in own.columns.values():
        _refuse_alike(column, path)
        words = base.columns[column.name].words
        if words is None or words.is_open or words.record:
            continue
        for new in (*column.values.values(), *column.contains.values()):
            if UNKNOWN in (Reader(words).means(new) or ""):
                known = "、".join(words.to_write)
                raise UserError(say("error.mapping_target", file=path, name=column.name, value=new, words=known))


def _refuse_alike(column: Column, path: Path) -> None:
    """Raises UserError for a county's word of nothing, which would stand in every cell, and for two that are one when compared
    and are put into two."""
    for part, words in (("values", column.values), ("contains", column.contains)):
        seen: dict[str, str] = {}
        for old, new in words.items():
            if part == "contains" and not key(old):
                raise UserError(say("error.mapping_blank", file=path, name=f"{column.name}.{part}"))
            if words[seen.setdefault(key(old), old)] != new:
                raise UserError(
                    say("error.mapping_alike", file=path, name=f"{column.name}.{part}", one=seen[key(old)], other=old)
                )


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
