"""A month of the book → an edition."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import duckdb
import pandas as pd

from ruralkpi.databases import reading
from ruralkpi.editions.inputs import FileIn, Inputs, gather, is_mend
from ruralkpi.editions.shelf import Edition, Shelf
from ruralkpi.errors import UserError
from ruralkpi.exports.mappings import with_mappings
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.files import discover
from ruralkpi.settings import Settings
from ruralkpi.sql import first_row, literal, one_thread, to_parquet
from ruralkpi.stages import in_force, standing
from ruralkpi.stages.ingest import Found, made_of
from ruralkpi.store.packs import entry
from ruralkpi.store.take import take
from ruralkpi.texts import say

# Each table of an edition, with the query of the book that gives it; all of them of the month where they have one.
PARTS = {
    "obligation": "SELECT * FROM obligation WHERE month = $month ORDER BY rule_id, agent_id, area_id, due_at, source_id",
    "kpi_agent_month": "SELECT * FROM kpi_agent_month WHERE month = $month ORDER BY ALL",
    "kpi_area_month": "SELECT * FROM kpi_area_month WHERE month = $month ORDER BY ALL",
    "measure": "SELECT * FROM measure WHERE month = $month ORDER BY ALL",
    "rule": "SELECT * FROM rule ORDER BY rule_no",
    "agent": "SELECT * FROM agent ORDER BY ALL",
    "area": "SELECT * FROM area ORDER BY ALL",
    "customer": "SELECT * FROM customer SEMI JOIN (SELECT customer_id FROM obligation WHERE month = $month) USING (customer_id) "
    "ORDER BY ALL",
    # the attempts in vain that sentences of missed slots tell
    "contact": """SELECT DISTINCT contact.* FROM contact JOIN (
        SELECT customer_id, start_at, due_at FROM obligation
        WHERE month = $month AND source_table = 'key_slot' AND outcome = 'missed_open'
    ) AS slot ON slot.customer_id = contact.customer_id AND contacted_at >= slot.start_at AND contacted_at < slot.due_at
    WHERE NOT counts ORDER BY ALL""",
    "exemption": "SELECT * FROM exemption ORDER BY ALL",
    "month": "SELECT * FROM month WHERE month = $month",
    "meta": "SELECT key, CASE WHEN key LIKE 'month\\_%' ESCAPE '\\' THEN $month ELSE value END AS value FROM meta ORDER BY key",
}


def publish(settings: Settings, month: str, published_on: dt.date | None = None, note: str = "") -> tuple[Edition, bool]:
    """Publish a month of the book; inside the book's lock. Returns the edition, and whether it is new: a month whose inputs are
    those of its newest edition stays at that. `published_on`: today unless given.

    Raises UserError for a month that has not ended or of which nothing is owed, for a day before the cut-off or before the
    month's newest edition, for a book that was not made of the exports, mappings and settings as they are now, and where the
    folder can't be written.
    """
    shelf = Shelf(settings.editions)
    there = shelf.all()
    with reading(settings.db) as con:
        _refuse(con, month, first_row(con, "SELECT value FROM meta WHERE key = 'month_last'")[0])
        inputs, found = as_they_are(settings)
        mine = [one for one in there if one.month == month]
        if mine and mine[-1].inputs == inputs:
            return mine[-1], False
        if published_on is not None:
            _refuse_early(published_on, inputs.as_of, mine)
        before, on = there[-1].own if there else "", published_on or dt.date.today()
        edition = Edition(month, len(mine) + 1, len(there) + 1, before, on, note, {}, inputs)
        titles = titles_of(settings.staging, found)
        return shelf.put(edition, lambda folder: _write(con, folder, month, titles)), True


def as_they_are(settings: Settings) -> tuple[Inputs, Found]:
    """The inputs of the book as it stands, and where the readings of its files are kept.

    Raises UserError when exports, mappings or settings are no longer those that the book was made of.
    """
    with reading(settings.db) as con:
        meta = dict(con.execute("SELECT key, value FROM meta").fetchall())
    sources = discover(settings.raw)
    exports = with_mappings(settings.mappings)
    taken = take(sources, exports, Limits(**settings.readers), settings.kept, settings.memory_bytes)
    is_read = standing.says(settings.staging, "ingest", made_of(taken.inputs, settings))
    checked = in_force.one_hash(standing.of(settings.staging, "check"), in_force.of_figures(settings))
    if taken.new_n or not is_read or not standing.says(settings.db, "build", checked):
        raise UserError(say("error.edition_stale", file=settings.db))
    files = [
        FileIn(source.name, taken.contents[source.name], key, is_mend(held.reading))
        for source, key, held in taken.found
        if held.reading.tables
    ]
    return gather(settings, dt.datetime.fromisoformat(meta["as_of"]), meta["rules_version"], files), taken.found


def _refuse(con: duckdb.DuckDBPyConnection, month: str, last: str) -> None:
    if month > last:
        raise UserError(say("error.edition_early", month=month, last=last))
    if not first_row(con, "SELECT count(*) FROM obligation WHERE month = ?", [month])[0]:
        held = first_row(con, "SELECT min(month), max(month) FROM obligation WHERE outcome <> 'pending'")
        raise UserError(say("error.month_empty", month=month, first=held[0] or "—", last=held[1] or "—"))


def _refuse_early(on: dt.date, as_of: dt.datetime, mine: list[Edition]) -> None:
    """Raises UserError for a day before the data's last, or before the month's newest edition."""
    if on < (last := (as_of - dt.timedelta(seconds=1)).date()):
        raise UserError(say("error.edition_day", on=on, first=last))
    if mine and on < (newest := mine[-1]).published_on:
        first = newest.published_on
        raise UserError(say("error.edition_day_before", on=on, month=newest.month, n=newest.number, first=first))


def titles_of(staging: Path, found: Found) -> pd.DataFrame:
    """Each table that was read, as the book calls it, beside its file's own name. Grain: one table of a file."""
    rows = [(entry(key, number), source.name) for source, key, held in found for number in range(len(held.reading.tables))]
    names = pd.DataFrame(rows, columns=["entry", "name"]).astype({"entry": "int64", "name": "object"})
    with reading(staging) as con:
        con.register("named", names)
        return con.execute("SELECT DISTINCT file, name FROM source_file JOIN named USING (entry) ORDER BY ALL").df()


def _write(con: duckdb.DuckDBPyConnection, folder: Path, month: str, titles: pd.DataFrame) -> None:
    con.register("titles", titles)
    with one_thread(con):
        for name, rows in {**PARTS, "file": "SELECT * FROM titles ORDER BY ALL"}.items():
            to_parquet(con, rows.replace("$month", literal(month)), folder / f"{name}.parquet")
    con.unregister("titles")
