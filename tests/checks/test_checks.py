"""Each check finds its own example and nothing else; Great Expectations counts the same; unknown expectations raise."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import duckdb
import pytest

from ruralkpi.checks.check import Check, checks_of
from ruralkpi.checks.clean import clean
from ruralkpi.checks.expectations import failing
from ruralkpi.checks.suite import DisagreementError, agree, second_opinion
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import ORIGIN, Export
from ruralkpi.intake.load import create_raw
from ruralkpi.intake.values.macros import add_macros
from ruralkpi.intake.values.typed import typed
from ruralkpi.sql import literal, name

AS_OF = "2026-11-01 00:00:00"
GOOD = {
    "id": "X1",
    "stamp": "2026-10-03 09:00:00",
    "stamps": "2026-10-03 09:00:00",
    "day": "2026-10-03",
    "flag": "是",
    "number": "10",
    "count": "3",
}
KNOWN = {"agent_id": "a1", "owner_id": "a1", "repairer_id": "a1", "customer_id": "k1"}


def good_row(export: Export, number: int) -> dict[str, str]:
    """A row that passes every check: what is required, and one of each group of which one is required."""
    wanted = (
        [c.name for c in export.columns.values() if c.required] + [group[0] for group in export.required_any] + [export.key[0]]
    )
    row = {column: KNOWN.get(column, GOOD.get(export.columns[column].kind, "一些文字")) for column in wanted}
    if export.key[0] not in KNOWN:
        row[export.key[0]] = (
            f"{row[export.key[0]]}{number}" if export.columns[export.key[0]].kind in ("id", "text") else row[export.key[0]]
        )
    return row


def cases() -> Iterator[tuple[Export, Check]]:
    for export in built_in().values():
        for check in checks_of(export, AS_OF):
            yield export, check


def insert(con: duckdb.DuckDBPyConnection, export: Export, number: int, row: dict[str, str], code: str = "") -> None:
    file_no = sorted(built_in()).index(export.name) + 1
    formula = literal("客户编号(B2)" if code == "formula_without_value" else None)
    columns = ["file_no", "row", "extra_n", "formula", *row]
    values = [str(file_no), str(number), str({"shifted_row": 1, "broken_row": -1}.get(code, 0)), formula]
    values += [literal(value or None) for value in row.values()]
    con.execute(f"INSERT INTO raw.{name(export.name)} ({', '.join(map(name, columns))}) VALUES ({', '.join(values)})")


@pytest.fixture(scope="module")
def judged() -> Iterator[duckdb.DuckDBPyConnection]:
    """One good row (number 2) an export, then one row a check, which carries the check's example."""
    with duckdb.connect() as con:
        add_macros(con)
        create_raw(con)
        for place, export in enumerate(sorted(built_in()), start=1):
            n = 1 + len(list(checks_of(built_in()[export], AS_OF)))
            con.execute(
                "INSERT INTO source_file VALUES (?, ?, ?, '2026-10', '', 'test', 1, '', '', ?, 0, 0, 0, 0, NULL)",
                [place, f"乙县_{export}.csv", export, n],
            )
        for export in built_in().values():
            insert(con, export, 2, good_row(export, 2) | ({"agent_id": "a1"} if export.name == "agents" else {}))
            for number, check in enumerate(checks_of(export, AS_OF), start=3):
                insert(con, export, number, good_row(export, number) | check.example, check.code)
        insert(con, built_in()["agents"], 900, {"agent_id": "a1", "area_id": "p"})
        insert(con, built_in()["agents"], 1, {"agent_id": "s1", "area_id": "p", "agent_name": "甲", "county_id": "甲县"})
        insert(con, built_in()["customers"], 901, {"customer_id": "s1", "agent_id": "a1", "customer_class": "政企"})
        insert(con, built_in()["customers"], 900, {"customer_id": "k1", "agent_id": "a1", "customer_class": "政企"})
        con.execute("UPDATE source_file SET read_n = read_n + 2 WHERE source_table IN ('agents', 'customers')")
        typed(con, list(built_in().values()))
        with second_opinion(con) as second:
            clean(con, AS_OF, second=second)
        yield con


def test_every_check_has_an_example_a_message_and_a_severity() -> None:
    for export, check in cases():
        assert check.example or check.code in ("shifted_row", "broken_row", "formula_without_value"), (
            f"{export.name} {check.code} {check.column}: add an example"
        )
        assert check.severity in ("reject", "warn", "stop") and check.says.plain


