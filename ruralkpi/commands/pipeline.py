"""The stages as a person runs them: in order, timed, each told in a line, with the exit code at the end."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
from tqdm import tqdm

from ruralkpi.book import Book
from ruralkpi.catalog.page import write as write_catalog
from ruralkpi.commands.streams import working
from ruralkpi.databases import alone, temporary
from ruralkpi.editions import verified, words
from ruralkpi.editions.shelf import Edition, Shelf
from ruralkpi.errors import DONE, GATE, PARTLY, UserError
from ruralkpi.exports.declared import built_in
from ruralkpi.intake import told
from ruralkpi.quality.gate import held_back
from ruralkpi.settings import Settings
from ruralkpi.spoken import language, spoken
from ruralkpi.sql import first_row
from ruralkpi.stages.build import build as build_book
from ruralkpi.stages.check import check as check_rows
from ruralkpi.stages.in_force import disagreement
from ruralkpi.stages.ingest import ingest as read_exports
from ruralkpi.store.unit import Done, Unit
from ruralkpi.texts import cut_off, say

Tell = Callable[..., None]


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
        codes = [_ingest(settings, tell), _check(settings, tell)]
        settings = replace(settings, as_of=None)
        codes.append(_build(settings, tell))
        quality(settings, month, tell)
        codes.append(render(settings, month, None, {"html", "pdf"}, jobs, tell, publish_anyway, lang=lang))
        tell("cli.catalog", page=write_catalog(settings.out, settings.rules, lang))
        _tell_edition(settings, month, tell)
        codes.append(_tell_known(settings.db, tell, is_strict))
    return max(codes)


def _published(settings: Settings, month: str, tell: Tell) -> Edition | None:
    """The month's newest edition, where there is one; a changed one is told and stops nobody."""
    try:
        return Shelf(settings.editions).newest(month)
    except UserError as fault:
        tell("cli.remark", line=str(fault))
        return None


def _tell_edition(settings: Settings, month: str | None, tell: Tell) -> None:
    """Whether the month's figures are still those that were published."""
    with Book(settings.db) as book:
        edition = _published(settings, book.month(month), tell)
    if edition is not None:
        count = words.moved_n(settings.db, edition)
        tell("cli.edition_differ" if count else "cli.edition_same", month=edition.month, n=edition.number, count=count)


def ingest(settings: Settings, tell: Tell) -> int:
    """Read the exports; the files that could not be read stand in a line each, and make the exit code 1."""
    return max(_ingest(settings, tell), _tell_known(settings.staging, tell, False))


def _ingest(settings: Settings, tell: Tell) -> int:
    start = time.perf_counter()
    with tqdm(desc=spoken("cli.ingesting"), unit=spoken("cli.files"), file=sys.stderr, leave=False, disable=None) as bar:
        done = read_exports(settings, lambda units, one: _show(bar, units, one))
    for line in done.refused:
        tell("cli.refused", line=line)
    key = "cli.ingested_as_before" if done.is_as_before else "cli.ingested"
    tell(key, n=len(done.tables), folder=settings.raw, new=done.new_n, seconds=_since(start))
    for line in done.remarks:
        tell("cli.remark", line=line)
    _tell_missing(done, tell)
    return PARTLY if done.refused else DONE


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
            titles = "、".join(built_in()[table].columns[c].title for c in columns if any(c in m.absent for m in lacking))
            tell("cli.lacking", file=lacking[0].title, n=len(lacking), columns=titles)


def check(settings: Settings, tell: Tell, is_strict: bool = False) -> int:
    """Judge every row; counts what went where, and ends with what a person must know."""
    return max(_check(settings, tell), _tell_known(settings.staging, tell, is_strict))


def _check(settings: Settings, tell: Tell) -> int:
    start = time.perf_counter()
    with working(spoken("cli.checking")):
        done = check_rows(settings)
    with duckdb.connect(str(settings.staging), read_only=True) as con:
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
    with duckdb.connect(str(database), read_only=True) as con:
        known = told.lines(con, language())
    if known:
        tell("told.head", n=len(known))
    for line in known[: told.MOST]:
        tell("cli.known", line=line)
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


