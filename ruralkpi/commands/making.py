"""Commands that make something: the whole way, or one of its stages."""

from __future__ import annotations

import os
from pathlib import Path

import click

from ruralkpi.commands.options import EDITION, PATH, STRICT, common, may_unmask, tell
from ruralkpi.errors import UserError
from ruralkpi.settings import Settings
from ruralkpi.texts import say

ENGINES = click.Choice(["duckdb", "spark"])
ENGINE = click.option("--engine", type=ENGINES, default="duckdb", show_default=True, help="用哪个引擎 what computes")
MASTER = click.option("--master", metavar="URL", help="Spark 在哪里 where Spark runs: local[*], spark://…, yarn, sc://…")


@click.command()
@click.option("--month", metavar="YYYY-MM", help="月份 month; default: the newest complete one")
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="cores", help="并行 workers")
@click.option("--publish-anyway", is_flag=True, help="质量门槛不拦，卡上注明 publish despite the quality gate; cards say so")
@STRICT
@common
@may_unmask
def run(settings: Settings, month: str | None, jobs: int, publish_anyway: bool, is_strict: bool) -> int:
    """全程：读入、检查、计算、出卡。The whole way for one month."""
    from ruralkpi.book.reading import month_form
    from ruralkpi.commands.pipeline import run as run_all

    if month is not None:
        month_form(month)  # before the work
    return run_all(settings, month, jobs, tell, publish_anyway, settings.lang, is_strict)


@click.command()
@ENGINE
@MASTER
@common
def ingest(settings: Settings, engine: str, master: str | None) -> int:
    """读入导出文件。Files → raw tables."""
    if engine == "spark":
        from ruralkpi.commands.clusters import ingest as ingest_far

        return ingest_far(settings, master or "local[*]", tell)
    _refuse(**{"--master": master})
    from ruralkpi.commands.pipeline import ingest as ingest_all

    return ingest_all(settings, tell)


def _refuse(**given: str | None) -> None:
    """Raises UserError for an option of the other engine."""
    for option, value in given.items():
        if value is not None:
            raise UserError(say("error.engine_only", option=option))


@click.command()
@STRICT
@common
def check(settings: Settings, is_strict: bool) -> int:
    """检查每一行。Raw → clean rows and quarantine."""
    from ruralkpi.commands.pipeline import check as check_all

    return check_all(settings, tell, is_strict)


@click.command()
@ENGINE
@MASTER
@click.option(
    "--store",
    "clean",
    metavar="DIR",
    multiple=True,
    help="已写成 Parquet 的可用行，可给几处 clean rows in Parquet; may be repeated",
)
@click.option("--to", metavar="DIR", help="Spark 写到哪里 folder that Spark writes; default: beside the book")
@STRICT
@common
def build(settings: Settings, engine: str, master: str | None, clean: tuple[str, ...], to: str | None, is_strict: bool) -> int:
    """生成数据集与应办事项。Clean → marts, obligations and figures."""
    if engine == "spark":
        from ruralkpi.commands.clusters import build as build_far

        return build_far(settings, master or "local[*]", clean, to, tell)
    _refuse(**{"--master": master, "--store": clean[0] if clean else None, "--to": to})
    from ruralkpi.commands.pipeline import build as build_all

    return build_all(settings, tell, is_strict)


@click.command()
@click.option("--month", metavar="YYYY-MM")
@click.option("--agents", metavar="A,B", help="只出这些人的卡 only these agents")
@click.option("--formats", default="html,pdf", show_default=True)
@click.option("--jobs", type=click.IntRange(1), default=os.cpu_count() or 1, show_default="cores")
@click.option("--force", "is_forced", is_flag=True, help="未变的也重做 make unchanged cards again")
@click.option("--bundle", "is_bundled", is_flag=True, help="每个片区打成一个压缩包 a zip per area")
@click.option("--password-file", type=PATH, help="压缩包的密码，取文件第一行 the bundles' password: the file's first line")
@click.option("--publish-anyway", is_flag=True, help="质量门槛不拦，卡上注明 publish despite the quality gate; cards say so")
@EDITION
@common
@may_unmask
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
    edition: int | None,
) -> int:
    """出评分卡。The scorecards of one month; what is unchanged is kept, what was interrupted goes on."""
    from ruralkpi.commands.rendering import render as render_all

    chosen = [agent.strip() for agent in agents.split(",")] if agents is not None else None
    more = {
        "is_forced": is_forced,
        "is_bundled": is_bundled or password_file is not None,
        "password": _password(password_file),
        "lang": settings.lang,
    }
    if edition is not None:
        from ruralkpi.commands.rendering import render_edition

        return render_edition(settings, month, edition, chosen, set(formats.split(",")), jobs, tell, **more)
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
