"""A book made anew of named inputs, out of the store: an edition's own, or an edition's with one input of another's."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from ruralkpi.databases import building, connect, replacing
from ruralkpi.editions.inputs import FileIn, Inputs
from ruralkpi.errors import UserError
from ruralkpi.exports.form import Export
from ruralkpi.exports.mappings import with_mappings
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.files import Source, discover, in_order
from ruralkpi.intake.reading import Unread
from ruralkpi.marts import build_marts
from ruralkpi.obligations import build_obligations
from ruralkpi.obligations.declared import rules_of
from ruralkpi.settings import Settings
from ruralkpi.stages import standing
from ruralkpi.stages.build import fill_book
from ruralkpi.stages.check import check
from ruralkpi.stages.ingest import Found, fill_staging
from ruralkpi.store.crew import shared_out
from ruralkpi.store.keys import Keys
from ruralkpi.store.packs import Held, Store, held
from ruralkpi.store.take import take
from ruralkpi.texts import say

_WORTH = 64 << 20  # bytes of the office's book from which further processes pay


@dataclass
class Workshop:
    """Where books are made anew: `settings` of the office (its store, its memory, its folder of exports), a folder for a while.

    `substituted`: files that were read by the mappings and the reader of the day, since their bytes are gone.
    """

    settings: Settings
    folder: Path
    substituted: set[str] = field(default_factory=set)
    _made: dict[str, Path] = field(default_factory=dict)

    def obligations(self, wanted: Sequence[Inputs], month: str) -> list[Path]:
        """For each a database with a month's `obligation`, and the marts behind it; large ones are made several at a time.

        Raises UserError where the store lacks a file's reading.
        """
        new = {repr(one): one for one in wanted if repr(one) not in self._made}
        book = self.settings.db
        n = min(os.cpu_count() or 1, len(new)) if book.exists() and book.stat().st_size >= _WORTH else 1
        mine = replace(self, settings=replace(self.settings, memory=f"{self.settings.memory_bytes // max(n, 1) >> 20} MB"))
        jobs = [(one, self.folder / str(len(self._made) + place), month) for place, one in enumerate(new.values())]
        made = dict(shared_out(partial(_made, mine), jobs, n)) if n > 1 else dict(enumerate(_made(mine, job) for job in jobs))
        for place, known in enumerate(new):
            self._made[known], substituted = made[place]
            self.substituted |= substituted
        return [self._made[repr(one)] for one in wanted]

    def are_exemptions(self, *sides: Inputs) -> bool:
        """Whether all files of mends are known to be lists of exemptions: no mended rows, no requests for correction."""
        there = self._held()
        mends = {one.key for inputs in sides for one in inputs.files if one.is_mend}
        return all(key in there and {table.export for table in there[key].reading.tables} == {"exemptions"} for key in mends)

    def _held(self) -> dict[str, Held]:
        return held(Store(self.settings.kept).packs(), vars(Limits(**self.settings.readers)))

    def book(self, inputs: Inputs) -> Path:
        """A whole book. Raises UserError as obligations() does."""
        return self.make(inputs, self.folder / "book", None)

    def make(self, inputs: Inputs, folder: Path, month: str | None) -> Path:
        """A book in `folder`, whole or with one month's obligations."""
        own = _settings(inputs, folder, self.settings)
        exports = with_mappings(own.mappings)
        found = self._found(inputs.files, exports)
        readings = [one.reading for _, _, one in found]
        tables, unread = [table for one in readings for table in one.tables], Unread()
        with replacing(own.staging) as new, connect(new, own.memory_bytes) as con:
            fill_staging(con, found, exports, [source for source, _, _ in found], tables, unread, own.mappings)
            standing.set_up(con)
            standing.keep(con, "ingest", "again")
            con.execute("CHECKPOINT")
        as_of = check(own, is_told=month is None).as_of
        with building(own.db, own.staging, own.memory_bytes) as con:
            if month is None:
                fill_book(con, rules_of(own), as_of, own)
                standing.set_up(con)
            else:
                build_marts(con, as_of, own.calendar, is_sorted=False)
                build_obligations(con, rules_of(own), as_of, own.month_by, own.calendar, month)
        own.staging.unlink()
        return own.db

    def _found(self, files: Sequence[FileIn], exports: list[Export]) -> Found:
        """Where the reading of each file lies: by today's reader and these mappings, where the store has it or the file is there
        with the same bytes; else as the edition had read it."""
        keys, there = Keys(exports), self._held()
        sources = {one.name: Source(Path(), one.name) for one in files}
        wanted = {one.name: keys.with_content(sources[one.name], one.content) for one in files}
        lacking = [one for one in files if wanted[one.name] not in there]
        if lacking:
            there = there | self._read(lacking, wanted, exports)
        found = {}
        for one in files:
            key = wanted[one.name] if wanted[one.name] in there else one.key
            if key not in there:
                raise UserError(say("error.edition_unread", file=one.name))
            if key != wanted[one.name]:
                self.substituted.add(one.name)
            found[one.name] = (sources[one.name], key, there[key])
        return [found[source.name] for source in in_order(sources.values())]

    def _read(self, lacking: Sequence[FileIn], wanted: dict[str, str], exports: list[Export]) -> dict[str, Held]:
        """What can be read of the files that are still there with the same bytes."""
        named = {one.name for one in lacking}
        sources = [one for one in discover(self.settings.raw) if one.name in named]
        sure = Keys(exports).of(sources)
        same = [source for source, key in zip(sources, sure, strict=True) if key == wanted[source.name]]
        if not same:
            return {}
        taken = take(same, exports, Limits(**self.settings.readers), self.settings.kept, self.settings.memory_bytes)
        return {key: one for _, key, one in taken.found}


def _made(workshop: Workshop, job: tuple[Inputs, Path, str]) -> tuple[Path, set[str]]:
    """One month's obligations, in whichever process; and the files that were substituted."""
    own = replace(workshop, substituted=set())
    return own.make(*job), own.substituted


def _settings(inputs: Inputs, folder: Path, office: Settings) -> Settings:
    """The inputs as settings, their files written into `folder`."""
    mappings, own_rules, calendar = folder / "mappings", folder / "rules", folder / "calendar.toml"
    for under, texts in ((mappings, inputs.mappings), (own_rules, inputs.own_rules)):
        under.mkdir(parents=True)
        for path, text in texts.items():
            place = under / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8", newline="")
    if inputs.calendar:
        calendar.write_text(inputs.calendar, encoding="utf-8", newline="")
    return replace(
        office,
        db=folder / "book.duckdb",
        store=office.kept,
        mappings=mappings,
        calendar=calendar,
        as_of=str(inputs.as_of),
        month_by=inputs.month_by,
        rules=inputs.rules,
        rules_folder=own_rules,
        targets=inputs.other["targets"],
        composite=inputs.other["composite"],
        quality=inputs.other["quality"] | {"second_opinion": False},
        cut_off={"within_days": inputs.within_days},
    )
