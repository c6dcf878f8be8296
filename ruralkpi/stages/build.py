"""clean.* → the book: marts, obligations and figures."""

from __future__ import annotations

import datetime as dt
import json
from functools import partial
from typing import Any

import duckdb

from ruralkpi.abreast import abreast
from ruralkpi.calendar.months import month_end, months_before
from ruralkpi.checks import PUBLISHED
from ruralkpi.databases import alone, building, glancing, temporary
from ruralkpi.errors import UserError
from ruralkpi.kpi import build_composite, build_figures
from ruralkpi.light_import import meanwhile
from ruralkpi.marts import build_marts
from ruralkpi.masking.handed_in import hide_in_book
from ruralkpi.measures import build_measures
from ruralkpi.obligations import build_obligations
from ruralkpi.obligations.declared import known_rule, rules_of
from ruralkpi.obligations.rule import MENDS, Rule
from ruralkpi.obligations.told import tell_all
from ruralkpi.quality.gate import weigh
from ruralkpi.settings import Settings
from ruralkpi.settings.form import COMPOSITE
from ruralkpi.sql import first_row, rows_of
from ruralkpi.stages import in_force, standing
from ruralkpi.stages.check import Checked, check
from ruralkpi.texts import say

RULES_VERSION = "2026.2"


def build(settings: Settings) -> Checked:
    """clean.* → marts, obligation and figures in a new book that takes the old one's place; where all is as it was, the book
    stays."""
    if settings.as_of is not None:
        check(settings)
    declared = rules_of(settings)
    inputs = in_force.one_hash(standing.of(settings.staging, "check"), in_force.of_figures(settings))
    if standing.says(settings.db, "build", inputs):
        with glancing(settings.db) as con:
            return Checked(dt.datetime.fromisoformat(first_row(con, "SELECT value FROM meta WHERE key = 'as_of'")[0]), True)
    with alone(settings.db), temporary(settings.db), building(settings.db, settings.staging, settings.memory_bytes) as con:
        as_of = _checked_at(con)
        with meanwhile("statsmodels.stats.proportion"):  # which takes as long as some marts
            fill_book(con, declared, as_of, settings)
        standing.set_up(con)
        standing.keep(con, "build", inputs)
    return Checked(as_of)


def fill_book(con: duckdb.DuckDBPyConnection, declared: list[Rule], as_of: dt.datetime, settings: Settings) -> None:
    """Every table of the book, from the clean.* on the search path."""
    derive(con, declared, as_of, settings)
    publish(con, declared, as_of, settings)


def derive(
    con: duckdb.DuckDBPyConnection, declared: list[Rule], as_of: dt.datetime, settings: Settings, is_sorted: bool = True
) -> None:
    """Marts, obligations, figures and measures: what either engine makes of clean.*, source_file, freshness and silent_month."""
    build_marts(con, as_of, settings.calendar, is_sorted)
    build_obligations(con, declared, as_of, settings.month_by, settings.calendar)
    _rule_table(con, declared, settings.targets)
    build_figures(con)
    if settings.composite.get("is_on", False):
        build_composite(con, *(settings.composite.get(name, default) for name, default in COMPOSITE.items()))
    build_measures(con, as_of)


def publish(con: duckdb.DuckDBPyConnection, declared: list[Rule], as_of: dt.datetime, settings: Settings) -> None:
    """What the book takes over from staging, and what is said of it as a whole; beside what `derive` has made."""
    abreast(con, {table: partial(_take_over, table=table) for table in ("quarantine", "source_count", *PUBLISHED)})
    _words_and_versions(con)
    con.execute("CREATE TABLE file_month AS SELECT file_no, file, file_month FROM staging.main.source_file ORDER BY file_no")
    tell_all(con, declared)
    hide_in_book(con)
    _meta(con, as_of)
    in_force.keep(con, in_force.of_figures(settings) | (in_force.kept(con, "staging.main") or {}))
    weigh(con, settings.quality)


def _take_over(con: duckdb.DuckDBPyConnection, table: str) -> None:
    con.execute(f"CREATE TABLE {table} AS SELECT * FROM staging.main.{table} ORDER BY ALL")


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
        known_rule(rule_id, [rule.id for rule in declared])
    con.execute("""CREATE TABLE rule (  -- grain: one rule, with its words and settings as they were in force
        rule_no INTEGER, rule_id VARCHAR, clause VARCHAR, dimension VARCHAR, use VARCHAR, owner_role VARCHAR, version VARCHAR,
        label_zh VARCHAR, label_en VARCHAR, how_zh VARCHAR, how_en VARCHAR, words_zh VARCHAR, words_en VARCHAR,
        settings VARCHAR, target DOUBLE, mend VARCHAR, mend_no INTEGER, mart VARCHAR)""")
    rows = []
    # target: the office's own share of 1, or NULL; mend: what is done when it is done late, mend_no: 1 gravest, or NULL;
    # mart: whose rows it owes each of, NULL where they are made for it alone
    for number, rule in enumerate(declared, start=1):
        texts = [rule.text(key, lang) for key in ("label", "how") for lang in ("zh", "en")]
        words = [json.dumps(rule.sentence_words(lang), ensure_ascii=False, sort_keys=True) for lang in ("zh", "en")]
        zh, en = rule.setting_words("zh"), rule.setting_words("en")
        settings = [
            {"name": name, "value": _by_day(value), "set_by": rule.set_by(name), "zh": zh[name], "en": en[name]}
            for name, value in rule.by_day().items()
        ]
        head = [number, rule.id, rule.clause, *(rule.words[key] for key in ("dimension", "use", "owner", "version"))]
        row = [*head, *texts, *words, json.dumps(settings, ensure_ascii=False), targets.get(rule.id)]
        each = rule.words["owed"]["each"]
        row += [rule.mend, MENDS[rule.mend] if rule.mend else None, None if " " in each else each]
        rows.append(row)
    con.execute(f"INSERT INTO rule VALUES {rows_of(rows)}")


def _by_day(value: Any) -> Any:
    """A dated setting as lines, oldest first; any other as it is."""
    return [{"since": day, "value": own} for day, own in sorted(value.items())] if isinstance(value, dict) else value


def _meta(con: duckdb.DuckDBPyConnection, as_of: dt.datetime) -> None:
    first = first_row(con, "SELECT strftime(min(first_on), '%Y-%m') FROM period")[0]
    state_only = first_row(con, "SELECT coalesce(bool_or(is_state_only), false) FROM customer")[0]
    delivered = "SELECT coalesce(string_agg(DISTINCT source_table, chr(10) ORDER BY source_table), '') FROM source_count"
    counted = "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'staging' AND table_name = 'validation'"
    rows = {
        "as_of": str(as_of),
        "exports": first_row(con, delivered)[0],
        "month_first": first,
        "month_last": newest_complete_month(as_of),
        "rules_version": RULES_VERSION,
        "second_opinion": str(first_row(con, counted)[0]),
        "snapshot_customers": "1" if state_only else "0",
    }
    con.execute("CREATE TABLE meta (key VARCHAR, value VARCHAR)")
    con.execute(f"INSERT INTO meta VALUES {rows_of(sorted(rows.items()))}")


def newest_complete_month(as_of: dt.datetime) -> str:
    """The last month that has ended by the cut-off."""
    this = f"{as_of:%Y-%m}"
    return this if month_end(this) <= as_of else months_before(this, 1)
