"""reports/M/quality/: what was read, what is wrong with it and whose it is; one page without a network.

Great Expectations' own Data Docs are not used: they load from the network, speak English and know no agents,
months or workbooks. Its counts stand beside ours on the page instead.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import jinja2

from ruralkpi.checks.again import why
from ruralkpi.checks.heard.freshness import NOWHERE
from ruralkpi.checks.heard.said import BUSY
from ruralkpi.checks.heard.silence import EVERYWHERE
from ruralkpi.checks.signals import SIGNALS
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.vocabulary import UNKNOWN
from ruralkpi.intake.told import lines
from ruralkpi.masking import mask_person
from ruralkpi.pages.typography import environment, masked, tenths
from ruralkpi.quality.gate import default_share
from ruralkpi.quality.mend import workbooks
from ruralkpi.quality.verdict import free, undelivered, verdict, what
from ruralkpi.spoken import again
from ruralkpi.texts import cut_off, say
from ruralkpi.whole import write

Row = dict[str, Any]
_SHOWN = 200  # rows listed on the page; all are in the workbooks
_WHY = "list(code ORDER BY code, message) AS codes, list(message ORDER BY code, message) AS texts"
_QUERIES = {
    "files": """SELECT c.*, f.file_month FROM source_count AS c JOIN file_month AS f USING (file)
        WHERE f.file_month = $month OR (f.file_month = '' AND $is_last) ORDER BY quarantined_n DESC, file""",
    "checks": """WITH base AS (SELECT source_table, sum(n) AS n FROM row_month WHERE month = $month GROUP BY 1),
        bad AS (SELECT source_table, code, column_name, count(*) AS n FROM flaw WHERE month = $month GROUP BY ALL),
        gone AS (SELECT source_table, code, count(*) AS n FROM mended GROUP BY ALL)
        SELECT c.*, coalesce(bad.n, 0) AS n, base.n AS base_n, coalesce(bad.n, 0) / base.n AS share
        FROM check_list AS c JOIN base USING (source_table) LEFT JOIN bad USING (source_table, code, column_name)
        ORDER BY coalesce(bad.n, 0) DESC, source_table, check_no""",
    "trend": """WITH base AS (SELECT month, sum(n) AS n FROM row_month WHERE month <> '' AND month <= $month GROUP BY 1),
        bad AS (SELECT month, count(DISTINCT (source_table, file_no, row)) FILTER (WHERE severity = 'reject') AS reject_n,
            count(DISTINCT (source_table, file_no, row)) FILTER (WHERE severity = 'warn') AS warn_n FROM flaw GROUP BY 1)
        SELECT month, base.n AS base_n, coalesce(reject_n, 0) AS reject_n, coalesce(warn_n, 0) AS warn_n
        FROM base LEFT JOIN bad USING (month) ORDER BY month DESC LIMIT 13""",
    "agents": """WITH base AS (SELECT agent_id, sum(n) AS n FROM row_month WHERE month = $month GROUP BY 1),
        bad AS (SELECT agent_id, count(DISTINCT (source_table, file_no, row)) FILTER (WHERE severity = 'reject') AS reject_n,
            count(DISTINCT (source_table, file_no, row)) FILTER (WHERE severity = 'warn') AS warn_n
            FROM flaw WHERE month = $month GROUP BY 1)
        SELECT agent.agent_id, agent_name, agent.area_id, base.n AS base_n,
            coalesce(reject_n, 0) AS reject_n, coalesce(warn_n, 0) AS warn_n
        FROM agent JOIN base USING (agent_id) LEFT JOIN bad USING (agent_id)
        ORDER BY coalesce(reject_n, 0) DESC, coalesce(warn_n, 0) DESC, agent.area_id, agent_id""",
    "rows": f"""SELECT source_table, file, row, agent_id, severity, {_WHY} FROM flaw
        WHERE month = $month GROUP BY source_table, file_no, file, row, agent_id, severity
        ORDER BY severity, source_table, file_no, row LIMIT {_SHOWN}""",
    "signals": """SELECT signal, agent_id, area_id, flagged_n, base_n, share, area_share FROM signal
        WHERE month = $month ORDER BY ALL""",
    "history": f"""SELECT source_table, file, row, {_WHY}, by_file, by_row FROM mended
        GROUP BY ALL ORDER BY by_file, by_row""",
    "words": f"""SELECT source_table, column_name, text, CAST(sum(n) AS BIGINT) AS n FROM word
        WHERE list_contains(string_split(means, ' '), '{UNKNOWN}')
        GROUP BY ALL ORDER BY n DESC, source_table, column_name, text LIMIT {_SHOWN}""",
    "taken": "SELECT * FROM taken_off ORDER BY ALL",
    "freshness": """SELECT source_table, county_id, last_on, is_header_only, is_early FROM freshness
        WHERE last_on IS NOT NULL OR is_header_only OR is_early ORDER BY ALL""",
    "silent": """SELECT source_table, string_agg(words, '、' ORDER BY words) AS months
        FROM (SELECT source_table, concat_ws(' ', nullif(county_id, '*'), month) AS words FROM silent_month)
        GROUP BY ALL ORDER BY ALL""",
    "gate": "SELECT * FROM gate WHERE month = $month ORDER BY ALL",
    "elsewhere": "SELECT * FROM gate WHERE month <> $month ORDER BY month DESC, source_table, code, agent_id LIMIT 20",
    "notes": """SELECT n.kind, n.text, f.file, n.row FROM note AS n JOIN file_month AS f USING (file_no)
        WHERE n.kind <> 'header' AND (f.file_month = $month OR (f.file_month = '' AND $is_last)) ORDER BY ALL LIMIT 50""",
}


def quality_report(
    con: duckdb.DuckDBPyConnection,
    out: Path,
    month: str,
    settings: dict[str, Any],
    tell: Callable[[str], None] = lambda line: None,
    lang: str = "zh",
) -> Path:
    """Write the page (in `lang`) and the workbooks of a month from the published tables; returns the page's path.

    `tell` gets a line for each workbook that somebody has worked on, which stays as it is.
    """
    folder = out / month / "quality"
    folder.mkdir(parents=True, exist_ok=True)
    found = {name: _fetch(con, sql, month) for name, sql in _QUERIES.items()}
    meta = dict(con.execute("SELECT key, value FROM meta").fetchall())
    files = workbooks(con, folder, month, tell, lang)
    agents = [
        agent | {"name": mask_person(agent["agent_name"]), "file": files.get(agent["agent_id"])} for agent in found["agents"]
    ]
    page = _environment(lang).get_template("quality.html.j2").render(
        lang=lang, say=lambda key, **values: say(key, lang, **values), month=month, version=meta["rules_version"],
        as_of=cut_off(dt.datetime.fromisoformat(meta["as_of"])), max_share=default_share(settings),
        masked=masked(lang), counted_twice=meta.get("second_opinion", "1") == "1",
        total=_total(found), agents=agents, others=files.get(""), signals=_signals(found["signals"]), shown=_SHOWN,
        heard=_heard(found["freshness"]), told=[again(line, lang) for line in lines(con, lang)],
        free=free(found["checks"], settings, lang), verdict=verdict(con, month, lang), undelivered=undelivered(con, lang),
        **{name: rows for name, rows in found.items() if name not in ("agents", "signals", "freshness")},
    )  # fmt: skip
    write(folder / "index.html", page + "\n")
    return folder / "index.html"


def _fetch(con: duckdb.DuckDBPyConnection, sql: str, month: str) -> list[Row]:
    values = {"month": month} if "$month" in sql else {}
    if "$is_last" in sql:
        values["is_last"] = month == con.execute("SELECT value FROM meta WHERE key = 'month_last'").fetchone()[0]  # type: ignore[index]
    done = con.execute(sql, values)
    names = [column[0] for column in done.description]
    return [dict(zip(names, row, strict=True)) for row in done.fetchall()]


def _total(found: dict[str, list[Row]]) -> Row:
    sums: Row = {
        name: sum(row[name] for row in found["files"])
        for name in ("read_n", "blank_n", "note_n", "clean_n", "superseded_n", "quarantined_n")
    }
    this = found["trend"][0] if found["trend"] else {"base_n": 0, "reject_n": 0, "warn_n": 0}
    return sums | {"files": len(found["files"]), "warn_n": this["warn_n"], "mended_n": len(found["history"])}


def _heard(rows: list[Row]) -> dict[str, Any]:
    """A line a county, a cell an export: busy exports first."""
    exports = sorted({row["source_table"] for row in rows}, key=lambda table: (table not in BUSY, table))
    counties = sorted({row["county_id"] for row in rows}, key=lambda county: (county in (EVERYWHERE, NOWHERE), county))
    cells = {(row["county_id"], row["source_table"]): row for row in rows}
    lines = [{"county": county, "cells": [cells.get((county, table)) for table in exports]} for county in counties]
    return {"exports": exports, "lines": lines}


def _signals(rows: list[Row]) -> list[Row]:
    """Each signal with its sum over the month and the agents who show it, most often first."""
    made = []
    for signal in SIGNALS:
        own = [row for row in rows if row["signal"] == signal]
        flagged = [row for row in own if row["flagged_n"]]
        flagged.sort(key=lambda row: (-row["share"], row["agent_id"]))
        sums = {name: sum(row[name] for row in own) for name in ("flagged_n", "base_n")}
        made.append({"signal": signal, "agents": flagged[:12], "more_n": max(len(flagged) - 12, 0), **sums})
    return made


@cache
def _environment(lang: str) -> jinja2.Environment:
    made = environment("quality").overlay()
    made.filters = made.filters | {
        "percent": tenths,
        "export": lambda table: built_in()[table].files[0] if lang == "zh" else table,
        "column": lambda column, table: built_in()[table].columns[column].title if lang == "zh" else column,
        "what": lambda check: what(check, lang),
        "why": lambda row: why(row["source_table"], row["codes"], row["texts"], lang),
    }
    return made
