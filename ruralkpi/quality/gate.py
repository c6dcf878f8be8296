"""The gate: too many faulty rows hold a month back, or only the agents whose rows they are."""

from __future__ import annotations

from typing import Any

import duckdb

from ruralkpi.checks.check import ANY_DAY, checks_of
from ruralkpi.errors import UserError, nearest
from ruralkpi.exports.declared import built_in
from ruralkpi.sql import literal
from ruralkpi.texts import say

MAX_SHARE, MIN_ROWS = 0.1, 10  # of a check's rows in a month; fewer faulty rows than this hold nothing back
# ours: the standard is silent
_WEIGH = """
CREATE TABLE gate AS  -- grain: one check, month and who is held back; agent_id is NULL for the whole month
WITH month_rows AS (
    SELECT source_table, month, agent_id, sum(n) AS n FROM row_month GROUP BY ALL
),
base AS (SELECT source_table, month, sum(n) AS n FROM month_rows GROUP BY ALL),
bad AS (
    SELECT f.source_table, f.month, f.code, f.agent_id, count(DISTINCT (f.file_no, f.row)) AS n,
        bool_or(f.severity = 'stop') AS is_stop
    FROM flaw AS f WHERE f.severity <> 'warn' GROUP BY ALL
),
own AS (
    SELECT bad.*, month_rows.n AS own_n, limits.max_share
    FROM bad JOIN limits USING (source_table, code)
    LEFT JOIN month_rows ON month_rows.source_table = bad.source_table AND month_rows.month = bad.month
        AND month_rows.agent_id IS NOT DISTINCT FROM bad.agent_id
),
total AS (
    SELECT source_table, month, code, sum(own.n) AS bad_n, any_value(base.n) AS base_n, max(max_share) AS max_share,
        bool_or(is_stop) AS is_stop,
        sum(own.n) FILTER (WHERE agent_id IS NULL OR own.n <= own_n * max_share OR own.n < {min_rows}) AS rest_n
    FROM own JOIN base USING (source_table, month) GROUP BY ALL
),
held AS (
    SELECT *, is_stop OR (rest_n > base_n * max_share AND rest_n >= {min_rows}) AS is_month FROM total
    WHERE is_stop OR (bad_n > base_n * max_share AND bad_n >= {min_rows})
)
SELECT source_table, month, code, NULL AS agent_id, bad_n, base_n, max_share FROM held WHERE coalesce(is_month, false)
UNION ALL
SELECT own.source_table, own.month, own.code, own.agent_id, own.n, own.own_n, own.max_share
FROM own JOIN held USING (source_table, month, code)
WHERE NOT coalesce(held.is_month, false) AND own.agent_id IS NOT NULL
    AND own.n > own.own_n * own.max_share AND own.n >= {min_rows}
ORDER BY ALL"""


def weigh(con: duckdb.DuckDBPyConnection, settings: dict[str, Any]) -> None:
    """Create gate from flaw, and note in meta which months and agents it holds back, so that a card can say it.

    `settings`: max_share, min_rows, and limits by ``export.code``. Raises UserError for a limit of a check that does not exist.
    """
    limits = {str(key): float(value) for key, value in settings.get("limits", {}).items()}
    if limits:
        _refuse_unknown(limits)
    cases = " ".join(f"WHEN {literal(key)} THEN {value}" for key, value in sorted(limits.items()))
    share = (
        f"CASE source_table || '.' || code {cases} ELSE {default_share(settings)} END" if cases else str(default_share(settings))
    )
    con.execute(
        "CREATE OR REPLACE TEMP TABLE limits AS "
        f"SELECT DISTINCT source_table, code, CAST({share} AS DOUBLE) AS max_share FROM flaw"
    )
    con.execute(_WEIGH.format(min_rows=int(settings.get("min_rows", MIN_ROWS))))
    con.execute("DROP TABLE limits")
    for key, where in (("held_months", "agent_id IS NULL"), ("held_agents", "agent_id IS NOT NULL")):
        con.execute(
            f"INSERT INTO meta SELECT '{key}', coalesce(string_agg(DISTINCT held, chr(10) ORDER BY held), '') "
            f"FROM (SELECT concat_ws('/', month, agent_id) AS held FROM gate WHERE {where})"
        )


def _refuse_unknown(limits: dict[str, float]) -> None:
    known = [f"{export.name}.{check.code}" for export in built_in().values() for check in checks_of(export, ANY_DAY)]
    for key in sorted(set(limits) - set(known)):
        near = "、".join(nearest(key, known)) or "visits.bad_time"
        raise UserError(say("error.config_unknown", file="ruralkpi.toml", name=f"quality.limits.{key}", near=near))


def default_share(settings: dict[str, Any]) -> float:
    """The share of faulty rows beyond which a check holds a month back, where no limit of its own is set."""
    return float(settings.get("max_share", MAX_SHARE))


def held_back(con: duckdb.DuckDBPyConnection, month: str) -> list[dict[str, Any]]:
    """What the gate holds back of a month: check, rows, limit and agent_id (None: the whole month)."""
    done = con.execute(
        "SELECT source_table, code, agent_id, bad_n, base_n, max_share FROM gate WHERE month = ? ORDER BY ALL", [month]
    )
    names = ("source_table", "code", "agent_id", "bad_n", "base_n", "max_share")
    rows = [dict(zip(names, row, strict=True)) for row in done.fetchall()]
    return [row | {"export": built_in()[row["source_table"]].files[0]} for row in rows]
