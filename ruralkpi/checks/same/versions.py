"""Which rows are versions of one record, and which of them holds: by who and when as well as by id, never by a text's order."""

from __future__ import annotations

import duckdb

from ruralkpi.exports.form import Export, precision
from ruralkpi.intake.told import tell
from ruralkpi.sql import first_row, name
from ruralkpi.texts import some

SUPERSEDED = """
CREATE TABLE superseded (  -- grain: one row that another one stands for; why: version, mended, or returned unmended
    source_table VARCHAR, file_no INTEGER, row BIGINT, by_file_no INTEGER, by_row BIGINT, why VARCHAR
)"""
_SHOWN = 3  # reused ids that a line names


def facts(export: Export) -> tuple[str, str]:
    """SQL: who and on which day: versions of one record agree in one of them at least; NULL for what an export has none of."""
    who, begun = (*export.same, "NULL", "NULL")[:2]
    return who, f"CAST({begun} AS DATE)"


def agreeing(export: Export, one: str, other: str) -> str:
    """SQL: two rows, one of which was kept out, are versions of one record, by their keys and their `who` and `day`. No third
    row ties them, and what can't be read agrees with nothing."""
    if export.snapshot and len(export.key) > 1:
        return "false"
    keys = [f"{one}.{name(column)} = {other}.{name(column)}" for column in export.key]
    same = " OR ".join(f"{one}.{fact} = {other}.{fact}" for fact in _named(export))
    return " AND ".join([*keys, *([f"({same})"] if same else [])])


def _named(export: Export) -> tuple[str, ...]:
    return ("who", "day")[: len(export.same)]


def keep_newest(con: duckdb.DuckDBPyConnection, export: Export, is_delivered: bool) -> None:
    """`good`, which is empty unless `is_delivered`, → clean.<export>: of each record the newest version (X27); the others go to
    superseded.

    The newer file's row holds; in one file the row with the newest time in it, and where these are equal the later row.
    """
    # not added later: DuckDB 2.0 loses sight of this transaction's rows in other large tables when one is altered
    more = ", CAST(0 AS BIGINT) AS reopened_n" if export.reopens else ""
    if export.reopens:
        con.execute(f"CREATE TABLE clean.{name(export.receipts)} AS SELECT * FROM good LIMIT 0")
    if not (is_delivered and _again(con, export)):
        con.execute(f"CREATE TABLE clean.{name(export.name)} AS SELECT *, CAST(1 AS BIGINT) AS version_n{more} FROM good")
        return
    _records(con, export)
    if len(export.same) > 1 and not export.reopens:
        _tell_moved(con, export)
    parts = ", ".join(_record_key(export))
    stamps = [name(c.name) for c in export.columns.values() if c.kind == "stamp"]
    newest = f"greatest({', '.join(stamps)})" if len(stamps) > 1 else (stamps or ["NULL"])[0]
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE aged AS
SELECT *, row_number() OVER (PARTITION BY {parts} ORDER BY file_no DESC, {newest} DESC NULLS LAST, row DESC) AS newness,
    count(*) OVER (PARTITION BY {parts}) AS version_n
FROM recorded QUALIFY version_n > 1 OR record_mark IS NOT NULL""")
    con.execute(f"CREATE OR REPLACE TEMP VIEW held AS {_held(export.term, parts)}")
    rows = f"""SELECT {_kept(export)}{more}
FROM good LEFT JOIN held ON held.file_no = good.file_no AND held.row = good.row WHERE coalesce(held.is_kept, true)"""
    con.execute(f"CREATE TABLE clean.{name(export.name)} AS {rows}")  # as the store's packs lie: no order means anything
    same = " AND ".join(f"old.{part} IS NOT DISTINCT FROM new.{part}" for part in _plain_key(export))
    con.execute(f"""
INSERT INTO superseded
SELECT '{export.name}', old.file_no, old.row, new.file_no, new.row, 'version'
FROM (SELECT * FROM held WHERE NOT is_kept) AS old JOIN (SELECT * FROM aged WHERE newness = 1 AND version_n > 1) AS new ON {same}
ORDER BY old.file_no, old.row""")
    _join_repeated(con, export, same)
    if export.reopens:
        _reopen(con, export, same)


def _again(con: duckdb.DuckDBPyConnection, export: Export) -> int:
    """again: the rows of `good` whose key comes more than once, and no others, since nearly all records have one version. Equal
    keys have equal hashes; the few that only share a hash do no harm. Returns how many there are."""
    columns = {*export.key, export.term, *(c.name for c in export.columns.values() if c.kind in ("stamp", "stamps"))} - {""}
    columns |= {precision(c.name) for c in export.columns.values() if c.kind == "stamp"}
    who, day = facts(export)
    month = "file_month" if export.snapshot else "CAST(NULL AS VARCHAR)"  # a list says what holds from its month on (X33)
    hashed = f"hash({', '.join(map(name, export.key[:1] if export.same else export.key))}, {month})"
    is_known = f"{name(export.key[0])} IS NOT NULL"
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE again AS
SELECT file_no, row, {", ".join(map(name, sorted(columns)))}, {month} AS state_month, coalesce({who}, '') AS who, {day} AS day
FROM good
WHERE {is_known} AND {hashed} IN (SELECT {hashed} FROM good WHERE {is_known} GROUP BY ALL HAVING count(*) > 1)""")
    return int(first_row(con, "SELECT count(*) FROM again")[0])


