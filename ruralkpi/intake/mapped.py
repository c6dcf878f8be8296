"""What became of the mappings: those that are for no file, two for one file, and what is written in them to no effect."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.decoding import MIXED
from ruralkpi.errors import nearest
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Export
from ruralkpi.exports.mapping_form import misnamed_files
from ruralkpi.exports.vocabulary import key
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.reading import TableRead
from ruralkpi.intake.tables.match import is_for
from ruralkpi.intake.told import tell
from ruralkpi.sql import literal, literals, name
from ruralkpi.texts import LANGUAGES, say, some

_SHOWN = 6  # words, files or keys that one line names
STAGE = "ingest"


def tell_mappings(
    con: duckdb.DuckDBPyConnection,
    sources: Sequence[Source],
    tables: Sequence[TableRead],
    exports: Sequence[Export],
    folder: Path | None,
) -> list[str]:
    """Tell what of the mappings in `folder` did nothing, a line each, and the files whose lines are in two encodings
    or whose names carry a month without its year.

    Returns a line for each mapping some of whose words stand in no file: most often they are rare, not wrong.
    Asks raw.*, typed.* and word, which must be there. `tables`: as they were read.
    """
    for path in misnamed_files(folder) if folder is not None else ():
        name_ = path.name[: path.name.lower().index(".toml")] + ".toml"
        tell(con, "mapping_misnamed", 1, path.name, STAGE, file=path.name, name=name_)
    mappings = [export for export in exports if export.origin]
    for export in mappings:
        _tell_unused(con, export, sources, tables)
        if export.idle:
            tell(con, "mapping_idle", len(export.idle), export.origin, STAGE, keys=_listed(export.idle))
    for used, other, files, why in _doubled(tables):
        reason = {lang: say(f"told.mapping_why.{why}", lang) for lang in LANGUAGES}
        about = {"used": used, "other": other, "file": files[0], "why": reason}
        tell(con, "mapping_doubled", len(files), other, STAGE, **about)
    mixed = [one.title for one in tables if one.encoding == MIXED]
    if mixed:
        tell(con, "two_encodings", len(mixed), mixed[0], STAGE, files=_listed(mixed))
    _tell_months(con, sources, tables)
    unsaid = ((export.origin, _unsaid(con, export)) for export in mappings)
    return [say("cli.unsaid", mapping=name_, n=len(words), words=_listed(words)) for name_, words in unsaid if words]


def _tell_months(con: duckdb.DuckDBPyConnection, sources: Sequence[Source], tables: Sequence[TableRead]) -> None:
    """Of exports in several files, those by whose names nobody knows which is newer (X27), or from when a list holds (X33)."""
    said = {source.name: source.named for source in sources}
    for export_name in sorted({one.export for one in tables}):
        named, export = list(dict.fromkeys(one.file for one in tables if one.export == export_name)), built_in()[export_name]
        if len(named) > 1:
            unclear = [file for file in named if said[file].is_month_unclear]
            by_day = [file for file in named if said[file].exported_on and not said[file].month] if export.snapshot else []
            for code, files in (("month_unclear", unclear), ("list_by_day", by_day)):
                if files:
                    tell(con, code, len(files), export_name, STAGE, export=export.titled, files=_listed(files))


def _listed(words: Sequence[str]) -> str:
    return some(words, _SHOWN)


def _tell_unused(con: duckdb.DuckDBPyConnection, export: Export, sources: Sequence[Source], tables: Sequence[TableRead]) -> None:
    """A mapping that read nothing: its `files` match no file, or what they match was read by another form."""
    if any(one.is_by(export) for one in tables):
        return
    own = [source for source in sources if not source.fault and is_for(export, source.name)]
    if not own:
        files = [source.name for source in sources if not source.fault]
        bases = [file.rsplit("/", 1)[-1] for file in files]
        near = nearest(export.files[0].replace("*", ""), bases, 1) or sorted(bases)[:1]
        tell(con, "mapping_no_file", 1, export.origin, STAGE, files=_listed(export.files), near=_listed(near) or "—")
        return
    names = {source.name for source in own}
    by = [one for one in tables if one.file in names]
    if export.is_for_named_files or any(one.export == export.name for one in by):
        others = sorted({one.origin or built_in()[one.export].titled for one in by}) or ["—"]
        tell(con, "mapping_unused", len(own), export.origin, STAGE, file=own[0].name, by=_listed(others))


def _doubled(tables: Sequence[TableRead]) -> Iterator[tuple[str, str, list[str], str]]:
    """(used, not used, the files, why) of two mappings of one export that name the same files."""
    found: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in tables:
        for other, why in one.rivals:
            found.setdefault((one.origin, other), []).append((one.title, why))
    for (used, other), several in sorted(found.items()):
        yield used, other, sorted({title for title, _ in several}), several[0][1]


def _unsaid(con: duckdb.DuckDBPyConnection, export: Export) -> list[str]:
    """The county's words that stand in none of the files that the mapping read; none where it read no file."""
    files = f"SELECT file_no FROM source_file WHERE mapping = {literal(export.origin)} AND source_table = {literal(export.name)}"
    if not con.execute(f"{files} LIMIT 1").fetchall():
        return []
    found = []
    for column in export.columns.values():
        if column.words is not None and (column.values or column.contains):
            query = "SELECT text FROM word WHERE source_table = ? AND mapping = ? AND column_name = ?"
            said = {key(text) for text in _column(con, query, [export.name, export.origin, column.name])}
            found += [word for word in column.values if key(word) not in said]
            found += [part for part in column.contains if not any(key(part) in text for text in said)]
        elif column.values:
            cell = f"free_text({name(column.name)})"
            query = f"SELECT DISTINCT {cell} FROM raw.{name(export.name)} WHERE file_no IN ({files}) AND {cell} IN "
            said = set(_column(con, query + literals(column.values), []))
            found += [word for word in column.values if word not in said]
    return found


def _column(con: duckdb.DuckDBPyConnection, query: str, values: list[Any]) -> list[str]:
    return [row[0] for row in con.execute(query, values).fetchall()]
