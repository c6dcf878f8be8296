"""Building on Spark, and a book of what it has made."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path

import click

from ruralkpi.commands.options import Tell, common, tell
from ruralkpi.commands.streams import working
from ruralkpi.databases import alone
from ruralkpi.engines.folder import place
from ruralkpi.errors import DONE, UserError
from ruralkpi.settings import Settings
from ruralkpi.spoken import spoken
from ruralkpi.sql import first_row
from ruralkpi.texts import say


def ingest(settings: Settings, master: str, tell: Tell) -> int:
    """Read the exports on Spark's workers, into a store that all of them reach."""
    from ruralkpi.commands.pipeline import ingest as ingest_all
    from ruralkpi.stages.cluster import crew_on

    return ingest_all(settings, tell, crew_on(master, settings))


def build(settings: Settings, master: str, clean: Sequence[str], to: str | None, tell: Tell) -> int:
    """Clean rows as Parquet, where they are not yet, those of several folders put together; then all that Spark makes of them."""
    from ruralkpi.stages import cluster
    from ruralkpi.stages.sparked import sparked
    from ruralkpi.stages.together import put_together

    start = time.perf_counter()
    target = place(to) if to is not None else settings.db.with_name(settings.db.stem + ".spark")
    with alone(settings.db), working(spoken("cli.building")), sparked(settings, master, target) as (spark, work):
        stores = [place(one) for one in clean]
        if not stores:
            cluster.export(settings, target, spark)
        elif len(stores) > 1:
            put_together(settings, stores, target, spark, work)
        done = cluster.build(settings, stores[0] if len(stores) == 1 else target, target, spark, work)
    key = "cli.spark_as_before" if done.is_as_before else "cli.spark_built"
    tell(key, folder=target, master=master, seconds=f"{time.perf_counter() - start:.1f}")
    return DONE


@click.command()
@click.option("--from", "source", metavar="DIR", required=True, help="build --engine spark 写的文件夹 what it has written")
@click.option("--county", "counties", metavar="C,D", help="只要这些区县 only these counties")
@click.option("--month", metavar="YYYY-MM", help="只要这个月的应办 only the obligations of this month")
@click.option("--master", metavar="URL", help="别处的文件夹由它取来 what fetches a far folder: local[*], sc://…")
@common
def book(settings: Settings, source: str, counties: str | None, month: str | None, master: str | None) -> int:
    """把 Spark 算出的装成数据集。A book of what Spark has made, or of a part of it."""
    from ruralkpi.book import Book
    from ruralkpi.book.reading import month_form
    from ruralkpi.stages.gathered import gather

    start = time.perf_counter()
    chosen, folder = [one.strip() for one in counties.split(",")] if counties is not None else [], place(source)
    if master is not None and isinstance(folder, Path):
        raise UserError(say("error.master_near", folder=folder))
    with working(spoken("cli.building")):
        done = gather(settings, folder, master or "local[*]", chosen, None if month is None else month_form(month))
    with Book(settings.db) as made:
        owed = first_row(made.con, "SELECT count(*), count(DISTINCT agent_id), (SELECT count(*) FROM rule) FROM obligation")
    key = "cli.built_as_before" if done.is_as_before else "cli.built"
    tell(key, n=owed[0], agents=owed[1], rules=owed[2], db=settings.db, seconds=f"{time.perf_counter() - start:.1f}")
    return DONE
