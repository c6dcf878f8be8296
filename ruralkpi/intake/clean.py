"""typed.* → clean.* and quarantine: good rows go on, the newest of each key; the others stay with their reasons."""

from __future__ import annotations

import duckdb

from ruralkpi.intake.checks import checks_of
from ruralkpi.intake.contract import Export, built_in
from ruralkpi.sql import literal, name
from ruralkpi.texts import say

QUARANTINE = """
CREATE TABLE quarantine (  -- grain: one reason why one row was kept out
    source_table VARCHAR, file VARCHAR, row BIGINT, code VARCHAR, message VARCHAR, severity VARCHAR, record VARCHAR
)"""


def clean(con: duckdb.DuckDBPyConnection, as_of: str) -> None:
    """Judge typed.* at the cut-off `as_of` and create clean.<export>, quarantine and source_count."""
    con.execute("CREATE SCHEMA clean")
    con.execute(QUARANTINE)
    con.execute("CREATE TABLE superseded (file_no INTEGER, n BIGINT)  -- rows with a newer record of the same key")
    for export in built_in().values():
        _judge(con, export, as_of)
        _keep(con, export)
        if export.alike:
            _count_once(con, export)
    con.execute(_counts())
    _nothing_lost(con)


def _judge(con: duckdb.DuckDBPyConnection, export: Export, as_of: str) -> None:
    """Tag every row with all its reasons in one pass, then word the reasons of the few rows that have any."""
    checks = list(checks_of(export, as_of))
    table = name(export.name)
    tags = ", ".join(f"CASE WHEN {check.bad} THEN {n} END" for n, check in enumerate(checks))
    words = " ".join(f"WHEN {n} THEN {check.message}" for n, check in enumerate(checks))
    codes = ", ".join(f"({n}, {literal(c.code)}, {literal(c.severity)})" for n, c in enumerate(checks))
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE tag AS
SELECT t.file_no, t.row, unnest(list_filter([{tags}], lambda x: x IS NOT NULL)) AS n
FROM typed.{table} t JOIN raw.{table} r USING (file_no, row)""")
    con.execute(f"""
INSERT INTO quarantine
SELECT {literal(export.name)}, s.file, r.row, c.code, CASE n {words} END, c.severity, {record_of(export, "r")}
FROM tag JOIN raw.{table} r USING (file_no, row) JOIN source_file s USING (file_no)
JOIN (VALUES {codes}) AS c(n, code, severity) USING (n)
ORDER BY file_no, row, n""")
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE good AS
SELECT t.* FROM typed.{table} t
ANTI JOIN (SELECT file_no, row FROM tag JOIN (VALUES {codes}) AS c(n, code, severity) USING (n)
           WHERE severity = 'reject') USING (file_no, row)""")


def record_of(export: Export, row: str) -> str:
    """SQL: the raw row as JSON under the headers people know, empty cells left out."""
    pairs = ", ".join(f"{literal(c.title)}: {row}.{name(c.name)}" for c in export.columns.values())
    return f"CAST(json_merge_patch('{{}}', to_json({{{pairs}}})) AS VARCHAR)"


def _keep(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """The newest record of each key: the newer file's; in one file the fuller and later one, whatever the row order."""
    key = [name(column) for column in export.key]
    parts = list(key)
    if export.snapshot:
        undated = " AND ".join(f"{column} IS NULL" for column in key[1:])
        parts.append(f"CASE WHEN {undated} THEN file_month END")
    stamps = [name(c.name) for c in export.columns.values() if c.kind == "stamp"]
    newest = f"greatest({', '.join(stamps)})" if len(stamps) > 1 else (stamps or ["NULL"])[0]
    texts = ", ".join(f"CAST({name(column)} AS VARCHAR)" for column in export.columns)
    order = f"file_no DESC, {newest} DESC NULLS LAST, concat_ws('|', {texts}) DESC, row DESC"
    table = name(export.name)
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE aged AS
SELECT *, CASE WHEN {key[0]} IS NULL THEN 1 ELSE row_number() OVER (PARTITION BY {", ".join(parts)} ORDER BY {order}) END AS newness,
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
INSERT INTO quarantine
SELECT {literal(export.name)}, s.file, r.row, 'suspected_duplicate', {literal(say("check.suspected_duplicate"))}, 'reject', {record_of(export, "r")}
FROM twin JOIN raw.{table} r USING (file_no, row) JOIN source_file s USING (file_no) ORDER BY file_no, row""")
    con.execute(f"DELETE FROM clean.{table} WHERE (file_no, row) IN (SELECT file_no, row FROM twin)")


def _counts() -> str:
    """source_count: per sheet read = blank + clean + superseded + quarantined, each row in one of them."""
    clean_rows = " UNION ALL ".join(f"SELECT file_no, count(*) AS n FROM clean.{name(t)} GROUP BY 1" for t in built_in())
    return f"""
CREATE TABLE source_count AS  -- grain: one sheet of a file
WITH good AS ({clean_rows}),
bad AS (SELECT file, source_table, count(DISTINCT row) AS n FROM quarantine WHERE severity = 'reject' GROUP BY ALL)
SELECT s.file, s.source_table, s.encoding, s.header_row, s.read_n, s.blank_n, coalesce(good.n, 0) AS clean_n,
    coalesce(old.n, 0) AS superseded_n, coalesce(bad.n, 0) AS quarantined_n,
    s.mapping, s.absent, s.unknown_headers
FROM source_file s LEFT JOIN good USING (file_no)
LEFT JOIN superseded old USING (file_no) LEFT JOIN bad USING (file, source_table) ORDER BY file_no"""


def _nothing_lost(con: duckdb.DuckDBPyConnection) -> None:
    """Raises RuntimeError when a row read is neither blank, clean, superseded nor quarantined."""
    lost = con.execute(
        "SELECT file, read_n, blank_n, clean_n, superseded_n, quarantined_n FROM source_count "
        "WHERE read_n <> blank_n + clean_n + superseded_n + quarantined_n"
    ).fetchall()
    if lost:
        raise RuntimeError(f"rows read and rows accounted for differ: {lost}")
