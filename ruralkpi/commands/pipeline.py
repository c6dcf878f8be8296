"""The stages as a person runs them: in order, timed, each told in a line, with the exit code at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from ruralkpi.book import Book
from ruralkpi.catalog.page import write as write_catalog
from ruralkpi.commands.options import Tell
from ruralkpi.commands.rendering import published, render
from ruralkpi.commands.streams import working
from ruralkpi.databases import alone, glancing
from ruralkpi.editions.restated import moved_n
from ruralkpi.errors import DONE, GATE, PARTLY
from ruralkpi.exports.declared import built_in
from ruralkpi.intake import told
from ruralkpi.obligations.declared import rules_of
from ruralkpi.press.pool import make_ready
from ruralkpi.settings import Settings
from ruralkpi.spoken import language, spoken
from ruralkpi.sql import first_row
from ruralkpi.stages.build import build as build_book
from ruralkpi.stages.check import check as check_rows
from ruralkpi.stages.ingest import ingest as read_exports
from ruralkpi.store.crew import read_all
from ruralkpi.store.take import Crew
from ruralkpi.store.unit import Done, Unit
from ruralkpi.texts import cut_off


def run(
    settings: Settings,
    month: str | None,
    jobs: int,
    tell: Tell,
    publish_anyway: bool = False,
    lang: str = "zh",
    is_strict: bool = False,
) -> int:
    """ingest, check, build, quality report, render, catalogue, and what a person must know; the worst exit code of them."""
    with alone(settings.db):
        code, is_as_before = _ingest(settings, tell)
        if not is_as_before:
            make_ready()  # cards will be made: their workers begin to import what they need
        codes = [code, _check(settings, tell)]
        settings = replace(settings, as_of=None)
        codes.append(_build(settings, tell))
        quality(settings, month, tell)
        codes.append(render(settings, month, None, {"html", "pdf"}, jobs, tell, publish_anyway, lang=lang))
        tell("cli.catalog", page=write_catalog(settings.out, rules_of(settings), lang))
        _tell_edition(settings, month, tell)
        codes.append(_tell_known(settings.db, tell, is_strict))
    return max(codes)


def _tell_edition(settings: Settings, month: str | None, tell: Tell) -> None:
    """Whether the month's figures are still those that were published."""
    with Book(settings.db) as book:
        edition = published(settings, book.month(month), tell)
    if edition is not None:
        counts = moved_n(settings.db, edition)
        key = "cli.edition_differ" if any(counts.values()) else "cli.edition_same"
        tell(key, month=edition.month, n=edition.number, **counts)


def ingest(settings: Settings, tell: Tell, crew: Crew = read_all) -> int:
    """Read the exports; the files that could not be read stand in a line each, and make the exit code 1."""
    return max(_ingest(settings, tell, crew)[0], _tell_known(settings.staging, tell, False))


def _ingest(settings: Settings, tell: Tell, crew: Crew = read_all) -> tuple[int, bool]:
    """The exit code, and whether all was as before."""
    start = time.perf_counter()
    with tqdm(desc=spoken("cli.ingesting"), unit=spoken("cli.files"), file=sys.stderr, leave=False, disable=None) as bar:
        done = read_exports(settings, lambda units, one: _show(bar, units, one), crew)
    tell("cli.refused", line=list(done.refused))
    key = "cli.ingested_as_before" if done.is_as_before else "cli.ingested"
    tell(key, n=len(done.tables), folder=settings.raw, new=done.new_n, seconds=_since(start))
    tell("cli.remark", line=list(done.remarks))
    _tell_missing(done, tell)
    return PARTLY if done.refused else DONE, done.is_as_before


def _show(bar: Any, units: Sequence[Unit], done: Done | None) -> None:
    """Files to read and read, rows so far; the bar says the time that is left."""
    if done is None:
        bar.reset(total=sum(len(unit.sources) for unit in units))
        bar.rows_n = 0
    else:
        bar.rows_n += done.rows_n
        bar.set_postfix_str(spoken("cli.rows", n=f"{bar.rows_n:,}"), refresh=False)
        bar.update(done.files_n)


def _tell_missing(done: Any, tell: Tell) -> None:
    """Columns that decide outcomes and that whole files lack, a line for each export."""
    for table, columns in {"visits": ("mode", "result"), "calls": ("is_connected",), "complaints": ("first_reply_at",)}.items():
        lacking = [m for m in done.tables if m.export == table and set(columns) & set(m.absent)]
        if lacking:
            export = built_in()[table]
            titles = "、".join(export.columns[c].title for c in columns if any(c in m.absent for m in lacking))
            tell("cli.lacking", file=lacking[0].title, n=len(lacking), columns=titles, export=export.titled)


def check(settings: Settings, tell: Tell, is_strict: bool = False) -> int:
    """Judge every row; counts what went where, and ends with what a person must know."""
    return max(_check(settings, tell), _tell_known(settings.staging, tell, is_strict))


def _check(settings: Settings, tell: Tell) -> int:
    start = time.perf_counter()
    with working(spoken("cli.checking")):
        done = check_rows(settings)
    with glancing(settings.staging) as con:
        sums = "SELECT " + ", ".join(
            f"coalesce(sum({n}), 0)" for n in ("read_n", "clean_n", "superseded_n", "blank_n", "quarantined_n")
        )
        read, good, old, blank, bad = (int(n) for n in first_row(con, f"{sums} FROM source_count"))
    known = {"read": read, "good": good, "old": old, "blank": blank, "bad": bad, "as_of": cut_off(done.as_of)}
    tell("cli.checked_as_before" if done.is_as_before else "cli.checked", **known, seconds=_since(start))
    return DONE


def build(settings: Settings, tell: Tell, is_strict: bool = False) -> int:
    """Make marts, obligations and figures; ends with what a person must know."""
    return max(_build(settings, tell), _tell_known(settings.db, tell, is_strict))


def _tell_known(database: Path, tell: Tell, is_strict: bool) -> int:
    """What a person must know, most consequential first; `is_strict` makes any of it the exit code of the gate."""
    with glancing(database) as con:
        known = told.lines(con, language())
    if known:
        tell("told.head", n=len(known))
    tell("cli.known", line=known[: told.MOST])
    if len(known) > told.MOST:
        tell("told.more", n=len(known) - told.MOST)
    return GATE if known and is_strict else DONE


def _build(settings: Settings, tell: Tell) -> int:
    start = time.perf_counter()
    with working(spoken("cli.building")):
        done = build_book(settings)
    with Book(settings.db) as book:
        owed = first_row(book.con, "SELECT count(*), count(DISTINCT agent_id), (SELECT count(*) FROM rule) FROM obligation")
    key = "cli.built_as_before" if done.is_as_before else "cli.built"
    tell(key, n=owed[0], agents=owed[1], rules=owed[2], db=settings.db, seconds=_since(start))
    return DONE


def quality(settings: Settings, month: str | None, tell: Tell) -> int:
    """Write the data-quality report of a month and the workbooks of rows to mend."""
    from ruralkpi.quality.report import quality_report

    start = time.perf_counter()
    with Book(settings.db) as book, working(spoken("cli.judging")):
        chosen = book.month(month)
        page = quality_report(
            book.con, settings.out, chosen, settings.quality, lambda line: tell("cli.remark", line=line), settings.lang
        )
    tell("cli.quality", month=chosen, page=page, seconds=_since(start))
    return DONE


def _since(start: float) -> str:
    return f"{time.perf_counter() - start:.1f}"
