"""Rows without an id that repeat another within ten minutes: counted once, by the one that says most (X15)."""

from __future__ import annotations

import duckdb

from ruralkpi.checks.judge import record_of
from ruralkpi.exports.form import Export
from ruralkpi.sql import first_row, literal, name
from ruralkpi.texts import say

_WITHIN = "INTERVAL 10 MINUTE"


def count_once(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """List the rows of clean.<export> that another row of their group stands for as suspected duplicates, and leave them out.

    A group: rows of the same agent, customer and kind, all within ten minutes of its first, one of them at least without id.
    """
    _groups(con, export)
    table, ident, at = name(export.name), name(export.key[0]), name(export.alike["at"])
    most = ", ".join(f"CASE WHEN {sql} THEN 0 ELSE 1 END" for sql in export.alike.get("most", []))
    order = ", ".join(part for part in (most, "file_no DESC", f"{at} DESC", "row DESC") if part)
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE twin AS
SELECT file_no, row FROM (
    SELECT t.file_no, t.row, t.{ident} AS ident, row_number() OVER (PARTITION BY g.group_no ORDER BY {order}) AS choice
    FROM clean.{table} AS t JOIN near AS g USING (file_no, row)
) WHERE choice > 1 AND ident IS NULL""")
    con.execute(f"""
INSERT INTO flaw
SELECT {literal(export.name)}, file_no, s.file, r.row, 'suspected_duplicate', {literal(export.key[0])},
    {literal(say("check.suspected_duplicate"))}, 'reject', {record_of(export, "r")}, {record_of(export, "r")},
    coalesce(nullif(s.file_month, ''), strftime(t.{at}, '%Y-%m')), t."agent_id"
FROM twin JOIN clean.{table} t USING (file_no, row) JOIN raw.{table} r USING (file_no, row) JOIN source_file s USING (file_no)
ORDER BY file_no, row""")
    con.execute(f"DELETE FROM clean.{table} WHERE (file_no, row) IN (SELECT file_no, row FROM twin)")


def _groups(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """near: the rows that stand near another one, with the number of their group, among those that have a row without id beside
    them: others are nobody's twins.

    A chain of rows, each within ten minutes of the one before, is cut at the first row past ten minutes of its first
    one, again and again; nearly every chain is one group.
    """
    table, ident, at = name(export.name), name(export.key[0]), name(export.alike["at"])
    facts = [name(column) for column in export.alike["same"]]
    same, alike = ", ".join(facts), " AND ".join(f"t.{fact} IS NOT DISTINCT FROM nameless.{fact}" for fact in facts)
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE near AS
WITH nameless AS (SELECT DISTINCT {same} FROM clean.{table} WHERE {ident} IS NULL),
beside AS (
    SELECT file_no, row, {same}, {ident} AS ident, {at} AS moment,
        CASE WHEN {at} - lag({at}) OVER w <= {_WITHIN} THEN 0 ELSE 1 END AS is_new
    FROM clean.{table} AS t SEMI JOIN nameless ON {alike} WINDOW w AS (PARTITION BY {same} ORDER BY {at}, file_no, row)
), chained AS (
    SELECT *, sum(is_new) OVER (ORDER BY {same}, moment, file_no, row) AS chain_no FROM beside
)
SELECT file_no, row, moment, chain_no, CAST(NULL AS TIMESTAMP) AS group_at, CAST(NULL AS VARCHAR) AS group_no
FROM chained WHERE chain_no IN (SELECT chain_no FROM chained GROUP BY 1 HAVING count(*) > 1 AND count(ident) < count(*))""")
    while first_row(con, "SELECT count(*) FROM near WHERE group_at IS NULL")[0]:
        con.execute(f"""
UPDATE near SET group_at = first.moment, group_no = near.chain_no || '/' || CAST(first.moment AS VARCHAR)
FROM (SELECT chain_no, min(moment) AS moment FROM near WHERE group_at IS NULL GROUP BY 1) AS first
WHERE first.chain_no = near.chain_no AND near.group_at IS NULL AND near.moment <= first.moment + {_WITHIN}""")
