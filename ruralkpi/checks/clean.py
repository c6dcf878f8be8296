"""typed.* → clean.* and quarantine: good rows go on, the newest of each key; the others stay with their reasons."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from ruralkpi.checks.judge import CHECK_LIST, FLAW, ROW_MONTH, Second, judge, record_of
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import ORIGIN, Export
from ruralkpi.sql import literal, name
from ruralkpi.texts import say

TABLES = ("quarantine", "flaw", "mended", "superseded", "source_count", "check_list", "row_month")
_MENDED = """
CREATE TABLE mended (  -- grain: one reason for which a row was kept out, and the later row that stands in its place
    source_table VARCHAR, file_no INTEGER, file VARCHAR, row BIGINT, code VARCHAR, message VARCHAR,
    by_file VARCHAR, by_row BIGINT
)"""


def clean(
    con: duckdb.DuckDBPyConnection, as_of: str, exports: Iterable[Export] | None = None, second: Second | None = None
) -> None:
    """Judge typed.* at the cut-off `as_of` and create clean.<export>, quarantine and source_count.

    `exports`: all by default; the others must be in schema clean already. `second`: see judge.
    """
    con.execute("CREATE SCHEMA IF NOT EXISTS clean")
    for table in (FLAW, CHECK_LIST, ROW_MONTH, _MENDED, "CREATE TABLE superseded (file_no INTEGER, n BIGINT)"):
        con.execute(table)
    for export in built_in().values() if exports is None else exports:
        judge(con, export, as_of, second)
        _keep(con, export)
        if export.alike:
            _count_once(con, export)
        _mend(con, export)
    con.execute("""
CREATE TABLE quarantine AS  -- grain: one reason why one row was kept out (reject) or marked (warn)
SELECT source_table, file, row, code, message, severity, record FROM flaw ORDER BY source_table, file_no, row, code, message""")
    con.execute(_counts())
    _nothing_lost(con)


def _keep(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """The newest record of each key: the newer file's; in one file the fuller and later one, whatever the row order."""
    key = [name(column) for column in export.key]
    parts = list(key)
    if export.snapshot:
        undated = " AND ".join(f"{column} IS NULL" for column in key[1:])
        parts.append(f"CASE WHEN {undated} THEN file_month END")
    stamps = [name(c.name) for c in export.columns.values() if c.kind == "stamp"]
    newest = f"greatest({', '.join(stamps)})" if len(stamps) > 1 else (stamps or ["NULL"])[0]
    texts = ", ".join(f"CAST({name(column)} AS VARCHAR)" for column in export.columns if column not in ORIGIN)
    order = f"file_no DESC, {newest} DESC NULLS LAST, concat_ws('|', {texts}) DESC, row DESC"
    table = name(export.name)
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE aged AS
SELECT *, CASE WHEN {key[0]} IS NULL THEN 1
        ELSE row_number() OVER (PARTITION BY {", ".join(parts)} ORDER BY {order}) END AS newness,
    CASE WHEN {key[0]} IS NULL THEN 1 ELSE count(*) OVER (PARTITION BY {", ".join(parts)}) END AS version_n
FROM good""")
    con.execute(f"CREATE TABLE clean.{table} AS SELECT * EXCLUDE (newness) FROM aged WHERE newness = 1 ORDER BY file_no, row")
    con.execute("INSERT INTO superseded SELECT file_no, count(*) FROM aged WHERE newness > 1 GROUP BY 1")


def _count_once(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Rows without an id that repeat another within 10 minutes are listed and left out (X15)."""
    table, ident, at = name(export.name), name(export.key[0]), name(export.alike["at"])
    same = ", ".join(name(column) for column in export.alike["same"])
    window = f"PARTITION BY {same} ORDER BY {at}, {ident} NULLS LAST, file_no, row"
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE twin AS
SELECT file_no, row FROM (
    SELECT file_no, row, {ident} AS ident, {at} AS moment, lag({at}) OVER w AS before, lead({at}) OVER w AS after,
        lead({ident}) OVER w AS next_ident
    FROM clean.{table} WINDOW w AS ({window})
) WHERE ident IS NULL
    AND (moment - before <= INTERVAL 10 MINUTE OR (next_ident IS NOT NULL AND after - moment <= INTERVAL 10 MINUTE))""")
    con.execute(f"""
