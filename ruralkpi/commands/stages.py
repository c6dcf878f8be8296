"""The stages of a run, each usable alone: ingest, check, build."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import nullcontext
from dataclasses import dataclass

import duckdb

from ruralkpi.checks import FOUND, PUBLISHED
from ruralkpi.checks.clean import TABLES, clean, tell_lists
from ruralkpi.checks.cutoff import default_as_of, month_end, parse_as_of
from ruralkpi.checks.heard.early import tell_early
from ruralkpi.checks.heard.freshness import measure_freshness
from ruralkpi.checks.signals import find_signals
from ruralkpi.checks.suite import second_opinion
from ruralkpi.commands import in_force, standing
from ruralkpi.databases import alone, building, connect, reading, replacing, temporary, working
from ruralkpi.errors import NothingToDo, UserError
from ruralkpi.exports.mappings import with_mappings
from ruralkpi.intake.leftovers import leftovers, tell_unread
from ruralkpi.intake.load import Intake
from ruralkpi.intake.mapped import tell_mappings
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.files import discover
from ruralkpi.intake.taken import tell_taken
from ruralkpi.intake.told import forget
from ruralkpi.intake.typed import add_macros
from ruralkpi.intake.words import tell_unknown
from ruralkpi.kpi import build_composite, build_figures
from ruralkpi.marts import build_marts
from ruralkpi.masking.handed_in import hide_file_names, hide_in_book, hide_in_ids
from ruralkpi.masking.listed import list_names
from ruralkpi.measures import build_measures
from ruralkpi.obligations import build_obligations
from ruralkpi.obligations.exempted import tell_unmatched
from ruralkpi.obligations.rule import Rule, known_rule, rules
from ruralkpi.quality.gate import weigh
from ruralkpi.quality.mending import restore
from ruralkpi.settings import COMPOSITE, Settings
from ruralkpi.sql import first_row
from ruralkpi.store.take import Tell, take
from ruralkpi.store.views import create, missing, own
from ruralkpi.texts import say

RULES_VERSION = "2026.2"
HEARD = ("freshness", "header_only", "silent_month")  # tables of the staging database that a check makes anew


@dataclass(frozen=True)
class Checked:
    """The cut-off; whether all was as before, so that nothing was made anew."""

    as_of: dt.datetime
    is_as_before: bool = False


def ingest(settings: Settings, tell: Tell = lambda units, done: None) -> Intake:
    """Files → the store; raw.* and typed.* of a new staging database show what it holds of them.

    Where all is as it was, the staging database stays. Raises NothingToDo when no file of the folder could be read; `tell`: see
    ruralkpi.store.take.
    """
    exports = with_mappings(settings.mappings)
    sources = discover(settings.raw)
    with alone(settings.db), temporary(settings.db):
        taken = take(sources, exports, Limits(**settings.readers), settings.kept, settings.memory_bytes, tell)
        done = Intake(taken.readings, [say(one.fault, file=one.name, to=one.to) for one in sources if one.is_read_elsewhere])
        if taken.damaged:
            done.remarks.append(say("cli.store_damaged", n=len(taken.damaged), folder=settings.kept))
        if not taken.is_limited:
            done.remarks.append(say("cli.memory_not_limited"))
        done.remarks += leftovers(done.tables, exports, done.unread)
        if not done.tables:
            raise NothingToDo("\n".join([*done.refused, *done.remarks, say("error.nothing_read", folder=settings.raw)]))
        inputs = in_force.one_hash(taken.inputs, in_force.of_mappings(settings.mappings))
        done.new_n, done.is_as_before = taken.new_n, standing.says(settings.staging, "ingest", inputs)
        if done.is_as_before:
            done.remarks += standing.remarks(settings.staging)
            return done
        with replacing(settings.staging) as new, connect(new, settings.memory_bytes) as con:
            add_macros(con)
            create(con, taken.found, exports)
            list_names(con)
            hide_file_names(con)
            restore(con)
            hide_in_ids(con, own)
            forget(con, "ingest")
            tell_unread(con, done.unread)
            tell_taken(con)
            more = tell_mappings(con, sources, done.tables, exports, settings.mappings)
            in_force.keep(con, in_force.of_mappings(settings.mappings))
            standing.set_up(con, more)
            standing.keep(con, "ingest", inputs)
            con.execute("CHECKPOINT")
        done.remarks += more
    return done


def check(settings: Settings) -> Checked:
    """typed.* → clean.* and quarantine, judged at the cut-off; where all is as it was, they stay.

    Until it has ended well there is no cut-off, and nothing can be built of what it has made.
    """
    if not settings.staging.exists():
        raise UserError(say("error.staging_missing", file=settings.staging))
    asked = None if settings.as_of is None else parse_as_of(settings.as_of)
    inputs = in_force.one_hash(standing.of(settings.staging, "ingest"), in_force.of_checks(settings, asked))
    if standing.says(settings.staging, "check", inputs):
        with reading(settings.staging) as con:
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
        tell_unknown(con)
        with second_opinion(con) if settings.has_second_opinion else nullcontext() as second:
            clean(con, str(as_of), second=second)
        tell_lists(con)
        find_signals(con)
        measure_freshness(con, *nearness)
        tell_early(con, as_of, is_default=asked is None)
        con.execute("BEGIN")
        con.execute(f"CREATE TABLE cut_off AS SELECT TIMESTAMP '{as_of}' AS as_of")  # without it nothing is built
        standing.keep(con, "check", inputs)
        con.execute("COMMIT")
    return Checked(as_of)


def build(settings: Settings) -> Checked:
    """clean.* → marts, obligation and figures in a new book that takes the old one's place; where all is as it was, the book
    stays."""
    if settings.as_of is not None:
        check(settings)
    declared = rules(settings.rules)
    inputs = in_force.one_hash(standing.of(settings.staging, "check"), in_force.of_figures(settings))
    if standing.says(settings.db, "build", inputs):
        with reading(settings.db) as con:
            return Checked(dt.datetime.fromisoformat(first_row(con, "SELECT value FROM meta WHERE key = 'as_of'")[0]), True)
    with alone(settings.db), temporary(settings.db), building(settings.db, settings.staging, settings.memory_bytes) as con:
        as_of = _checked_at(con)
        fill_book(con, declared, as_of, settings)
        standing.set_up(con)
        standing.keep(con, "build", inputs)
    return Checked(as_of)


def fill_book(con: duckdb.DuckDBPyConnection, declared: list[Rule], as_of: dt.datetime, settings: Settings) -> None:
    """Every table of the book, from the clean.* on the search path."""
    build_marts(con, as_of, settings.calendar)
    build_obligations(con, declared, as_of, settings.month_by, settings.calendar)
    _rule_table(con, declared, settings.targets)
    build_figures(con)
    if settings.composite.get("is_on", False):
        build_composite(con, *(settings.composite.get(name, default) for name, default in COMPOSITE.items()))
    build_measures(con, as_of)
    for table in ("quarantine", "source_count", *PUBLISHED):
        con.execute(f"CREATE TABLE {table} AS SELECT * FROM staging.main.{table} ORDER BY ALL")
    _words_and_versions(con)
    con.execute("CREATE TABLE file_month AS SELECT file_no, file, file_month FROM staging.main.source_file ORDER BY file_no")
    tell_unmatched(con, declared)
    hide_in_book(con)
    _meta(con, as_of)
    in_force.keep(con, in_force.of_figures(settings) | (in_force.kept(con, "staging.main") or {}))
    weigh(con, settings.quality)


def _words_and_versions(con: duckdb.DuckDBPyConnection) -> None:
    """word: what the deciding columns say, as it was read; superseded: rows that another one stands for."""
    con.execute("CREATE TABLE word AS SELECT * EXCLUDE (said) FROM staging.main.word WHERE means IS NOT NULL ORDER BY ALL")
    con.execute("""CREATE TABLE superseded AS
