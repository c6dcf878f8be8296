"""The commands. Results go to standard output, progress and messages to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ruralkpi import settings as configuration
from ruralkpi.errors import DONE, INTERRUPTED, PARTLY, UserError
from ruralkpi.settings import Settings
from ruralkpi.texts import say

FORMS = click.Choice(["table", "csv", "json"])
PATH = click.Path(path_type=Path)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ruralkpi")
def cli() -> None:
    """农村代理人员服务规范：从导出文件到可核对的数字与评分卡。

    A service standard's figures and scorecards from a folder of exports.
    """


def common(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that every stage takes; the command gets them as one Settings."""

    def with_settings(
        raw: Path | None, db: Path | None, out: Path | None, as_of: str | None, config: Path | None, **rest: Any
    ) -> Any:
        chosen = configuration.load(config).with_options(raw=raw, db=db, out=out, as_of=as_of)
        return command(chosen, **rest)

    with_settings.__name__, with_settings.__doc__ = command.__name__, command.__doc__
    with_settings.__click_params__ = getattr(command, "__click_params__", [])  # type: ignore[attr-defined]
    for option in (
        click.option("--config", type=PATH, help="设置文件 settings file (ruralkpi.toml)"),
        click.option("--as-of", metavar="TIME", help="数据截止 cut-off: 2026-10-31 (24:00) or 2026-10-31 18:00"),
        click.option("--out", type=PATH, help="报告文件夹 folder of reports"),
        click.option("--db", type=PATH, help="数据集 marts, a DuckDB file"),
        click.option("--raw", type=PATH, help="导出文件夹 folder of exports"),
    ):
        with_settings = option(with_settings)
    return with_settings


def tell(key: str, **values: Any) -> None:
    """One line of progress on standard error."""
    click.echo(say(key, **values), err=True)


@cli.command()
@click.option("--month", metavar="YYYY-MM", help="月份 month; default: the newest complete one")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="cores", help="并行 workers")
@click.option("--publish-anyway", is_flag=True, help="质量门槛不拦，卡上注明 publish despite the quality gate; cards say so")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="卡的文字 language of the cards")
@common
def run(settings: Settings, month: str | None, jobs: int, publish_anyway: bool, lang: str) -> int:
    """全程：读入、检查、计算、出卡。The whole way for one month."""
    from ruralkpi.pipeline import run as run_all

    return run_all(settings, month, jobs, tell, publish_anyway, lang)


@cli.command()
@common
def ingest(settings: Settings) -> int:
    """读入导出文件。Files → raw tables."""
    from ruralkpi.pipeline import ingest as ingest_all

    return ingest_all(settings, tell)


@cli.command()
@common
def check(settings: Settings) -> int:
    """检查每一行。Raw → clean rows and quarantine."""
    from ruralkpi.pipeline import check as check_all

    return check_all(settings, tell)


@cli.command()
@common
def build(settings: Settings) -> int:
    """生成数据集与应办事项。Clean → marts, obligations and figures."""
    from ruralkpi.pipeline import build as build_all

    return build_all(settings, tell)


@cli.command()
@click.option("--month", metavar="YYYY-MM")
@click.option("--agent", metavar="ID", help="工号 agent")
@click.option("--kpi", metavar="RULE", help="规则 rule")
@click.option("--by", type=click.Choice(["agent", "area", "county", "province"]), default="agent", show_default=True)
@click.option("--set", "changes", metavar="RULE.SETTING=VALUE", multiple=True, help="如果改了设置 what if a setting were changed")
@click.option("--format", "form", type=FORMS, default="table", show_default=True)
@common
def score(
    settings: Settings, month: str | None, agent: str | None, kpi: str | None, by: str, changes: tuple[str, ...], form: str
) -> int:
    """各项数字。The figures: kept of owed, rate and interval; with --set, beside what they would be."""
    from ruralkpi.book import Book
    from ruralkpi.output import show
    from ruralkpi.what_if import what_if

    with Book(settings.db) as book:
        _known(book, agent, kpi)
        if changes:
            show(what_if(book, settings, changes, month, agent=agent, rule=kpi, by=by), form)
        else:
            show(book.kpi(month, agent=agent, rule=kpi, by=by), form)
    return DONE


@cli.command()
@click.argument("kpi")
@click.option("--month", metavar="YYYY-MM")
@click.option("--agent", metavar="ID", help="工号 agent")
@click.option(
    "--outcome", help="met, missed_late, missed_open, missed, pending, unknown, exempt, void, all; default: those counted"
)
@click.option("--format", "form", type=FORMS, default="table", show_default=True)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@common
def explain(settings: Settings, kpi: str, month: str | None, agent: str | None, outcome: str | None, form: str, lang: str) -> int:
    """一个数字背后的每一件。The obligations behind a figure, a sentence each."""
    from ruralkpi.book import Book
    from ruralkpi.output import show

    with Book(settings.db) as book:
        _known(book, agent, kpi)
        rows = book.obligations(kpi, month, agent=agent, outcomes=_outcomes(outcome), lang=lang)
        show(rows, form, ["agent_id", "source_id", "outcome", "due_at", "done_at", "file", "row", "sentence"])
        if outcome is None:
            _tell_uncounted(book, kpi, month, agent)
    return DONE