INSERT INTO flaw
SELECT {literal(export.name)}, file_no, s.file, r.row, 'suspected_duplicate', {literal(export.key[0])},
    {literal(say("check.suspected_duplicate"))}, 'reject', {record_of(export, "r")}, {record_of(export, "r")},
    coalesce(nullif(s.file_month, ''), strftime(t.{at}, '%Y-%m')), t."agent_id"
FROM twin JOIN clean.{table} t USING (file_no, row) JOIN raw.{table} r USING (file_no, row) JOIN source_file s USING (file_no)
ORDER BY file_no, row""")
    con.execute(f"DELETE FROM clean.{table} WHERE (file_no, row) IN (SELECT file_no, row FROM twin)")


def _mend(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Rows kept out that were handed in again and are now good count as superseded: by their place, else by their key."""
    table, key = name(export.name), [name(column) for column in export.key]
    same_key = " AND ".join(f"bad.{column} = good.{column}" for column in key) if not export.snapshot else "false"
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE remade AS
WITH kept_out AS (
    SELECT DISTINCT file_no, file, row FROM flaw WHERE source_table = {literal(export.name)} AND severity = 'reject'
),
again AS (
    SELECT bad.file_no, bad.row, good.file_no AS by_file_no, good.row AS by_row
    FROM kept_out AS bad JOIN clean.{table} AS good ON good.origin_file = bad.file AND good.origin_row = CAST(bad.row AS VARCHAR)
    UNION ALL
    SELECT bad.file_no, bad.row, good.file_no, good.row
    FROM kept_out JOIN typed.{table} AS bad USING (file_no, row) JOIN clean.{table} AS good ON {same_key}
)
SELECT file_no, row, max(by_file_no) AS by_file_no, arg_max(by_row, by_file_no) AS by_row
FROM again WHERE by_file_no > file_no GROUP BY ALL""")
    con.execute(f"""
INSERT INTO mended
SELECT f.source_table, f.file_no, f.file, f.row, f.code, f.message, s.file, remade.by_row
FROM flaw f JOIN remade USING (file_no, row) JOIN source_file s ON s.file_no = remade.by_file_no
WHERE f.source_table = {literal(export.name)} ORDER BY f.file_no, f.row, f.code""")
    con.execute(
        f"DELETE FROM flaw WHERE source_table = {literal(export.name)} AND (file_no, row) IN (SELECT file_no, row FROM remade)"
    )
    con.execute("INSERT INTO superseded SELECT file_no, count(*) FROM remade GROUP BY 1")


def _counts() -> str:
    """source_count: per sheet read = blank + clean + superseded + quarantined, each row in one of them; notes are blank."""
    clean_rows = " UNION ALL ".join(f"SELECT file_no, count(*) AS n FROM clean.{name(t)} GROUP BY 1" for t in built_in())
    return f"""
CREATE TABLE source_count AS  -- grain: one sheet of a file
WITH good AS ({clean_rows}),
bad AS (SELECT file_no, count(DISTINCT row) AS n FROM flaw WHERE severity = 'reject' GROUP BY ALL),
old AS (SELECT file_no, sum(n) AS n FROM superseded GROUP BY 1)
SELECT s.file, s.source_table, s.encoding, s.header_row, s.read_n, s.blank_n, coalesce(good.n, 0) AS clean_n,
    CAST(coalesce(old.n, 0) AS BIGINT) AS superseded_n, coalesce(bad.n, 0) AS quarantined_n,
    s.note_n, s.mapping, s.absent, s.unknown_headers
FROM source_file s LEFT JOIN good USING (file_no)
LEFT JOIN old USING (file_no) LEFT JOIN bad USING (file_no) ORDER BY file_no"""


def _nothing_lost(con: duckdb.DuckDBPyConnection) -> None:
    """Raises RuntimeError when a row read is neither blank, clean, superseded nor quarantined."""
    lost = con.execute(
        "SELECT file, read_n, blank_n, clean_n, superseded_n, quarantined_n FROM source_count "
        "WHERE read_n <> blank_n + clean_n + superseded_n + quarantined_n"
    ).fetchall()
    if lost:
        raise RuntimeError(f"rows read and rows accounted for differ: {lost}")
