"""What a check tells of the rows that it judged: those kept out and why, and lists that leave something open."""

from __future__ import annotations

import duckdb

from ruralkpi.checks.again import said
from ruralkpi.intake.told import tell
from ruralkpi.sql import first_row, literal, literals
from ruralkpi.texts import LANGUAGES, say, some

_SHOWN = 3  # lists and areas that a line names
_NEAR = literal(say("check.nearest_agent", near=""))
_ALONE = {"unknown_agent": "reject", "unknown_customer": "warn", "formula_without_value": "reject"}  # a line of its own
_OTHERS = ("id_conflict", "personal_id", *(code for code, severity in _ALONE.items() if severity == "reject"))


def tell_all(con: duckdb.DuckDBPyConnection) -> None:
    """Tell what a person must know of the rows, in one line a kind with the first of them."""
    _tell_persons(con)
    tell_rows(con)


def tell_rows(con: duckdb.DuckDBPyConnection) -> None:
    """What hangs on all rows alone, of however many stores they are."""
    _tell_faulty(con)
    _tell_birthdays(con)
    _tell_areas(con)
    _tell_lists(con)


def _tell_persons(con: duckdb.DuckDBPyConnection) -> None:
    """Rows kept out since their ids are shared, or are none."""
    n, ids = first_row(con, "SELECT count(*), array_to_string(list_sort(list_distinct(list(id)))[:6], '、') FROM id_conflict")
    if n:
        lists = con.execute("""
SELECT DISTINCT file FROM id_conflict JOIN source_file USING (file_no)
WHERE id_conflict.source_table IN ('agents', 'customers') ORDER BY file""").fetchall()
        tell(con, "id_conflict", n, "", ids=ids, files=some([file for (file,) in lists], _SHOWN))
    used = "list_sort(list(id || ' → ' || instead))[:6]"
    n, ids = first_row(con, f"SELECT count(*), array_to_string({used}, '、') FROM personal_id WHERE NOT is_unlisted")
    if n:
        tell(con, "personal_id", n, "", ids=ids)


def _tell_faulty(con: duckdb.DuckDBPyConnection) -> None:
    """Rows kept out by flaws, by their reasons in one line; those of agents and customers on no list by themselves."""
    for code, severity in _ALONE.items():
        query = "SELECT count(DISTINCT (source_table, file_no, row)) FROM flaw WHERE severity = ? AND code = ?"
        if n := first_row(con, query, [severity, code])[0]:
            tell(con, code, n, code, ids=_some(con, severity, code))
    n, codes = first_row(
        con,
        f"""
WITH other AS (
    SELECT code, (source_table, file_no, row) AS place FROM flaw
    WHERE severity = 'reject' AND code NOT IN {literals(_OTHERS)}
), by_code AS (SELECT code, count(DISTINCT place) AS n FROM other GROUP BY code)
SELECT (SELECT count(DISTINCT place) FROM other), string_agg(code || ' ' || n, '、' ORDER BY n DESC, code) FROM by_code""",
    )
    if n:
        tell(con, "kept_out", int(n), "", codes=codes)


def _some(con: duckdb.DuckDBPyConnection, severity: str, code: str) -> dict[str, str]:
    """By language, what a line shows of a check's sentences: first those that may mean a listed id."""
    rows = con.execute(
        f"""
SELECT min(source_table), message FROM flaw WHERE severity = ? AND code = ?
GROUP BY message ORDER BY contains(message, {_NEAR}) DESC, message LIMIT 3""",
        [severity, code],
    ).fetchall()
    return {lang: say("card.semicolon", lang).join(said(table, code, text, lang) for table, text in rows) for lang in LANGUAGES}


def _tell_birthdays(con: duckdb.DuckDBPyConnection) -> None:
    """Birthdays that can't be read or whose calendar is doubtful: their customers are kept, nothing is owed on them."""
    n, texts = first_row(
        con,
        """
SELECT count(*), array_to_string(list_sort(list_distinct(list(birthday)))[:6], '、')
FROM clean.customers WHERE birthday_fault IS NOT NULL""",
    )
    if n:
        tell(con, "bad_birthday", n, "", texts=texts)


def _tell_areas(con: duckdb.DuckDBPyConnection) -> None:
    """Names of areas that several counties give to theirs: the marts call each by its county too."""
    found = con.execute("""
SELECT area_id, string_agg(DISTINCT county_id, '、' ORDER BY county_id), min(county_id) FROM clean.agents
WHERE county_id IS NOT NULL GROUP BY area_id HAVING count(DISTINCT county_id) > 1 ORDER BY area_id""").fetchall()
    if found:
        shown = some([f"{area} → {counties}" for area, counties, _ in found], _SHOWN)
        area, _, county = found[0]
        tell(con, "area_shared", len(found), "", areas=shown, example=f"{county}·{area}")


def _tell_lists(con: duckdb.DuckDBPyConnection) -> None:
    """Customers of earlier lists that the newest one lacks, and months before the first list, whose states nobody knows (X33)."""
    listed = "FROM clean.customers WHERE file_month <> '' AND NOT is_full_list"
    n = first_row(
        con,
        f"""
SELECT count(*) FROM (SELECT customer_id, mapping, max(file_month) AS month {listed} GROUP BY ALL)
JOIN (SELECT mapping, max(file_month) AS newest {listed} GROUP BY ALL) USING (mapping) WHERE month < newest""",
    )[0]
    if n:
        tell(con, "list_missing", n, "")
    is_dated = "file_month = '' OR (grade_from_on IS NOT NULL AND assigned_from_on IS NOT NULL)"
    first, dated = first_row(con, f"SELECT min(file_month), count(*) FILTER ({is_dated}) FROM clean.customers")
    if first is None or dated:
        return
    met = "SELECT visited_at AS moment FROM clean.visits UNION ALL SELECT called_at FROM clean.calls"
    month = "strftime(moment, '%Y-%m')"
    n = first_row(con, f"SELECT count(DISTINCT {month}) FROM ({met}) WHERE {month} < ?", [first])[0]
    if n:
        tell(con, "states_since", n, first)