@cli.command()
@click.option("--agent", metavar="ID", help="工号 agent")
@click.option("--days", type=click.IntRange(0), default=14, show_default=True, help="天数 days ahead")
@click.option("--format", "form", type=FORMS, default="table", show_default=True)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@common
def due(settings: Settings, agent: str | None, days: int, form: str, lang: str) -> int:
    """接下来要办，先到期的在前。What is still to do, soonest first."""
    from ruralkpi.book import Book
    from ruralkpi.intake.cutoff import parse_as_of
    from ruralkpi.output import show

    with Book(settings.db) as book:
        _known(book, agent, None)
        at = parse_as_of(settings.as_of) if settings.as_of else None
        rows = book.due(at, agent=agent, days=days, lang=lang)
        show(rows, form, ["due_at", "is_overdue", "agent_id", "rule_id", "source_id", "sentence"])
    return DONE


@cli.command()
@click.option("--month", metavar="YYYY-MM")
@click.option("--agents", metavar="A,B", help="只出这些人的卡 only these agents")
@click.option("--formats", default="html,pdf", show_default=True)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="cores")
@click.option("--force", "is_forced", is_flag=True, help="未变的也重做 make unchanged cards again")
@click.option("--bundle", "is_bundled", is_flag=True, help="每个片区打成一个压缩包 a zip per area")
@click.option("--password-file", type=PATH, help="压缩包的密码，取文件第一行 the bundles' password: the file's first line")
@click.option("--publish-anyway", is_flag=True, help="质量门槛不拦，卡上注明 publish despite the quality gate; cards say so")
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True, help="卡的文字 language of the cards")
@common
def render(
    settings: Settings,
    month: str | None,
    agents: str | None,
    formats: str,
    jobs: int,
    is_forced: bool,
    is_bundled: bool,
    password_file: Path | None,
    publish_anyway: bool,
    lang: str,
) -> int:
    """出评分卡。The scorecards of one month; what is unchanged is kept, what was interrupted goes on."""
    from ruralkpi.pipeline import render as render_all

    chosen = [agent.strip() for agent in agents.split(",")] if agents else None
    more = {
        "is_forced": is_forced,
        "is_bundled": is_bundled or password_file is not None,
        "password": _password(password_file),
        "lang": lang,
    }
    return render_all(settings, month, chosen, set(formats.split(",")), jobs, tell, publish_anyway, **more)


def _password(file: Path | None) -> str | None:
    """The first line of a file: a password never stands on a command line that others can list."""
    if file is None:
        return None
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise UserError(say("card.password_file", file=file, fault=fault)) from None
    if not lines or not lines[0]:
        raise UserError(say("card.password_file", file=file, fault="—"))
    return lines[0]


@cli.command()
@click.option("--format", "form", type=FORMS, default="table", show_default=True)
@click.option("--lang", type=click.Choice(["zh", "en"]), default="zh", show_default=True)
@common
def catalog(settings: Settings, form: str, lang: str) -> int:
    """规范的每一条：对应的规则，或不能从记录衡量的原因。Every clause: its rules, or why records can't measure it."""
    from ruralkpi.catalog import clauses
    from ruralkpi.output import show

    show(clauses(settings.rules, lang), form)
    return DONE


@cli.command()
@click.argument("folder", type=PATH)
@click.option("--agents", type=click.IntRange(1), default=24, show_default=True)
@click.option("--months", type=click.IntRange(1), default=13, show_default=True)
@click.option("--end", metavar="YYYY-MM", default="2026-10", show_default=True)
@click.option("--seed", type=int, default=20261001, show_default=True)
@click.option("--dirty", type=click.FloatRange(0, 1), default=0.0, show_default=True, help="错误行比例 share of faulty rows")
@click.option("--mappings", type=PATH, help="映射文件写到哪里 where the second county's mappings go")
def sample(folder: Path, agents: int, months: int, end: str, seed: int, dirty: float, mappings: Path | None) -> int:
    """造样例导出文件，同样的参数得到同样的字节。Made-up exports in the real shapes."""
    from ruralkpi.sample import write

    write(folder, agents=agents, months=months, end=end, seed=seed, dirty=dirty, mappings=mappings)
    tell("cli.sample_done", folder=folder)
    return DONE


def _known(book: Any, agent: str | None, kpi: str | None) -> None:
    if agent is not None:
        book.known_agent(agent)
    if kpi is not None:
        book.known_rule(kpi)


def _outcomes(word: str | None) -> tuple[str, ...]:
    every = ("met", "missed_late", "missed_open", "pending", "unknown", "exempt", "void")
    known = {"all": every, "missed": every[1:3], **{name: (name,) for name in every}}
    if word is None:
        return every[:3]
    if word not in known:
        raise UserError(say("error.outcome_unknown", name=word, known="、".join(known)))
    return known[word]


def _tell_uncounted(book: Any, kpi: str, month: str | None, agent: str | None) -> None:
    rest = book.obligations(kpi, month, agent=agent, outcomes=("pending", "unknown", "exempt", "void"))
    counts = rest["outcome"].value_counts().sort_index()
    if len(counts):
        tell("cli.uncounted", counts="、".join(f"{name} {n}" for name, n in counts.items()))


def command(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code; a user's error is one line on standard error, never a traceback."""
    try:
        return cli.main(arguments, standalone_mode=False) or DONE
    except UserError as fault:
        click.echo(str(fault), err=True)
        return fault.exit_code
    except (click.exceptions.Abort, KeyboardInterrupt):
        click.echo(say("cli.interrupted"), err=True)
        return INTERRUPTED
    except click.ClickException as fault:
        fault.show()
        return fault.exit_code
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return PARTLY


def main() -> None:
    """The entry point."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")  # type: ignore[union-attr]
    sys.exit(command())