SELECT o.source_table, s.file, o.row, new.file AS by_file, o.by_row, o.why
FROM staging.main.superseded AS o JOIN staging.main.source_file AS s USING (file_no)
JOIN staging.main.source_file AS new ON new.file_no = o.by_file_no ORDER BY ALL""")


def _checked_at(con: duckdb.DuckDBPyConnection) -> dt.datetime:
    try:
        return first_row(con, "SELECT as_of FROM staging.main.cut_off")[0]
    except (duckdb.CatalogException, duckdb.BinderException):
        raise UserError(say("error.unchecked")) from None


def _rule_table(con: duckdb.DuckDBPyConnection, declared: list[Rule], targets: dict[str, float]) -> None:
    for rule_id in targets:
        known_rule(rule_id)
    con.execute("""CREATE TABLE rule (  -- grain: one rule, with its words and settings as they were in force
        rule_no INTEGER, rule_id VARCHAR, clause VARCHAR, dimension VARCHAR, use VARCHAR, owner_role VARCHAR, version VARCHAR,
        label_zh VARCHAR, label_en VARCHAR, how_zh VARCHAR, how_en VARCHAR, words_zh VARCHAR, words_en VARCHAR,
        settings VARCHAR, target DOUBLE)""")  # target: the office's own share of 1, or NULL
    for number, rule in enumerate(declared, start=1):
        texts = [rule.text(key, lang) for key in ("label", "how") for lang in ("zh", "en")]
        words = [json.dumps(rule.sentence_words(lang), ensure_ascii=False, sort_keys=True) for lang in ("zh", "en")]
        zh, en = rule.setting_words("zh"), rule.setting_words("en")
        settings = [
            {"name": name, "value": value, "set_by": rule.set_by(name), "zh": zh[name], "en": en[name]}
            for name, value in rule.settings.items()
        ]
        head = [number, rule.id, rule.clause, *(rule.words[key] for key in ("dimension", "use", "owner", "version"))]
        row = [*head, *texts, *words, json.dumps(settings, ensure_ascii=False), targets.get(rule.id)]
        con.execute(f"INSERT INTO rule VALUES ({', '.join('?' * len(row))})", row)


def _meta(con: duckdb.DuckDBPyConnection, as_of: dt.datetime) -> None:
    first = first_row(con, "SELECT strftime(min(first_on), '%Y-%m') FROM period")[0]
    state_only = first_row(con, "SELECT coalesce(bool_or(is_state_only), false) FROM customer")[0]
    counted = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'staging' AND table_name = 'validation'"
    rows = {
        "as_of": str(as_of),
        "month_first": first,
        "month_last": newest_complete_month(as_of),
        "rules_version": RULES_VERSION,
        "second_opinion": str(first_row(con, counted)[0]),
        "snapshot_customers": "1" if state_only else "0",
    }
    con.execute("CREATE TABLE meta (key VARCHAR, value VARCHAR)")
    con.executemany("INSERT INTO meta VALUES (?, ?)", sorted(rows.items()))


def newest_complete_month(as_of: dt.datetime) -> str:
    """The last month that has ended by the cut-off."""
    this = f"{as_of:%Y-%m}"
    if month_end(this) <= as_of:
        return this
    last = as_of.replace(day=1) - dt.timedelta(days=1)
    return f"{last:%Y-%m}"