def _held(term: str, parts: str) -> str:
    """SQL: a record renewed under its own number also keeps the newest row of each term that ended earlier (section 5)."""
    if not term:
        return "SELECT *, newness = 1 AS is_kept FROM aged"
    newer = "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING"
    ends_on = f"min({name(term)}) OVER (PARTITION BY {parts} ORDER BY newness {newer})"
    return f"SELECT *, newness = 1 OR coalesce({name(term)} < {ends_on}, false) AS is_kept FROM aged"


def _plain_key(export: Export) -> list[str]:
    return [*(name(column) for column in export.key), "record_no", "state_month"]


def _record_key(export: Export) -> list[str]:
    return _plain_key(export) if export.snapshot else _plain_key(export)[:-1]


def _kept(export: Export) -> str:
    """The columns of clean.<export>: an id that was used again carries the day, or the customer, that tells the records apart."""
    first = name(export.key[0])
    own = f"{first} || coalesce(held.record_mark, '') AS {first}"
    return f"good.* REPLACE (good.{own}), coalesce(held.version_n, 1) AS version_n"


def _records(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """recorded: the rows of `again` with the number of their record among those that share its id (X26)."""
    if not export.same or not _apart(con, export):
        con.execute(
            "CREATE OR REPLACE TEMP VIEW recorded AS SELECT *, 1 AS record_no, CAST(NULL AS VARCHAR) AS record_mark FROM again"
        )
        return
    con.execute("""
CREATE OR REPLACE TEMP VIEW recorded AS
SELECT again.*, coalesce(apart.record_no, 1) AS record_no, apart.record_mark FROM again LEFT JOIN apart USING (file_no, row)""")


def _apart(con: duckdb.DuckDBPyConnection, export: Export) -> bool:
    """apart: the rows of ids that stand for several records, numbered by record; false when there are none.

    Rows that share an id and one of the two facts are one record, and so are those that are tied by a third: each
    row takes the smallest mark among those that it shares a fact with, until no mark moves any more.
    """
    key = name(export.key[0])
    both = "min(who) <> max(who)" + (" AND min(day) <> max(day)" if len(export.same) > 1 else "")
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE tied AS
WITH several AS (SELECT {key} AS id FROM again GROUP BY ALL HAVING {both})
SELECT file_no, row, id, who, day, dense_rank() OVER (PARTITION BY id ORDER BY day, who) AS mark
FROM again JOIN several ON several.id = again.{key}""")
    while sum(_smallest(con, fact) for fact in _named(export)):
        pass
    con.execute("""
CREATE OR REPLACE TEMP TABLE apart AS
SELECT file_no, row, id, who, day, dense_rank() OVER (PARTITION BY id ORDER BY mark) AS record_no,
    min(day) OVER (PARTITION BY id, mark) AS first_day, min(who) OVER (PARTITION BY id, mark) AS first_who
FROM tied""")
    con.execute("""
CREATE OR REPLACE TEMP TABLE apart AS
SELECT *, CASE WHEN record_no > 1 THEN '@' || coalesce(CAST(first_day AS VARCHAR), first_who) END AS record_mark FROM apart""")
    return _told_apart(con, export)


def _smallest(con: duckdb.DuckDBPyConnection, fact: str) -> int:
    """Each row of an id takes the smallest mark among those with the same fact; returns how many marks moved."""
    return con.execute(f"""
UPDATE tied SET mark = best.mark FROM (SELECT id, {fact}, min(mark) AS mark FROM tied GROUP BY ALL) AS best
WHERE best.id = tied.id AND best.{fact} = tied.{fact} AND tied.mark > best.mark""").fetchall()[0][0]


def _told_apart(con: duckdb.DuckDBPyConnection, export: Export) -> bool:
    ids, records = first_row(
        con,
        "SELECT count(DISTINCT id), count(*) FROM (SELECT DISTINCT id, record_no FROM apart) "
        "WHERE id IN (SELECT id FROM apart WHERE record_no > 1)",
    )
    if not ids:
        return False
    shown = con.execute("SELECT DISTINCT id FROM apart WHERE record_no > 1 ORDER BY id LIMIT ?", [_SHOWN + 1]).fetchall()
    named = some([one for (one,) in shown], _SHOWN)
    tell(con, "id_reused", ids, export.name, export=export.titled, ids=named, records=records)
    return True


def _tell_moved(con: duckdb.DuckDBPyConnection, export: Export) -> None:
    """Ids that stand for one customer's records of several months, each in its own month's file: by X26 the later corrects the
    earlier, unless numbers begin anew each month, which the records do not say."""
    found = con.execute(f"""
SELECT DISTINCT id FROM (SELECT {name(export.key[0])} AS id, who, day, file_month FROM again JOIN source_file USING (file_no))
WHERE strftime(day, '%Y-%m') = file_month GROUP BY id, who HAVING count(DISTINCT file_month) > 1 ORDER BY id""").fetchall()
    ids = [one for (one,) in found]
    if ids:
        tell(con, "id_moved", len(ids), export.name, export=export.titled, ids=some(ids, _SHOWN))


def _join_repeated(con: duckdb.DuckDBPyConnection, export: Export, same: str) -> None:
    """Several rows of one record in one file, as merged cells leave them, join their repeated times (X26)."""
    for column in _repeated(export):
        con.execute(f"""
UPDATE clean.{name(export.name)} AS kept SET {column} = joined.moments
FROM (
    SELECT new.file_no, new.row, {_all_times(f"list(old.{column})")} AS moments
    FROM (SELECT * FROM aged WHERE newness = 1 AND version_n > 1) AS new
    JOIN (SELECT * FROM aged WHERE version_n > 1) AS old ON old.file_no = new.file_no AND {same}
    GROUP BY new.file_no, new.row HAVING count(*) > 1
) AS joined
WHERE joined.file_no = kept.file_no AND joined.row = kept.row""")


def _repeated(export: Export) -> list[str]:
    """The columns that hold several times in a cell."""
    return [name(column.name) for column in export.columns.values() if column.kind == "stamps"]


def _all_times(lists: str) -> str:
    """SQL: the times of several rows' lists, each once, in order."""
    return f"list_sort(list_distinct(flatten({lists})))"


def _reopen(con: duckdb.DuckDBPyConnection, export: Export, same: str) -> None:
    """A record that comes again with a later receipt is owed from its first, and what concerns that stays as it says (X17); each
    of its receipts is kept in clean.<export>_receipts.

    receipt: each receipt of what has several, as its newest version has it, with the repeated times of that file (X26), and what
    it says of itself; first: the first one; the picks: the first one each that fits, else the first; kept: the newest row.
    """
    at, exact = name(export.reopens["at"]), name(precision(export.reopens["at"]))
    says = ", ".join(f"{sql} AS {name(column)}" for column, sql in export.reopens["receipt"].items())
    alike = f"PARTITION BY new.file_no, new.row, CAST(good.{at} AS DATE)"
    joined = ", ".join(
        f"{_all_times(f'list(good.{column}) OVER ({alike}, good.file_no)')} AS {column}" for column in _repeated(export)
    )
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE receipt AS
SELECT *, count(*) OVER (PARTITION BY kept_file_no, kept_row) AS receipt_n, {says} FROM (
    SELECT new.file_no AS kept_file_no, new.row AS kept_row, good.* REPLACE ({joined})
    FROM (SELECT * FROM aged WHERE newness = 1 AND version_n > 1) AS new
    JOIN (SELECT * FROM aged WHERE version_n > 1) AS old ON {same}
    JOIN good ON good.file_no = old.file_no AND good.row = old.row
    QUALIFY row_number() OVER ({alike} ORDER BY old.newness) = 1
) WINDOW receipts AS (PARTITION BY kept_file_no, kept_row ORDER BY {at}) QUALIFY receipt_n > 1""")
    becomes = ", ".join(f"{name(column)} = {sql}" for column, sql in export.reopens["becomes"].items())
    one_each = "SELECT DISTINCT ON (kept_file_no, kept_row) * FROM receipt ORDER BY kept_file_no, kept_row"
    picks = "".join(
        f"\nJOIN ({one_each}, ({fits}) IS NOT TRUE, {at}) AS {name(pick)} USING (kept_file_no, kept_row)"
        for pick, fits in export.reopens["picks"].items()
    )
    con.execute(f"""
UPDATE clean.{name(export.name)} AS record
SET {at} = first.{at}, {exact} = first.{exact}, reopened_n = kept.receipt_n - 1, {becomes}
FROM ({one_each}, {at}) AS first{picks}
JOIN (SELECT * FROM receipt WHERE file_no = kept_file_no AND row = kept_row) AS kept USING (kept_file_no, kept_row)
WHERE kept_file_no = record.file_no AND kept_row = record.row""")
    key, aside = name(export.key[0]), ", ".join(map(name, ("kept_file_no", "kept_row", "receipt_n", *export.reopens["receipt"])))
    con.execute(f"""
INSERT INTO clean.{name(export.receipts)} BY NAME
SELECT receipt.* EXCLUDE ({aside}) REPLACE (record.{key} AS {key})
FROM receipt JOIN clean.{name(export.name)} AS record ON record.file_no = kept_file_no AND record.row = kept_row""")