def render(
    settings: Settings,
    month: str | None,
    agents: list[str] | None,
    formats: set[str],
    jobs: int,
    tell: Tell,
    publish_anyway: bool = False,
    **choices: Any,
) -> int:
    """Make the cards of a month; a failing card is told with its reason and makes the exit code 1.

    A month or agents that the quality gate holds back get no card and the exit code 3, unless `publish_anyway`:
    then their cards say so. choices: is_forced, is_bundled, password and lang, as ruralkpi.press.batch.render takes them.
    """
    from ruralkpi.press.batch import render as render_cards

    lang = choices.get("lang", "zh")
    with Book(settings.db) as book:
        if "standing" not in choices and (line := disagreement(book.con, settings)):
            tell("cli.remark", line=line)
        if agents is not None:
            for agent in agents:
                book.known_agent(agent)
        chosen = book.month(month)
        if "standing" not in choices and (published := _published(settings, chosen, tell)) is not None:
            choices["standing"] = words.draft(published, lang)
        kept_back = [] if publish_anyway else held_back(book.con, chosen)
        if kept_back and not tell_held(kept_back, chosen, tell):
            return GATE
        held = {one["agent_id"] for one in kept_back}
    unit = spoken("card.unit")
    with tqdm(desc=spoken("cli.rendering"), unit=unit, file=sys.stderr, leave=False, disable=None, smoothing=0.05) as bar:

        def progress(done: int, total: int, outcome: Any) -> None:
            if outcome is None:  # the start: what is kept is no work done, and does not count in the rate
                bar.initial = done
                bar.reset(total)
            bar.update(done - bar.n)

        report = render_cards(settings.db, settings.out, chosen, agents, formats, jobs, progress, held=held, **choices)
    for agent_id, why in report.failed:
        tell("cli.card_failed", agent=agent_id, why=why)
    for agent_id, note in report.noted:
        tell("cli.card_noted", agent=agent_id, note=note)
    fresh = report.made_n - report.reused_n
    counts = {"n": report.made_n, "made": fresh, "kept": report.reused_n, "removed": len(report.removed)}
    tell("card.rendered", **counts, month=chosen, index=report.index, seconds=f"{report.seconds:.1f}")
    return GATE if held else PARTLY if report.failed else DONE


def render_edition(
    settings: Settings,
    month: str | None,
    number: int,
    agents: list[str] | None,
    formats: set[str],
    jobs: int,
    tell: Tell,
    **choices: Any,
) -> int:
    """The cards of an edition, under out/edition-N: its book is made again from the store, and must give its figures.

    Raises UserError where it does not.
    """
    shelf = Shelf(settings.editions)
    with alone(settings.db), shelf.workplace() as folder:
        with Book(settings.db) as book:
            edition = shelf.get(book.month(month), number)
        with temporary(settings.db):
            again = verified.again(settings, edition, folder)
        if differ := sum(table.differ_n for table in again.tables):
            raise UserError(say("error.edition_moved", month=edition.month, n=number, count=differ))
        own = replace(settings, db=again.book, out=settings.out / f"edition-{number}")
        standing = words.stamp(edition, choices.get("lang", "zh"))
        return render(own, edition.month, agents, formats, jobs, tell, publish_anyway=True, standing=standing, **choices)


def tell_held(kept_back: list[dict[str, Any]], month: str, tell: Tell) -> bool:
    """Say what holds the month or which agents back; true when the other agents' cards may be made."""
    for one in kept_back:
        key = "cli.held_month" if one["agent_id"] is None else "cli.held_agent"
        counts = {"bad": one["bad_n"], "base": one["base_n"], "share": f"{100 * one['max_share']:.0f} %"}
        tell(key, month=month, agent=one["agent_id"], export=one["export"], code=one["code"], **counts)
    return all(one["agent_id"] is not None for one in kept_back)


def _since(start: float) -> str:
    return f"{time.perf_counter() - start:.1f}"
