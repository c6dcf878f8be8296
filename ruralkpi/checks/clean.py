"""typed.* → clean.* and quarantine: good rows go on, the newest of each key; the others stay with their reasons."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from ruralkpi.checks.judge import CHECK_LIST, FLAW, ROW_MONTH, Second, delivered, judge, uncount
from ruralkpi.checks.personal import find_personal_ids
from ruralkpi.checks.persons import find_persons
from ruralkpi.checks.same.twins import count_once
from ruralkpi.checks.same.versions import SUPERSEDED, agreeing, facts, keep_newest
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Export
from ruralkpi.sql import first_row, literal, name

TABLES = ("quarantine", "flaw", "mended", "superseded", "source_count", "check_list", "row_month", "personal_id")
_MENDED = """
CREATE TABLE mended (  -- grain: one reason for which a row was kept out, and the later row that stands in its place
    source_table VARCHAR, file_no INTEGER, file VARCHAR, row BIGINT, code VARCHAR, message VARCHAR,
    by_file VARCHAR, by_row BIGINT
)"""


def clean(
    con: duckdb.DuckDBPyConnection,
    as_of: str,
    exports: Iterable[Export] | None = None,
    second: Second | None = None,
    is_told: bool = True,
) -> None:
    """Judge typed.* at the cut-off `as_of` and create clean.<export>, quarantine and source_count.

    `exports`: all by default; the others must be in schema clean already. `second`: see judge. Unless `is_told`, clean.* is all
    that is wanted: no quarantine.
    """
    con.execute("CREATE SCHEMA IF NOT EXISTS clean")
    for table in (FLAW, CHECK_LIST, ROW_MONTH, _MENDED, SUPERSEDED):
        con.execute(table)
    chosen = list(built_in().values() if exports is None else exports)
    find_personal_ids(con)
    find_persons(con, chosen)
    here = delivered(con)
    for export in chosen:
        judge(con, export, as_of, here, second, is_told)
        keep_newest(con, export, export.name in here)
        if export.name not in here:
            continue
        if export.alike:
            count_once(con, export)
        _mend(con, export)
    con.execute(_counts())
    _nothing_lost(con)
    if is_told:
        con.execute("""
CREATE TABLE quarantine AS  -- grain: one reason why one row was kept out (reject) or marked (warn)
SELECT source_table, file, row, code, message, severity, record FROM flaw ORDER BY source_table, file_no, row, code, message""")


def _mend(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Rows kept out that were handed in again and are now good count as superseded: by their place, else by their id, where who
    or when agrees too, as of any two versions (X26), and no two counties speak. One that was handed in again with a fault in it
    is no second fault: of a place's rows the newest that was returned is kept out, and the others are superseded by it. What a
    row names as its first is older than it, whatever the files are called."""
    if not first_row(con, f"SELECT count(*) FROM flaw WHERE source_table = {literal(export.name)} AND severity = 'reject'")[0]:
        return
    table = name(export.name)
    who, day = facts(export)
    county = "county_id" if "county_id" in export.columns else "CAST(NULL AS VARCHAR)"
    said = f"t.*, {who} AS who, {day} AS day, {county} AS county"
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE kept_out AS  -- place: the file and row that a row stands for: those that it names, else its own
SELECT DISTINCT file_no, row, t.file, t.origin_file IS NOT NULL AS is_returned,
    (coalesce(t.origin_file, t.file), coalesce(t.origin_row, CAST(row AS VARCHAR))) AS place
