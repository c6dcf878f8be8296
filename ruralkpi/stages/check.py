"""typed.* → clean.* and quarantine, judged at the cut-off."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import duckdb

from ruralkpi.checks import FOUND
from ruralkpi.checks.clean import TABLES, clean
from ruralkpi.checks.cutoff import default_as_of, parse_as_of
from ruralkpi.checks.heard.early import tell_early
from ruralkpi.checks.heard.freshness import measure_freshness
from ruralkpi.checks.heard.silence import find_header_only
from ruralkpi.checks.judge import Second
from ruralkpi.checks.signals import find_signals
from ruralkpi.checks.told import tell_all
from ruralkpi.databases import alone, glancing, temporary, working
from ruralkpi.errors import UserError
from ruralkpi.intake.told import forget
from ruralkpi.intake.words import tell_unknown
from ruralkpi.settings import Settings
from ruralkpi.sql import first_row
from ruralkpi.stages import in_force, standing
from ruralkpi.store.views import missing
from ruralkpi.texts import say

HEARD = ("freshness", "header_only", "silent_month")  # tables of the staging database that a check makes anew


@dataclass(frozen=True)
class Checked:
    """The cut-off; whether all was as before, so that nothing was made anew."""

    as_of: dt.datetime
    is_as_before: bool = False


def check(settings: Settings, is_told: bool = True) -> Checked:
    """typed.* → clean.* and quarantine, judged at the cut-off; where all is as it was, they stay.

    Until it has ended well there is no cut-off, and nothing can be built of what it has made. Unless `is_told`, clean.* and what
    the marts ask beside it is all that is made.
    """
    if not settings.staging.exists():
        raise UserError(say("error.staging_missing", file=settings.staging))
    asked = None if settings.as_of is None else parse_as_of(settings.as_of)
    inputs = in_force.one_hash(standing.of(settings.staging, "ingest"), in_force.of_checks(settings, asked))
    if standing.says(settings.staging, "check", inputs):
        with glancing(settings.staging) as con:
            return Checked(first_row(con, "SELECT as_of FROM cut_off")[0], is_as_before=True)
    with alone(settings.db), temporary(settings.db), working(settings.staging, settings.memory_bytes) as con:
        if gone := missing(con):
            raise UserError(say("error.store_missing", folder=gone[0].parent))
        nearness = (settings.within_days, settings.calendar)
        as_of = asked or default_as_of(con, *nearness)
        # each statement for itself: in a long transaction DuckDB 2.0 loses sight of its own rows of large tables
        con.execute("BEGIN")
        con.execute("DROP SCHEMA IF EXISTS clean CASCADE")
        for table in (*TABLES, *FOUND, *HEARD, "cut_off"):
            con.execute(f"DROP TABLE IF EXISTS {table}")
        forget(con, "check")
        standing.forget(con, "check")
        con.execute("COMMIT")
        if is_told:
            tell_unknown(con)
        with _second_opinion(con, settings) as second:
            clean(con, str(as_of), second=second, is_told=is_told)
        find_header_only(con)
        measure_freshness(con, *nearness)
        if is_told:
            tell_all(con)
            find_signals(con)
            tell_early(con, as_of, is_default=asked is None)
        con.execute("BEGIN")
        con.execute(f"CREATE TABLE cut_off AS SELECT TIMESTAMP '{as_of}' AS as_of")  # without it nothing is built
        standing.keep(con, "check", inputs)
        con.execute("COMMIT")
    return Checked(as_of)


def _second_opinion(con: duckdb.DuckDBPyConnection, settings: Settings) -> AbstractContextManager[Second | None]:
    """Great Expectations', where the office asks for it."""
    if not settings.has_second_opinion:
        return nullcontext()
    from ruralkpi.checks.suite import second_opinion  # seconds: only where it is used

    return second_opinion(con)
