"""Every row of typed.* against every check of its export, in one pass: what fails goes to flaw, with all its reasons."""

from __future__ import annotations

from collections.abc import Callable, Collection

import duckdb

from ruralkpi.checks.check import PERSONAL_IDS, Check, checks_of
from ruralkpi.exports.form import ORIGIN, Column, Export, precision
from ruralkpi.intake.cells import JUDGED
from ruralkpi.sql import first_row, literal, name

FLAW = """
CREATE TABLE flaw (  -- grain: one reason why one row was kept out or marked; mend: its cells as they would be written again
    source_table VARCHAR, file_no INTEGER, file VARCHAR, row BIGINT, code VARCHAR, column_name VARCHAR, message VARCHAR,
    severity VARCHAR, record VARCHAR, mend VARCHAR, month VARCHAR, agent_id VARCHAR
)"""
CHECK_LIST = """
CREATE TABLE check_list (  -- grain: one check of one export, with the rows that failed it
    source_table VARCHAR, check_no INTEGER, code VARCHAR, column_name VARCHAR, title VARCHAR, severity VARCHAR,
    words VARCHAR, bad_n BIGINT
)"""

ROW_MONTH = """
CREATE TABLE row_month (  -- grain: one export, month and agent, with the rows that were judged, a returned one and its first once
    source_table VARCHAR, month VARCHAR, agent_id VARCHAR, n BIGINT
)"""


Second = Callable[[Export, list[Check]], None]  # looks at the table judged_<export> with the same checks


def judge(
    con: duckdb.DuckDBPyConnection,
    export: Export,
    as_of: str,
    delivered: Collection[str],
    second: Second | None = None,
    is_told: bool = True,
) -> None:
    """Fill flaw, check_list and row_month for one export, and make the temporary view `good` of the rows that go on.

    `delivered`: the exports that have rows; checks against others are left out. `second` is shown the judged table, for an
    opinion of its own, before that is dropped. Unless `is_told`, flaw says which rows are kept out and by which check, without
    sentences and cells, and the other two stay empty.
    """
    table, seen = name(export.name), name(f"judged_{export.name}")
    typed = f"SELECT t.* EXCLUDE ({', '.join(JUDGED)}) FROM typed.{table} AS t"
    if export.name not in delivered:
        con.execute(f"CREATE OR REPLACE TEMP VIEW good AS {typed}")
        return
    if is_told:
        con.execute(f"""
INSERT INTO row_month SELECT {literal(export.name)}, {_month(export)}, {_agent(export)}, count(*)
FROM typed.{table} t JOIN source_file s USING (file_no) GROUP BY ALL ORDER BY ALL""")
    checks = [check for check in checks_of(export, as_of) if not check.needs or check.needs in delivered]
    kind = "TABLE" if second else "VIEW"  # what is looked at once need not be kept
    con.execute(f"CREATE OR REPLACE TEMP {kind} {seen} AS {_judged(export, checks)}")
    tags = ", ".join(f"CASE WHEN {check.bad} THEN {n} END" for n, check in enumerate(checks))
    con.execute(f"""
CREATE OR REPLACE TEMP TABLE tag AS
SELECT file_no, row, unnest(list_filter([{tags}], lambda x: x IS NOT NULL)) AS n FROM {seen}""")
    if second:
        second(export, checks)
    con.execute(f"DROP {kind} {seen}")
    if is_told:
        _list(con, export, checks)
    rejected = [str(n) for n, check in enumerate(checks) if check.severity == "reject"]
    if not first_row(con, "SELECT count(*) FROM tag")[0]:
        con.execute(f"CREATE OR REPLACE TEMP VIEW good AS {typed}")
        return
    (_word if is_told else _mark_only)(con, export, checks)
    con.execute(f"""
CREATE OR REPLACE TEMP VIEW good AS
{typed} ANTI JOIN (SELECT file_no, row FROM tag WHERE n IN ({", ".join(rejected)})) USING (file_no, row)""")


def delivered(con: duckdb.DuckDBPyConnection) -> set[str]:
    """The exports of which there are rows."""
    tables = con.execute("SELECT DISTINCT table_name FROM duckdb_columns() WHERE schema_name = 'typed' ORDER BY ALL").fetchall()
    return {
        table for (table,) in tables if first_row(con, f"SELECT count(*) FROM (SELECT 1 FROM typed.{name(table)} LIMIT 1)")[0]
    }


def _judged(export: Export, checks: list[Check]) -> str:
    """SQL of the table that the checks judge: one row per typed row, with the columns that they name and no others."""
    derived = {column: sql for check in checks for column, sql in check.derive.items()}
    named = {word for check in checks for key, word in check.expect.items() if key.startswith("column")}
    columns = [f"{derived.get(column, f't.{name(column)}')} AS {name(column)}" for column in sorted(named)]
    return f"SELECT t.file_no, t.row, {', '.join(columns)}\nFROM typed.{name(export.name)} AS t"


