"""Great Expectations' vocabulary as SQL: for each expectation, when a row fails it.

A null fails only the expectation about nulls, as in Great Expectations. An expectation that is not here raises:
no check is ever passed over.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any

from ruralkpi.sql import literal, name

Words = dict[str, Any]


def failing(expect: Words) -> str:
    """SQL that is true where a row fails `expect` (type and arguments). Raises ValueError for an unknown expectation."""
    kind = expect["type"]
    if kind not in _FAILING:
        raise ValueError(f"expectation {kind} is not known; known: {', '.join(sorted(_FAILING))}")
    return _FAILING[kind](expect)


def _value(value: Any) -> str:
    return f"TIMESTAMP {literal(str(value))}" if isinstance(value, dt.datetime) else literal(value)


def _set(values: Iterable[Any]) -> str:
    return f"({', '.join(_value(value) for value in values)})"


def _between(expression: str, e: Words) -> str:
    parts = []
    if e.get("min_value") is not None:
        parts.append(f"{expression} {'<=' if e.get('strict_min') else '<'} {_value(e['min_value'])}")
    if e.get("max_value") is not None:
        parts.append(f"{expression} {'>=' if e.get('strict_max') else '>'} {_value(e['max_value'])}")
    return f"({' OR '.join(parts)})"


def _pair(e: Words) -> str:
    return f"{name(e['column_A'])} {'<' if e.get('or_equal') else '<='} {name(e['column_B'])}"


_FAILING: dict[str, Callable[[Words], str]] = {
    "expect_column_values_to_not_be_null": lambda e: f"{name(e['column'])} IS NULL",
    "expect_column_values_to_be_null": lambda e: f"{name(e['column'])} IS NOT NULL",
    "expect_column_values_to_match_regex": lambda e: f"NOT regexp_matches({name(e['column'])}, {literal(e['regex'])})",
    "expect_column_values_to_not_match_regex": lambda e: f"regexp_matches({name(e['column'])}, {literal(e['regex'])})",
    "expect_column_values_to_be_in_set": lambda e: f"{name(e['column'])} NOT IN {_set(e['value_set'])}",
    "expect_column_values_to_not_be_in_set": lambda e: f"{name(e['column'])} IN {_set(e['value_set'])}",
    "expect_column_values_to_be_between": lambda e: _between(name(e["column"]), e),
    "expect_column_value_lengths_to_be_between": lambda e: _between(f"length({name(e['column'])})", e),
    "expect_column_pair_values_a_to_be_greater_than_b": _pair,
    "expect_column_pair_values_to_be_equal": lambda e: f"{name(e['column_A'])} <> {name(e['column_B'])}",
}