FROM typed.{table} AS t JOIN flaw USING (file_no, row)
WHERE flaw.source_table = {literal(export.name)} AND flaw.severity = 'reject'""")
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE remade AS
WITH placed AS (SELECT file_no, row, (origin_file, origin_row) AS place FROM clean.{table} WHERE origin_file IS NOT NULL),
again AS (
    SELECT bad.file_no, bad.row, good.file_no AS by_file_no, good.row AS by_row, true AS is_by_place, bad.is_returned
    FROM kept_out AS bad JOIN placed AS good ON good.place = bad.place
    UNION ALL
    SELECT bad.file_no, bad.row, good.file_no, good.row, true, true
    FROM kept_out AS bad JOIN placed AS good ON good.place = (bad.file, CAST(bad.row AS VARCHAR)) WHERE bad.is_returned
    UNION ALL
    SELECT bad.file_no, bad.row, good.file_no, good.row, good.origin_file IS NOT NULL, true
    FROM (SELECT {said} FROM typed.{table} AS t SEMI JOIN kept_out USING (file_no, row)) AS bad
    JOIN (SELECT {said} FROM clean.{table} AS t) AS good ON {agreeing(export, "bad", "good")}
    LEFT JOIN file_county AS theirs ON theirs.file_no = bad.file_no
    LEFT JOIN file_county AS ours ON ours.file_no = good.file_no
    WHERE coalesce(coalesce(bad.county, theirs.county) = coalesce(good.county, ours.county), true)
)
SELECT file_no, row, max(by_file_no) AS by_file_no, arg_max(by_row, (by_file_no, by_row)) AS by_row,
    bool_or(is_by_place) AS is_returned
FROM again WHERE by_file_no > file_no OR NOT again.is_returned GROUP BY file_no, row""")
    con.execute(f"""
INSERT INTO mended
SELECT f.source_table, f.file_no, f.file, f.row, f.code, f.message, s.file, remade.by_row
FROM flaw f JOIN remade USING (file_no, row) JOIN source_file s ON s.file_no = remade.by_file_no
WHERE f.source_table = {literal(export.name)} ORDER BY f.file_no, f.row, f.code""")
    con.execute("""
CREATE OR REPLACE TEMP TABLE replaced AS
WITH last AS (
    SELECT place, max(file_no) AS by_file_no, arg_max(row, (file_no, row)) AS by_row
    FROM kept_out ANTI JOIN remade USING (file_no, row) WHERE is_returned GROUP BY place
)
SELECT file_no, row, by_file_no, by_row, 'mended' AS why, is_returned FROM remade
UNION ALL
SELECT old.file_no, old.row, last.by_file_no, last.by_row, 'returned', true
FROM (FROM kept_out ANTI JOIN remade USING (file_no, row)) AS old JOIN last USING (place)
WHERE last.by_file_no > old.file_no OR NOT old.is_returned""")
    con.execute(
        f"DELETE FROM flaw WHERE source_table = {literal(export.name)} AND (file_no, row) IN (SELECT file_no, row FROM replaced)"
    )
    con.execute(
        f"INSERT INTO superseded SELECT {literal(export.name)}, file_no, row, by_file_no, by_row, why "
        "FROM replaced ORDER BY file_no, row"
    )
    uncount(con, export, "(FROM replaced WHERE is_returned)")


def _counts() -> str:
    """source_count: rows that say anything = headers and notes (blank_n) + clean + superseded + quarantined, each in one of
    them; note_n is the notes among blank_n, and a blank row is nowhere (X32)."""
    clean_rows = " UNION ALL ".join(f"SELECT file_no, count(*) AS n FROM clean.{name(t)} GROUP BY 1" for t in built_in())
    return f"""
CREATE TABLE source_count AS  -- grain: one table of a sheet of a file
WITH good AS ({clean_rows}),
bad AS (SELECT file_no, count(DISTINCT row) AS n FROM flaw WHERE severity = 'reject' GROUP BY ALL),
old AS (SELECT file_no, count(*) AS n FROM superseded GROUP BY 1)
SELECT s.file, s.source_table, s.encoding, s.header_row, s.read_n, s.blank_n, coalesce(good.n, 0) AS clean_n,
    coalesce(old.n, 0) AS superseded_n, coalesce(bad.n, 0) AS quarantined_n,
    s.note_n, s.mapping, s.absent, s.unknown_headers
FROM source_file s LEFT JOIN good USING (file_no)
LEFT JOIN old USING (file_no) LEFT JOIN bad USING (file_no) ORDER BY file_no"""


def _nothing_lost(con: duckdb.DuckDBPyConnection) -> None:
    """Raises RuntimeError when a row read is neither header, note, clean, superseded nor quarantined."""
    lost = con.execute(
        "SELECT file, read_n, blank_n, clean_n, superseded_n, quarantined_n FROM source_count "
        "WHERE read_n <> blank_n + clean_n + superseded_n + quarantined_n"
    ).fetchall()
    if lost:
        raise RuntimeError(f"rows read and rows accounted for differ: {lost}")
