"""Commands that ask: figures, what is behind them, what is due, the catalogue."""

from __future__ import annotations

from typing import Any

import click

from ruralkpi.commands.options import EDITION, FORMS, common, may_unmask, tell, tell_settings
from ruralkpi.commands.streams import working
from ruralkpi.errors import DONE, PARTLY
from ruralkpi.settings import Settings
from ruralkpi.spoken import spoken

_AREA = click.option("--area", metavar="AREA", help="片区 area")
_COUNTY = click.option("--county", metavar="COUNTY", help="区县 county")


@click.command()
@click.option("--month", metavar="YYYY-MM")
@click.option("--agent", metavar="ID", help="工号 agent")
@_AREA
@_COUNTY
@click.option("--kpi", metavar="RULE", help="规则 rule")
@click.option("--by", type=click.Choice(["agent", "area", "county", "province"]), default="agent", show_default=True)
@click.option("--set", "changes", metavar="RULE.SETTING=VALUE", multiple=True, help="如果改了设置 what if a setting were changed")
@EDITION
@click.option("--format", "form", type=FORMS, default="table", show_default=True)
@common
def score(
    settings: Settings,
    month: str | None,
    agent: str | None,
    area: str | None,
    county: str | None,
    kpi: str | None,
    by: str,
    changes: tuple[str, ...],
    edition: int | None,
    form: str,
) -> int:
    """各项数字。The figures: kept of owed, rate and interval; with --set, beside what they would be."""
    from ruralkpi.commands.output import print_score, show

    with _opened(settings, month, edition) as book:
        _known(book, agent, kpi)
        asked: dict[str, Any] = {"agent": agent, "area": area, "county": county, "rule": kpi, "by": by}
        if changes:
            with working(spoken("cli.computing")):
                frame = book.what_if(*changes, month=month, settings=settings, **asked)
            show(frame, form)
        elif form == "table":
            print_score(book.kpi(month, names=True, lang=settings.lang, **asked), None if by == "province" else f"{by}_id")
        else:
            show(_of_edition(book.kpi(month, **asked), edition), form)
    return DONE


@click.command()
@click.argument("kpi")
@click.option("--month", metavar="YYYY-MM")
@click.option("--agent", metavar="ID", help="工号 agent")
@_AREA
@_COUNTY
@click.option(
    "--outcome", help="met, missed_late, missed_open, missed, pending, unknown, exempt, void, all; default: those counted"
)
@EDITION
@click.option("--format", "form", type=FORMS, default="table", show_default=True)
@common
@may_unmask
def explain(
    settings: Settings,
    kpi: str,
    month: str | None,
    outcome: str | None,
    edition: int | None,
    form: str,
    **where: str | None,
) -> int:
    """一个数字背后的每一件。The obligations behind a figure, a sentence each."""
    from ruralkpi.commands.output import show

    with _opened(settings, month, edition) as book:
        _known(book, where["agent"], kpi)
        asked: dict[str, Any] = {"outcomes": "decided" if outcome is None else outcome, "lang": settings.lang, **where}
        rows = book.obligations(kpi, month, **asked)
        columns = ["agent_id", "source_id", "outcome", "due_at", "done_at", "file", "row", "sentence"]
        show(
            _of_edition(_with_place(rows, form), edition),
            form,
            columns,
            ["agent_id", "source_id", "outcome", "sentence", "place"],
        )
        if outcome is None:
            _tell_uncounted(book, kpi, month, where)
    return DONE


@click.command()
@click.option("--agent", metavar="ID", help="工号 agent")
@_AREA
@_COUNTY
@click.option("--days", type=click.IntRange(0, 36600), default=14, show_default=True, help="天数 days ahead")
@click.option("--format", "form", type=FORMS, default="table", show_default=True)
@common
@may_unmask
def due(settings: Settings, days: int, form: str, **where: str | None) -> int:
    """接下来要办，先到期的在前。What is still to do, soonest first."""
    from ruralkpi.book import Book
    from ruralkpi.checks.cutoff import parse_as_of
    from ruralkpi.commands.output import show

    with Book(settings.db) as book:
        tell_settings(settings, book, ("as_of",))
        _known(book, where["agent"], None)
        at = None if settings.as_of is None else parse_as_of(settings.as_of)
        asked: dict[str, Any] = {"days": days, "lang": settings.lang, **where}
        rows = book.due(at, **asked)
        columns = ["due_at", "is_overdue", "agent_id", "rule_id", "source_id", "sentence"]
        show(rows, form, columns, ["agent_id", "rule_id", "is_overdue", "sentence"])
    return DONE


@click.command()
@click.option("--check", "is_check", is_flag=True, help="试算 rules_folder 里每条规则自己的算例 try the cases of your own rules")
@click.option("--format", "form", type=FORMS, default="table", show_default=True)
@common
def catalog(settings: Settings, is_check: bool, form: str) -> int:
    """规范的每一条：对应的规则，或不能从记录衡量的原因。Every clause: its rules, or why records can't measure it."""
    from ruralkpi.catalog.clauses import clauses
    from ruralkpi.commands.output import show
    from ruralkpi.obligations.declared import rules, rules_of
    from ruralkpi.obligations.moved import tried_own

    declared = rules_of(settings)
    if not is_check:
        show(clauses(declared, settings.lang), form)
        return DONE
    checked = tried_own(rules(folder=settings.rules_folder))
    for rule_id, file, faults in checked:
        tell("cli.own_rule_holds" if not faults else "cli.own_rule_fails", rule=rule_id, file=file.name, n=len(faults))
        for fault in faults:
            click.echo(f"  {fault}")
    if not checked:
        tell("cli.own_rules_none")
    return PARTLY if any(faults for _, _, faults in checked) else DONE


def _of_edition(frame: Any, edition: int | None) -> Any:
    """The rows with the number of the edition that they are of, where one was asked for."""
    return frame if edition is None else frame.assign(edition=edition)


def _opened(settings: Settings, month: str | None, edition: int | None) -> Any:
    """The book, with a word where it was built under other settings than these; or an edition of the month."""
    from ruralkpi.book import Book

    book = Book(settings.db)
    if edition is None:
        tell_settings(settings, book)
        return book
    from ruralkpi.editions.book import EditionBook
    from ruralkpi.editions.shelf import Shelf

    with book:
        chosen = book.month(month)
    return EditionBook(Shelf(settings.editions).get(chosen, edition))


def _known(book: Any, agent: str | None, kpi: str | None) -> None:
    if agent is not None:
        book.known_agent(agent)
    if kpi is not None:
        book.known_rule(kpi)


def _with_place(rows: Any, form: str) -> Any:
    """With file and row in one cell, for blocks."""
    if form != "table":
        return rows
    places = zip(rows["file"], rows["row"], strict=True)
    return rows.assign(
        place=[spoken("cli.place", file=file, row=int(row)) if isinstance(file, str) else "" for file, row in places]
    )


def _tell_uncounted(book: Any, kpi: str, month: str | None, where: dict[str, str | None]) -> None:
    rest = book.obligations(kpi, month, outcomes=("pending", "unknown", "exempt", "void"), lang=None, **where)
    counts = rest["outcome"].value_counts().sort_index()
    if len(counts):
        tell("cli.uncounted", counts=spoken("cli.comma").join(f"{name} {n}" for name, n in counts.items()))