def _word(con: duckdb.DuckDBPyConnection, export: Export, checks: list[Check]) -> None:
    """Give each reason its sentence and its row's cells; only the rows that have a reason are looked at again."""
    table = name(export.name)
    words = " ".join(f"WHEN {n} THEN {check.says.sql}" for n, check in enumerate(checks))
    con.execute(f"""
INSERT INTO flaw
SELECT {literal(export.name)}, file_no, s.file, t.row, c.code, c.column_name, CASE n {words} END, c.severity,
    {record_of(export, "r")}, {_mend_of(export)}, {_month(export)}, {_agent(export)}
FROM tag JOIN typed.{table} t USING (file_no, row) JOIN raw.{table} r USING (file_no, row) JOIN source_file s USING (file_no)
JOIN {_codes(checks)} USING (n)
ORDER BY file_no, t.row, n""")


def _mark_only(con: duckdb.DuckDBPyConnection, export: Export, checks: list[Check]) -> None:
    """The reasons alone, for those who only want to know which rows go on."""
    con.execute(f"""
INSERT INTO flaw
SELECT {literal(export.name)}, file_no, s.file, tag.row, c.code, c.column_name, '', c.severity, NULL, NULL, NULL, NULL
FROM tag JOIN source_file s USING (file_no) JOIN {_codes(checks)} USING (n)""")


def _codes(checks: list[Check]) -> str:
    """SQL: the checks as rows, by their number n."""
    rows = ", ".join(f"({n}, {literal(c.code)}, {literal(c.column)}, {literal(c.severity)})" for n, c in enumerate(checks))
    return f"(VALUES {rows}) AS c(n, code, column_name, severity)"


def _list(con: duckdb.DuckDBPyConnection, export: Export, checks: list[Check]) -> None:
    """check_list: each check, with the rows that failed it."""
    words = [(c.code, c.column, _title(export, c), c.severity, c.says.plain) for c in checks]
    rows = ", ".join(f"({n}, {', '.join(map(literal, one))})" for n, one in enumerate(words))
    con.execute(f"""
INSERT INTO check_list
SELECT {literal(export.name)}, c.n, c.code, c.column_name, c.title, c.severity, c.words, count(tag.n)
FROM (VALUES {rows}) AS c(n, code, column_name, title, severity, words) LEFT JOIN tag USING (n) GROUP BY ALL ORDER BY c.n""")


def _title(export: Export, check: Check) -> str:
    return export.columns[check.column].title if check.column in export.columns else ""


def record_of(export: Export, row: str) -> str:
    """SQL: the raw row as JSON under the headers people know, empty cells left out."""
    pairs = ", ".join(f"{literal(c.title)}: {row}.{name(c.name)}" for c in export.columns.values() if c.name not in ORIGIN)
    return f"CAST(json_merge_patch('{{}}', to_json({{{pairs}}})) AS VARCHAR)"


def _mend_of(export: Export) -> str:
    """SQL: the row as JSON in the built-in words, so that it can be read again without the county's mapping; of a row that was
    handed in again also the place that it stands for."""
    pairs = ", ".join(f"{literal(c.title)}: coalesce({_written(c)}, r.{name(c.name)})" for c in export.columns.values())
    return f"CAST(json_merge_patch('{{}}', to_json({{{pairs}}})) AS VARCHAR)"


def _written(column: Column) -> str:
    typed = f"t.{name(column.name)}"
    if column.kind == "stamp":
        exact = f"t.{name(precision(column.name))}"
        forms = {"day": "%Y-%m-%d", "minute": "%Y-%m-%d %H:%M", "second": "%Y-%m-%d %H:%M:%S"}
        cases = " ".join(f"WHEN {literal(kind)} THEN strftime({typed}, {literal(form)})" for kind, form in forms.items())
        return f"CASE {exact} {cases} END"
    if column.kind == "stamps":
        return "NULL"
    if column.kind == "flag":
        return f"CASE WHEN {typed} THEN '是' WHEN NOT {typed} THEN '否' END"
    return f"CAST({typed} AS VARCHAR)"


def uncount(con: duckdb.DuckDBPyConnection, export: Export, rows: str) -> None:
    """Take `rows`, SQL of a table of file_no and row, out of row_month again: other rows stand for them."""
    con.execute(f"""
UPDATE row_month SET n = row_month.n - gone.n FROM (
    SELECT {_month(export)} AS month, {_agent(export)} AS agent_id, count(*) AS n
    FROM typed.{name(export.name)} AS t JOIN {rows} USING (file_no, row) JOIN source_file AS s USING (file_no) GROUP BY ALL
) AS gone
WHERE row_month.source_table = {literal(export.name)} AND row_month.month = gone.month
    AND row_month.agent_id IS NOT DISTINCT FROM gone.agent_id""")
    con.execute("DELETE FROM row_month WHERE n = 0")


def _month(export: Export) -> str:
    """SQL: the month that a row was handed in for: its file's, else that of its first time."""
    times = [f"strftime(t.{name(c.name)}, '%Y-%m')" for c in export.columns.values() if c.kind in ("stamp", "day")]
    return f"coalesce(nullif(s.file_month, ''), {', '.join([*times[:1], literal('')])})"


def _agent(export: Export) -> str:
    """SQL: whose row it is; nobody's where the id is a phone or a name."""
    own = f'CASE WHEN t."agent_id" NOT IN ({PERSONAL_IDS}) THEN t."agent_id" END'
    return own if "agent_id" in export.columns else "NULL"