@pytest.mark.parametrize("table", sorted(built_in()))
def test_each_example_fails_by_its_code_and_the_good_row_by_none(judged: duckdb.DuckDBPyConnection, table: str) -> None:
    export = built_in()[table]
    found = judged.execute("SELECT row, code, column_name, message FROM flaw WHERE source_table = ?", [table]).fetchall()
    assert not [line for line in found if line[0] == 2]
    for number, check in enumerate(checks_of(export, AS_OF), start=3):
        own = [line for line in found if line[0] == number]
        assert (check.code, check.column) in [(code, column) for _, code, column, _ in own], f"{check.code} {check.column}: {own}"
        assert all(message for *_, message in own)


def test_a_message_carries_the_rows_own_value(judged: duckdb.DuckDBPyConnection) -> None:
    messages = judged.execute(
        "SELECT message FROM flaw WHERE code = 'bad_time' AND source_table = 'visits' AND column_name = 'visited_at'"
    ).fetchall()
    assert "下周三" in messages[0][0] and "拜访时间" in messages[0][0]


def test_great_expectations_counts_the_same(judged: duckdb.DuckDBPyConnection) -> None:
    seen = judged.execute("SELECT count(*), count(*) FILTER (WHERE unexpected_n > 0) FROM validation").fetchone()
    listed = judged.execute("SELECT count(*), count(*) FILTER (WHERE bad_n > 0) FROM check_list").fetchone()
    n = sum(1 for _ in cases())
    assert seen == listed == (n, n)
    judged.execute("UPDATE check_list SET bad_n = bad_n + 1 WHERE source_table = 'visits' AND code = 'V01'")
    with pytest.raises(DisagreementError, match="V01"):
        agree(judged)
    judged.execute("UPDATE check_list SET bad_n = bad_n - 1 WHERE source_table = 'visits' AND code = 'V01'")


def test_an_unknown_expectation_raises() -> None:
    with pytest.raises(ValueError, match="expect_the_best"):
        failing({"type": "expect_the_best", "column": "x"})


@pytest.mark.parametrize(
    ("expect", "bad"),
    [
        ({"type": "expect_column_values_to_not_be_null", "column": "k"}, 14),
        ({"type": "expect_column_values_to_be_null", "column": "k"}, 86),
        ({"type": "expect_column_values_to_match_regex", "column": "k", "regex": "^K1"}, 77),
        ({"type": "expect_column_values_to_not_match_regex", "column": "k", "regex": "^K1"}, 9),
        ({"type": "expect_column_values_to_be_in_set", "column": "n", "value_set": [1, 2]}, 98),
        ({"type": "expect_column_values_to_not_be_in_set", "column": "n", "value_set": [1, 2]}, 2),
        ({"type": "expect_column_values_to_be_between", "column": "n", "min_value": 10, "max_value": 19}, 90),
        ({"type": "expect_column_values_to_be_between", "column": "a", "max_value": dt.datetime(2026, 10, 2)}, 75),
        ({"type": "expect_column_value_lengths_to_be_between", "column": "k", "max_value": 2}, 77),
        ({"type": "expect_column_pair_values_a_to_be_greater_than_b", "column_A": "b", "column_B": "a", "or_equal": True}, 20),
        ({"type": "expect_column_pair_values_to_be_equal", "column_A": "b", "column_B": "a"}, 80),
    ],
)
def test_the_dialects_probes(expect: dict[str, object], bad: int) -> None:
    """The contract with Great Expectations' internals: each expectation that we compile counts the same there."""
    from great_expectations.core.validation_definition import ValidationDefinition

    from ruralkpi.checks import dialect, suite

    with duckdb.connect() as con:
        con.execute("""CREATE TABLE t AS SELECT i AS n, CASE WHEN i % 7 <> 3 THEN 'K' || i END AS k,
            TIMESTAMP '2026-10-01' + to_hours(i) AS a, TIMESTAMP '2026-10-01' + to_hours(i + i % 5 - 1) AS b
            FROM range(100) AS r(i)""")
        ours = con.execute(f"SELECT count(*) FROM t WHERE {failing(expect)}").fetchone()
        context, source = suite._context(dialect.offer("probe", con))
        batch = source.add_table_asset("t", table_name="t").add_batch_definition_whole_table("all")
        check = Check("p", "k", "reject", expect, "''")
        made = context.suites.add(suite.suite_of(Export("t", {}), [check]))
        found = context.validation_definitions.add(ValidationDefinition(name="t", data=batch, suite=made)).run(
            result_format="BASIC"
        )
        dialect.withdraw("probe")
    theirs = found.results[0].result["unexpected_count"]
    assert ours == (theirs,) == (bad,)


def test_origin_columns_are_no_exports_own() -> None:
    assert all(set(ORIGIN) <= set(export.columns) for export in built_in().values())
