"""The month's cards: of the book as it is, held back by the gate or not, and of an edition."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

from tqdm import tqdm

from ruralkpi.book import Book
from ruralkpi.calendar.months import months_before
from ruralkpi.commands.options import Tell
from ruralkpi.databases import alone, temporary
from ruralkpi.editions import verified, words
from ruralkpi.editions.restated import of_cards
from ruralkpi.editions.shelf import Edition, Shelf
from ruralkpi.errors import DONE, GATE, PARTLY, UserError
from ruralkpi.quality.gate import held_back
from ruralkpi.settings import Settings
from ruralkpi.spoken import spoken
from ruralkpi.stages.in_force import disagreement
from ruralkpi.texts import say


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
        if "standing" not in choices and (edition := published(settings, chosen, tell)) is not None:
            choices["standing"] = words.draft(edition, lang)
            choices["moved"] = _moved(settings, book, chosen, lang, tell)
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
    for key, name, told in (("cli.card_failed", "why", report.failed), ("cli.card_noted", "note", report.noted)):
        tell(key, **{"agent": [agent_id for agent_id, _ in told], name: [line for _, line in told]})
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


def _moved(settings: Settings, book: Book, month: str, lang: str, tell: Tell) -> dict[str, str]:
    """What each card says of figures that are others than published: the month's, and of its trend's; a changed edition of an
    earlier month is told and left out."""
    year_ago = months_before(month, 12)  # a trend has twelve months
    editions = [one for one in Shelf(settings.editions).newest_each() if year_ago < one.month <= month]
    editions = [one for one in editions if one.month == month or _is_as_published(one, tell)]
    labels: dict[str, str] = dict(book.catalog()[["rule_id", f"label_{lang}"]].itertuples(index=False))
    return of_cards(settings.db, editions, month, labels, lang)


def published(settings: Settings, month: str, tell: Tell) -> Edition | None:
    """The month's newest edition, where there is one; a changed one is told and stops nobody."""
    try:
        newest = Shelf(settings.editions).newest(month)
    except UserError as fault:
        tell("cli.remark", line=str(fault))
        return None
    return newest if newest is not None and _is_as_published(newest, tell) else None


def _is_as_published(edition: Edition, tell: Tell) -> bool:
    """Whether an edition is as it was published; a changed one is told."""
    try:
        edition.refuse_changed()
    except UserError as fault:
        tell("cli.remark", line=str(fault))
        return False
    return True
