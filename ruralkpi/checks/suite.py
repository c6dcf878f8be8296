"""The checks as Great Expectations suites: the same objects validate the same tables, and both counts must agree.

To import this module takes seconds: only where there is to be a second opinion.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

import duckdb

from ruralkpi.checks import dialect
from ruralkpi.checks.check import Check
from ruralkpi.checks.judge import Second
from ruralkpi.errors import GATE, UserError
from ruralkpi.exports.form import Export
from ruralkpi.light_import import when_used, without_options
from ruralkpi.sql import first_row, literal, name
from ruralkpi.texts import say

with without_options(), when_used("scipy.stats", "altair"):  # of distributions and charts, which no check is of
    import great_expectations as gx
    from great_expectations.core.expectation_suite import ExpectationSuite
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.expectation import Expectation
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

_IGNORES = {
    "expect_column_pair_values_a_to_be_greater_than_b": "either_value_is_missing",
    "expect_column_pair_values_to_be_equal": "either_value_is_missing",
}  # engines differ in what they do with nulls unless told
_GIVEN = "expect_column_values_to_not_be_null"  # the only one that an empty column fails
VALIDATION = """
CREATE TABLE validation (  -- grain: one check as Great Expectations saw it; element_n 0: there was nothing to look at
    source_table VARCHAR, check_no INTEGER, expectation VARCHAR, element_n BIGINT, unexpected_n BIGINT
)"""


class DisagreementError(UserError):
    """Our count of failing rows and Great Expectations' differ: a check means two things, so neither is trusted."""

    exit_code = GATE


@contextmanager
def second_opinion(con: duckdb.DuckDBPyConnection) -> Iterator[Second]:
    """Great Expectations' validation of each table that clean() judges in this context, into table validation.

    At the end both counts of every check must agree. Raises DisagreementError naming the checks whose counts differ.
    """
    con.execute(VALIDATION)
    try:
        _, source = _context(dialect.offer("staging", con))
        yield lambda export, checks: _validate(con, source, export, checks)
    finally:
        dialect.withdraw("staging")
    agree(con)


def _context(url: str) -> tuple[Any, Any]:
    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context, context.data_sources.add_sql("staging", connection_string=url, create_temp_table=False)


def _validate(con: duckdb.DuckDBPyConnection, source: Any, export: Export, checks: list[Check]) -> None:
    table = f"judged_{export.name}"
    idle = _idle(con, table, checks)
    rows = [(number, checks[number].expect["type"], 0, 0) for number in sorted(idle)]
    batch = source.add_table_asset(table, table_name=table).add_batch_definition_whole_table("all").get_batch()
    result_format = {"result_format": "BASIC", "partial_unexpected_count": 0}
    with _configured_once():
        found = batch.validate(suite_of(export, checks, idle), result_format=result_format)
    for one in found.results:
        number = one.expectation_config.meta["check_no"]
        if "unexpected_count" not in one.result:
            raise DisagreementError(say("error.disagreement", lines=f"{export.name} {checks[number].code}: {one.exception_info}"))
        rows.append((number, checks[number].expect["type"], one.result["element_count"], one.result["unexpected_count"]))
    lines = ", ".join(f"({literal(export.name)}, {n}, {literal(kind)}, {seen}, {bad})" for n, kind, seen, bad in sorted(rows))
    con.execute(f"INSERT INTO validation VALUES {lines}")


@contextmanager
def _configured_once() -> Iterator[None]:
    """Great Expectations makes an expectation's configuration anew for each word of it that it reads, some fifty times: in this
    block each expectation makes it once."""
    kind: Any = Expectation
    own, made = kind.configuration, dict[int, tuple[Any, Any]]()

    def configuration(one: Any) -> Any:
        if id(one) not in made:
            made[id(one)] = one, own.fget(one)  # the expectation too: its number is not given again
        return made[id(one)][1]

    kind.configuration = property(configuration)
    try:
        yield
    finally:
        kind.configuration = own


def _idle(con: duckdb.DuckDBPyConnection, table: str, checks: list[Check]) -> set[int]:
    """The checks that can fail no row, since a column that they name is empty in all: they look at nothing, and a count of it
    would cost as much as one of a million rows."""
    named = [[word for key, word in check.expect.items() if key.startswith("column")] for check in checks]
    columns = sorted({column for several in named for column in several})
    counts = first_row(con, f"SELECT {', '.join(f'count({name(column)})' for column in columns)} FROM {name(table)}")
    empty = {column for column, n in zip(columns, counts, strict=True) if not n}
    judged = enumerate(zip(checks, named, strict=True))
    return {number for number, (check, own) in judged if check.expect["type"] != _GIVEN and not empty.isdisjoint(own)}


def suite_of(export: Export, checks: list[Check], left_out: Collection[int] = ()) -> Any:
    """The export's checks, but for those of some numbers, as one Great Expectations suite; each expectation carries its number,
    code and severity."""
    made = []
    for number, check in enumerate(checks):
        if number in left_out:
            continue
        words = {key: value for key, value in check.expect.items() if key != "type"}
        if check.expect["type"] in _IGNORES:
            words["ignore_row_if"] = _IGNORES[check.expect["type"]]
        meta = {"check_no": number, "code": check.code, "severity": check.severity}
        made.append(ExpectationConfiguration(type=check.expect["type"], kwargs=words, meta=meta))
    # as a list: adding one by one replaces an expectation of the same type and column
    return ExpectationSuite(export.name, expectations=made)


def agree(con: duckdb.DuckDBPyConnection) -> None:
    """Compare check_list with validation, check by check. Raises DisagreementError where they differ."""
    differing = con.execute("""
SELECT source_table, code, column_name, bad_n, unexpected_n
FROM check_list LEFT JOIN validation USING (source_table, check_no)
WHERE unexpected_n IS DISTINCT FROM bad_n AND code <> 'suspected_duplicate' ORDER BY ALL""").fetchall()
    if differing:
        lines = "; ".join(
            f"{table} {code} {column}: {ours} here, {theirs} in Great Expectations"
            for table, code, column, ours, theirs in differing
        )
        raise DisagreementError(say("error.disagreement", lines=lines))
