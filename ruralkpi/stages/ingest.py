"""Exports → the store, and a staging database whose raw.* and typed.* show what it holds of them."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ruralkpi.databases import alone, connect, replacing, temporary
from ruralkpi.errors import NothingToDo
from ruralkpi.exports.form import Export
from ruralkpi.exports.mappings import drafts, with_mappings
from ruralkpi.intake.leftovers import leftovers, tell_unread
from ruralkpi.intake.load import Intake
from ruralkpi.intake.mapped import tell_mappings
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.files import Source, sorted_out
from ruralkpi.intake.reading import TableRead, Unread
from ruralkpi.intake.taken import tell_taken
from ruralkpi.intake.told import forget
from ruralkpi.intake.values.macros import add_shown
from ruralkpi.masking.handed_in import hide_file_names, hide_in_ids
from ruralkpi.masking.listed import list_names
from ruralkpi.quality.mending import restore
from ruralkpi.settings import Settings
from ruralkpi.stages import in_force, standing
from ruralkpi.store.crew import read_all
from ruralkpi.store.packs import Held
from ruralkpi.store.take import Crew, Tell, take
from ruralkpi.store.views import create, own
from ruralkpi.texts import say, some

_SHOWN = 3  # names in a line

Found = Sequence[tuple[Source, str, Held]]


@contextmanager
def _uncollected() -> Iterator[None]:
    """What is made in this block are many small things that last: the collector of circles, which would look through them again
    and again, waits."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@_uncollected()
def ingest(settings: Settings, tell: Tell = lambda units, done: None, crew: Crew = read_all) -> Intake:
    """Files → the store; raw.* and typed.* of a new staging database show what it holds of them.

    Where all is as it was, the staging database stays. Raises NothingToDo when no file of the folder could be read;
    `tell`, `crew`: see ruralkpi.store.take.
    """
    exports = with_mappings(settings.mappings)
    sources, passed = sorted_out(settings.raw)
    with alone(settings.db), temporary(settings.db):
        taken = take(sources, exports, Limits(**settings.readers), settings.kept, settings.memory_bytes, tell, crew)
        done = Intake(taken.readings, taken.is_limited)
        done.remarks += [say(one.fault, file=one.name, to=one.to) for one in sources if one.is_read_elsewhere]
        if passed:
            done.remarks.append(say("cli.no_exports", n=len(passed), files=some(passed, _SHOWN)))
        if taken.damaged:
            done.remarks.append(say("cli.store_damaged", n=len(taken.damaged), folder=settings.kept))
        if not done.is_limited:
            done.remarks.append(say("cli.memory_not_limited"))
        done.remarks += leftovers(done.tables, exports, done.unread)
        done.remarks += [say("map.draft", mapping=name) for name in drafts(settings.mappings)]
        if not done.tables:
            raise NothingToDo("\n".join([*done.refused, *done.remarks, say("error.nothing_read", folder=settings.raw)]))
        inputs = made_of(taken.inputs, settings)
        done.new_n, done.is_as_before = taken.new_n, standing.says(settings.staging, "ingest", inputs)
        if done.is_as_before:
            done.remarks += standing.remarks(settings.staging)
            return done
        with replacing(settings.staging) as new, connect(new, settings.memory_bytes) as con:
            more = fill_staging(con, taken.found, exports, sources, done.tables, done.unread, settings.mappings)
            standing.set_up(con, more)
            standing.keep(con, "ingest", inputs)
            con.execute("CHECKPOINT")
        done.remarks += more
    return done


def made_of(readings: str, settings: Settings) -> str:
    """What a staging database of these readings (one hash) under these settings is made of."""
    return in_force.one_hash(readings, in_force.of_mappings(settings.mappings))


def fill_staging(
    con: duckdb.DuckDBPyConnection,
    found: Found,
    exports: Sequence[Export],
    sources: Sequence[Source],
    tables: Sequence[TableRead],
    unread: Unread,
    mappings: Path | None,
) -> list[str]:
    """All that reading gives, in an empty database: `found` is what the store holds of `sources`, and `tables` what these were
    read as. Returns the lines to say of the mappings."""
    add_shown(con)
    create(con, found, exports)
    list_names(con)
    hide_file_names(con)
    restore(con)
    hide_in_ids(con, own)
    forget(con, "ingest")
    tell_unread(con, unread)
    tell_taken(con)
    more = tell_mappings(con, sources, tables, exports, mappings)
    in_force.keep(con, in_force.of_mappings(mappings))
    return more
