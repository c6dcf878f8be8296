"""Drafts of mappings as files, and the mappings' check as lines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from ruralkpi.commands.options import tell
from ruralkpi.databases import alone, temporary
from ruralkpi.drafts import checked
from ruralkpi.drafts.checked import Done, listed
from ruralkpi.drafts.tables import Seen, look
from ruralkpi.drafts.written import Draft, draft
from ruralkpi.errors import DONE, PARTLY, UserError, nearest
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.mappings import with_mappings
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.box.parent import Box
from ruralkpi.intake.readers.files import Source, discover
from ruralkpi.masking import told as shown
from ruralkpi.settings import Settings
from ruralkpi.spoken import language, spoken
from ruralkpi.store.take import take
from ruralkpi.texts import say
from ruralkpi.whole import write


def write_drafts(settings: Settings, files: Sequence[Path], wanted: str) -> int:
    """A draft for each table that is not understood, into the folder of mappings; without `files` for all of the exports' folder.

    Raises UserError where no such folder is set, and for an export that is none.
    """
    if settings.mappings is None:
        raise UserError(say("map.no_folder"))
    if wanted and wanted not in built_in():
        near = "、".join(nearest(wanted, built_in()) or sorted(built_in()))
        raise UserError(say("map.export_unknown", name=wanted, near=near))
    settings.mappings.mkdir(parents=True, exist_ok=True)
    exports = with_mappings(settings.mappings)
    sources = [_source(path, settings.raw) for path in files] or discover(settings.raw)
    codes: list[int] = []
    with Box(Limits(**settings.readers), sources) as box:
        for source in sources:
            try:
                seen = list(look(source, box, exports))
            except UserError as fault:
                tell("cli.refused", line=str(fault))
                codes.append(PARTLY)
                continue
            done = (_one(table, settings.mappings, wanted, is_asked=bool(files)) for table in seen)
            codes += [code for code in done if code is not None]
    if not files and not codes:
        tell("map.nothing", folder=settings.raw)
    return max(codes, default=DONE)


def _source(path: Path, raw: Path) -> Source:
    """A file that was named: by its path below the exports' folder where it lies there."""
    if path.is_symlink() and not path.exists():
        return Source(path, path.name, "error.link_nowhere", str(path.readlink()))
    try:
        name = path.resolve().relative_to(raw.resolve()).as_posix()
    except ValueError:
        name = path.name
    if not path.exists():
        raise UserError(say("map.no_file", file=path))
    return Source(path, name)


def _one(seen: Seen, folder: Path, wanted: str, is_asked: bool) -> int | None:
    """Write a table's draft; None where there is nothing to write about what nobody asked for."""
    origin = seen.match.export.origin if seen.match is not None else ""
    if seen.is_understood and (origin or not is_asked) and not wanted:
        if not is_asked:
            return None
        tell("map.by", file=seen.sheet.title, by=origin)
        return DONE
    made = draft(seen, wanted, language())
    if made is None:
        tell("map.understood", file=seen.sheet.title, export=built_in()[seen.match.export.name].titled if seen.match else "")
        return DONE
    return _write(made, folder / made.name, seen)


def _write(made: Draft, path: Path, seen: Seen) -> int:
    if path.exists():
        tell("map.exists", file=seen.sheet.title, draft=path)
        return PARTLY
    write(path, made.text)
    tell("map.written", file=seen.sheet.title, draft=path, n=made.open_n)
    return DONE


def check(settings: Settings) -> int:
    """Print a paragraph a mapping; 1 where one of them does nothing or a file is not understood."""
    exports = with_mappings(settings.mappings)
    sources = discover(settings.raw)
    with alone(settings.db), temporary(settings.db):
        taken = take(sources, exports, Limits(**settings.readers), settings.kept, settings.memory_bytes)
    done = checked.check(sources, taken.readings, exports)
    for one in done:
        click.echo(shown.masked("\n".join(_lines(one))))
    refused = [line for reading in taken.readings for line in reading.refused]
    for line in refused:
        tell("cli.refused", line=line)
    if not done:
        tell("map.none", folder=settings.mappings or "—")
    return PARTLY if refused or any(one.is_idle for one in done) else DONE


def _lines(one: Done) -> list[str]:
    columns = built_in()[one.export.name].columns
    lines = [f"{one.export.origin}  {one.export.titled}"]
    files = list(dict.fromkeys(table.title for table in one.tables))
    lines.append(spoken("map.check_files", n=len(files), files=listed(files)) if files else spoken("map.check_idle"))
    lines += [f"  {name}（{columns[name].title}） ← {'、'.join(heads)}" for name, heads in one.read.items()]
    if one.absent:
        lines.append(spoken("map.check_absent", columns="、".join(f"{name}（{columns[name].title}）" for name in one.absent)))
    if one.unused:
        lines.append(spoken("map.check_unused", headers="、".join(one.unused)))
    if one.passed:
        lines.append(spoken("map.check_passed", files=listed(one.passed)))
    return lines
