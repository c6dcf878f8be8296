"""The command that shows what the store holds, and takes away what nothing needs."""

from __future__ import annotations

from collections import Counter
from contextlib import nullcontext
from pathlib import Path

import click

from ruralkpi.commands.options import common, tell
from ruralkpi.databases import alone
from ruralkpi.editions.shelf import Shelf
from ruralkpi.errors import DONE, NothingToDo
from ruralkpi.exports.mappings import with_mappings
from ruralkpi.intake.file_names import Named
from ruralkpi.intake.readers.files import Source, discover
from ruralkpi.settings import Settings
from ruralkpi.spoken import spoken
from ruralkpi.store.keys import Keys
from ruralkpi.store.packs import Pack, Store


@click.command()
@click.option("--prune", "is_pruned", is_flag=True, help="删去没有用的 take away what nothing needs")
@common
def store(settings: Settings, is_pruned: bool) -> int:
    """存储里有什么、什么已经没有用。What the store holds of the files read, and what nothing needs any more."""
    with alone(settings.db) if is_pruned else nullcontext():
        kept = Store(settings.kept)
        packs = kept.packs()
        needed = set(Keys(with_mappings(settings.mappings)).of(_sources(settings.raw)))
        needed |= {file.key for edition in Shelf(settings.editions).all() for file in edition.inputs.files}
        idle = [pack for pack in packs if needed.isdisjoint(pack.readings)]
        _show(settings.kept, packs, needed)
        if kept.damaged:
            tell("cli.store_broken", n=len(kept.damaged))
        if idle or kept.foreign:
            key = "cli.store_pruned" if is_pruned else "cli.store_idle"
            tell(key, packs=len(idle) + len(kept.foreign), size=_size(idle))
        if is_pruned:
            kept.prune(idle)
            kept.tidy()
    return DONE


def _sources(raw: Path) -> list[Source]:
    try:
        return discover(raw)
    except NothingToDo:
        return []


def _show(folder: Path, packs: list[Pack], needed: set[str]) -> None:
    """How many files of each month, and of these how many are still as they were read."""
    held, used = Counter[str](), Counter[str]()
    for pack in packs:
        for key, reading in pack.readings.items():
            month = Named.of(reading.file).month
            held[month] += 1
            used[month] += key in needed
    rows = sum(pack.rows_n for pack in packs)
    tell("cli.store", folder=folder, packs=len(packs), files=held.total(), rows=f"{rows:,}", size=_size(packs))
    for month in sorted(held):
        stale = held[month] - used[month]
        said = spoken("cli.store_stale", n=stale) if stale else ""
        tell("cli.store_month", month=month or spoken("cli.store_no_month"), files=held[month], stale=said)


def _size(packs: list[Pack]) -> str:
    return f"{sum(pack.bytes_n for pack in packs) / 1e6:,.1f} MB"
