"""Commands of editions: publish a month, show and verify what was published, and say what has moved since."""

from __future__ import annotations

import datetime as dt

import click

from ruralkpi.commands.options import FORMS, common, may_unmask, tell
from ruralkpi.errors import DONE, GATE, PARTLY, UserError
from ruralkpi.settings import Settings
from ruralkpi.texts import say

MONTH = click.option("--month", metavar="YYYY-MM", help="月份 month; default: the newest complete one")


@click.command()
@MONTH
@click.option("--note", default="", help="说明 a note")
@click.option("--on", "day", type=click.DateTime(["%Y-%m-%d"]), help="发布日期 day of publication; default: today")
@click.option("--publish-anyway", is_flag=True, help="质量门槛不拦 despite the quality gate")
@common
def publish(settings: Settings, month: str | None, note: str, day: dt.datetime | None, publish_anyway: bool) -> int:
    """发布一个月：存下这一版，以后不变。Publish a month: an edition that stays as it is."""
    from ruralkpi.book import Book
    from ruralkpi.commands.rendering import tell_held
    from ruralkpi.databases import alone, temporary
    from ruralkpi.editions.publish import publish as publish_month
    from ruralkpi.quality.gate import held_back

    with alone(settings.db), temporary(settings.db):
        with Book(settings.db) as book:
            chosen = book.month(month)
            kept_back = [] if publish_anyway else held_back(book.con, chosen)
        if kept_back:  # of anybody: an edition is the whole month's
            tell_held(kept_back, chosen, tell)
            return GATE
        made, is_new = publish_month(settings, chosen, day.date() if day else None, note)
    size = sum(made.part(name).stat().st_size for name in made.parts) / 1e6
    key = "cli.published" if is_new else "cli.published_before"
    tell(key, month=made.month, n=made.number, seal=made.seal, folder=made.folder.parent, size=f"{size:,.1f} MB")
    return DONE


@click.command()
@click.option("--revisions", "is_revisions", is_flag=True, help="初版改了几个百分点 how far first editions were revised")
@click.option("--by", type=click.Choice(["county", "province"]), default="province", show_default=True)
@click.option("--format", "form", type=FORMS, default="table", show_default=True)
@common
def editions(settings: Settings, is_revisions: bool, by: str, form: str) -> int:
    """发布过的各版；各项数字发布后改了多少。What was published, and how far it has been revised."""
    from ruralkpi.commands.output import show
    from ruralkpi.editions.book import Book
    from ruralkpi.editions.revisions import listed

    if is_revisions:
        with Book(settings.db) as book:
            show(book.revisions(by=by), form)
    else:
        show(listed(settings), form)
    return DONE


@click.command()
@click.option("--recompute", "is_recomputed", is_flag=True, help="用存储重算并比对 make each again, and compare")
@common
def verify(settings: Settings, is_recomputed: bool) -> int:
    """核对各版是否与发布时相同。Whether the editions are as they were published."""
    from ruralkpi.databases import alone, temporary
    from ruralkpi.editions.shelf import Shelf
    from ruralkpi.editions.verified import again

    shelf = Shelf(settings.editions)
    faults = list(shelf.faults())  # what is published never changes: no lock, so that a folder that is only read will do
    for line in faults:
        tell("cli.remark", line=line)
    if faults:
        return PARTLY
    there = shelf.all()
    tell("cli.verified", n=len(there))
    if not is_recomputed:
        return DONE
    code = DONE
    with alone(settings.db), temporary(settings.db) as folder:
        for one in there:
            for told in again(settings, one, folder / one.own).tables:
                tell("cli.recomputed", month=one.month, n=one.number, table=told.table, rows=told.kept_n, differ=told.differ_n)
                code = PARTLY if told.differ_n else code
    return code


@click.command()
@MONTH
@click.option("--from", "old", type=click.IntRange(1), help="从第几版 from edition; default: the newest")
@click.option("--to", "new", default="now", show_default=True, metavar="N|now", help="到第几版 to edition, or the book now")
@click.option("--by", type=click.Choice(["agent", "area", "county", "province"]), help="按谁看 whose figures; default: province")
@click.option("--agent", metavar="ID", help="工号 agent")
@click.option("--area", metavar="ID", help="片区 area")
@click.option("--county", metavar="ID", help="区县 county")
@click.option("--rule", metavar="ID", help="规则 rule")
@click.option("--cause", help="原因 program, cut_off, calendar, rules, mappings, mends, data, together")
@click.option("--rows", "is_rows", is_flag=True, help="逐件 the rows that moved, a sentence each")
@click.option("--format", "form", type=FORMS, default="table", show_default=True)
@common
@may_unmask
def changes(
    settings: Settings,
    month: str | None,
    old: int | None,
    new: str,
    by: str | None,
    agent: str | None,
    area: str | None,
    county: str | None,
    rule: str | None,
    cause: str | None,
    is_rows: bool,
    form: str,
) -> int:
    """发布之后什么数变了、为什么。What has moved since a month was published, by cause."""
    from ruralkpi.book import Book
    from ruralkpi.book.reading import areas
    from ruralkpi.commands.output import show
    from ruralkpi.databases import alone, temporary
    from ruralkpi.editions import changes as comparing
    from ruralkpi.editions import told
    from ruralkpi.editions.page import write_page

    lang = settings.lang
    if cause is not None and cause not in comparing.CAUSES:
        raise UserError(say("error.cause_unknown", name=cause, known="、".join(comparing.CAUSES)))
    with alone(settings.db), temporary(settings.db), Book(settings.db) as book:
        for kind, one in (("agent", agent), ("rule", rule)):
            if one is not None:
                getattr(book, f"known_{kind}")(one)
        areas(book.con, area, county)
        found = comparing.changes(settings, book.month(month), old, _number(new))
        chosen = told.Chosen(by, agent, area, rule, cause, county)
        for line in told.head(found, lang, chosen):
            tell("cli.line", line=line)
        if comparing.is_standing(settings, found):
            tell("cli.changes_page", page=write_page(book, found, settings.out, lang))
        frame = told.rows(book, found, chosen, lang) if is_rows else told.figures(book, found, chosen, lang)
    show(frame, form, told.SHOWN_ROWS if is_rows else told.SHOWN_FIGURES)
    return DONE


def _number(word: str) -> int | None:
    if word == "now":
        return None
    if not word.isdecimal() or not int(word):
        raise UserError(say("error.edition_form", value=word))
    return int(word)
