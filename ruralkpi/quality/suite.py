"""The checks as Great Expectations suites: the same objects validate the same tables, and both counts must agree."""

from __future__ import annotations

import logging
from typing import Any

import duckdb

from ruralkpi.errors import GATE, UserError
from ruralkpi.intake.checks import Check
from ruralkpi.intake.contract import Export, built_in
from ruralkpi.intake.judge import applicable, judged
from ruralkpi.quality import dialect
from ruralkpi.sql import first_row, literal, name
from ruralkpi.texts import say

_IGNORES = {
    "expect_column_pair_values_a_to_be_greater_than_b": "either_value_is_missing",
    "expect_column_pair_values_to_be_equal": "either_value_is_missing",
}  # engines differ in what they do with nulls unless told
VALIDATION = """
CREATE TABLE validation (  -- grain: one check as Great Expectations saw it
    source_table VARCHAR, check_no INTEGER, expectation VARCHAR, element_n BIGINT, unexpected_n BIGINT
)"""


class DisagreementError(UserError):
    """Our count of failing rows and Great Expectations' differ: a check means two things, so neither is trusted."""

    exit_code = GATE


def validate(con: duckdb.DuckDBPyConnection, as_of: str) -> int:
    """Validate every delivered export against check_list, into table validation; returns the number of checks.

    `con` holds typed.*, raw.* and check_list. Raises DisagreementError naming the checks whose counts differ.
    """
    con.execute(VALIDATION)
    url = dialect.offer("staging", con)
    try:
        context, source = _context(url)
        for export in built_in().values():
            if first_row(con, f"SELECT count(*) FROM (SELECT 1 FROM typed.{name(export.name)} LIMIT 1)")[0]:
                _validate_one(con, context, source, export, as_of)
    finally:
        dialect.withdraw("staging")
    _agree(con)
    return int(first_row(con, "SELECT count(*) FROM validation")[0])


def _context(url: str) -> tuple[Any, Any]:
    import great_expectations as gx  # 4 seconds: only where it is used
    from great_expectations.data_context.types.base import ProgressBarsConfig

    logging.getLogger("great_expectations").setLevel(logging.ERROR)
    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    return context, context.data_sources.add_sql("staging", connection_string=url, create_temp_table=False)


def _validate_one(con: duckdb.DuckDBPyConnection, context: Any, source: Any, export: Export, as_of: str) -> None:
    from great_expectations.core.validation_definition import ValidationDefinition

    checks = applicable(con, export, as_of)
    view = f"judged_{export.name}"
    con.execute(f"CREATE OR REPLACE TEMP TABLE {name(view)} AS {judged(export, checks)}")
    batch = source.add_table_asset(view, table_name=view).add_batch_definition_whole_table("all")
    suite = context.suites.add(suite_of(export, checks))
    definition = context.validation_definitions.add(ValidationDefinition(name=view, data=batch, suite=suite))
    found = definition.run(result_format={"result_format": "BASIC", "partial_unexpected_count": 0})
    rows = []
    for one in found.results:
        number = one.expectation_config.meta["check_no"]
        if "unexpected_count" not in one.result:
            raise DisagreementError(say("error.disagreement", lines=f"{export.name} {checks[number].code}: {one.exception_info}"))
        rows.append((number, checks[number].expect["type"], one.result["element_count"], one.result["unexpected_count"]))
    lines = ", ".join(f"({literal(export.name)}, {n}, {literal(kind)}, {seen}, {bad})" for n, kind, seen, bad in sorted(rows))
    con.execute(f"INSERT INTO validation VALUES {lines}")
    con.execute(f"DROP TABLE {name(view)}")


def suite_of(export: Export, checks: list[Check]) -> Any:
    """The export's checks as one Great Expectations suite; each expectation carries its number, code and severity."""
    from great_expectations.core.expectation_suite import ExpectationSuite
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    made = []
    for number, check in enumerate(checks):
        words = {key: value for key, value in check.expect.items() if key != "type"}
        if check.expect["type"] in _IGNORES:
            words["ignore_row_if"] = _IGNORES[check.expect["type"]]
        meta = {"check_no": number, "code": check.code, "severity": check.severity}
        made.append(ExpectationConfiguration(type=check.expect["type"], kwargs=words, meta=meta))
    # as a list: adding one by one replaces an expectation of the same type and column
    return ExpectationSuite(export.name, expectations=made)


def _agree(con: duckdb.DuckDBPyConnection) -> None:
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
