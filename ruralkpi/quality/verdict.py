"""What is to be said first of a month's records: a verdict per export and county, and why the month may be published."""

from __future__ import annotations

from typing import Any

import duckdb

from ruralkpi.checks.again import said
from ruralkpi.checks.heard.freshness import NOWHERE
from ruralkpi.checks.heard.said import BUSY, EXPECTED
from ruralkpi.checks.heard.silence import EVERYWHERE
from ruralkpi.pages.typography import tenths
from ruralkpi.quality.gate import MIN_ROWS, default_share
from ruralkpi.texts import say

Row = dict[str, Any]
_CELLS = f"""
WITH base AS (
    SELECT source_table, coalesce(agent.county_id, '{NOWHERE}') AS county_id, sum(n) AS n
    FROM row_month LEFT JOIN agent USING (agent_id) WHERE month = $month GROUP BY ALL
), bad AS (
    SELECT source_table, coalesce(agent.county_id, '{NOWHERE}') AS county_id,
        count(DISTINCT (file_no, row)) FILTER (WHERE severity <> 'warn') AS reject_n,
        count(DISTINCT (file_no, row)) FILTER (WHERE severity = 'warn') AS warn_n
    FROM flaw LEFT JOIN agent USING (agent_id) WHERE month = $month GROUP BY ALL
), heard AS (SELECT source_table, county_id, last_on, is_early, is_header_only FROM freshness)
SELECT source_table, county_id, coalesce(base.n, 0), coalesce(reject_n, 0), coalesce(warn_n, 0), last_on,
    coalesce(is_early, false), coalesce(is_header_only, false)
FROM base FULL JOIN bad USING (source_table, county_id) FULL JOIN heard USING (source_table, county_id)
ORDER BY ALL"""


def verdict(con: duckdb.DuckDBPyConnection, month: str, lang: str = "zh") -> dict[str, Any]:
    """counties, and a line per export with a cell for each: (kind, words); busy exports and real counties first.

    kind: late (stops before the others, or holds a header only), faulty (rows to mend), seen (warnings only), good.
    """
    cells = {(row[0], row[1]): _cell(lang, *row[2:]) for row in con.execute(_CELLS, {"month": month}).fetchall()}
    shown = {key: cell for key, cell in cells.items() if cell}
    counties = sorted({county for _, county in shown}, key=lambda county: (county in (EVERYWHERE, NOWHERE), county))
    exports = sorted({table for table, _ in shown}, key=lambda table: (table not in BUSY, table))
    lines = [{"export": table, "cells": [shown.get((table, county)) for county in counties]} for table in exports]
    return {"counties": counties, "lines": lines}


def _cell(
    lang: str, n: int, reject_n: int, warn_n: int, last_on: Any, is_early: bool, is_header_only: bool
) -> tuple[str, str] | None:
    if is_header_only:
        return "late", say("quality.verdict.header_only", lang)
    if is_early:
        return "late", say("quality.verdict.late", lang, day=f"{last_on:%m-%d}") if last_on else say("quality.no_record", lang)
    if not n and not reject_n and not warn_n:
        return None
    if reject_n:
        share = tenths(reject_n / max(n, reject_n))
        return "faulty", say("quality.verdict.faulty", lang, n=reject_n, of=n, share=share)
    return (
        ("seen", say("quality.verdict.seen", lang, n=warn_n, of=n))
        if warn_n
        else ("good", say("quality.verdict.good", lang, of=n))
    )


def undelivered(con: duckdb.DuckDBPyConnection, lang: str = "zh") -> str:
    """The expected exports that nobody delivered, in any month, and what each leaves open; '' where all came."""
    came = {table for (table,) in con.execute("SELECT DISTINCT source_table FROM source_count").fetchall()}
    lacking = [say(f"quality.opens.{table}", lang) for table in EXPECTED if table not in came]
    return say("quality.undelivered", lang, exports=say("card.comma", lang).join(lacking)) if lacking else ""


def free(checks: list[Row], settings: dict[str, Any], lang: str = "zh") -> str:
    """Why nothing is held back: the limit, the smallest count that matters, and what is over the one but not the other."""
    share, least = default_share(settings), int(settings.get("min_rows", MIN_ROWS))
    limits = {str(key): float(value) for key, value in settings.get("limits", {}).items()}
    text = say("quality.free", lang, share=tenths(share), n=least)
    over = [
        say("quality.free_small", lang, words=what(one, lang), n=one["n"], of=one["base_n"])
        for one in checks
        if one["severity"] != "warn" and one["n"] and one["share"] > limits.get(f"{one['source_table']}.{one['code']}", share)
    ]
    return text + (say("quality.free_but", lang, n=least, ones=say("catalog.semicolon", lang).join(over)) if over else "")


def what(check: Row, lang: str) -> str:
    """What a check of check_list looks at."""
    return said(check["source_table"], check["code"], check["words"], lang)
