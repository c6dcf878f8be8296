"""What is wrong with a submitted row: one condition, one code and one sentence a check.

The checks that follow from a column's suffix are made here; those between columns are declared in
exports/*.toml in the words of Great Expectations.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruralkpi.intake.contract import Column, Export
from ruralkpi.intake.typed import precision
from ruralkpi.sql import literal, name
from ruralkpi.texts import say

_SENTINELS = "(1900, 1970, 2099)"


@dataclass(frozen=True)
class Check:
    """`bad` is SQL over typed row `t` and raw row `r`, true when the row fails; `message` is an SQL text."""

    code: str
    severity: str
    bad: str
    message: str


def checks_of(export: Export, as_of: str) -> Iterator[Check]:
    """All checks of one export, in the order in which a reader would look at a row."""
    for column in export.columns.values():
        yield from _by_suffix(export, column, as_of)
    for group in export.required_any:
        empty = " AND ".join(f"free_text(r.{name(n)}) IS NULL" for n in group)
        titles = " / ".join(export.columns[n].title for n in group)
        yield Check("missing_value", "reject", empty, literal(say("check.missing_value", column=titles)))
    for words in export.checks:
        yield _declared(export, words)


def _by_suffix(export: Export, column: Column, as_of: str) -> Iterator[Check]:
    typed, text = f"t.{name(column.name)}", f"free_text(r.{name(column.name)})"
    if column.required:
        yield _check("missing_value", column, f"{text} IS NULL", text)
    codes = {"stamp": "bad_time", "day": "bad_time", "flag": "bad_flag", "number": "bad_number", "count": "bad_number"}
    if column.kind in codes:
        yield _check(codes[column.kind], column, f"{text} IS NOT NULL AND {typed} IS NULL", text)
    if column.kind == "stamps":
        yield _check("bad_time", column, f"len({typed}) < stamps_n(r.{name(column.name)})", text)
    if column.kind == "id":
        yield _check("damaged_id", column, f"is_damaged({typed})", text)
    if column.kind in ("stamp", "day") and column.name not in export.open_ended:
        yield _check("sentinel_year", column, f"year({typed}) IN {_SENTINELS}", text)
        if column.name not in export.future:
            late = f"{typed} >= TIMESTAMP {literal(as_of)}" if column.kind == "day" else _later(column, as_of)
            yield _check("after_cut_off", column, f"{late} AND year({typed}) NOT IN {_SENTINELS}", text)


def _later(column: Column, as_of: str) -> str:
    """A day that begins at or after the cut-off is later than it; a time is when it is past it."""
    typed, exact = f"t.{name(column.name)}", f"t.{name(precision(column.name))}"
    cut = f"TIMESTAMP {literal(as_of)}"
    return f"({typed} > {cut} OR ({exact} = 'day' AND {typed} = {cut}))"


def _check(code: str, column: Column, bad: str, text: str) -> Check:
    template = say(f"check.{code}", column=column.title, value="\x00")
    before, mark, after = template.partition("\x00")
    message = f"concat({literal(before)}, left({text}, 60), {literal(after)})" if mark else literal(before)
    return Check(code, "reject", bad, message)


def _declared(export: Export, words: dict[str, Any]) -> Check:
    """A declared check as SQL. Raises KeyError for an expectation this module can't compile: none is skipped."""
    compiled = {
        "expect_column_pair_values_a_to_be_greater_than_b": _pair,
        "expect_column_values_to_not_be_null": lambda e: f"t.{name(e['column'])} IS NULL",
        "expect_column_values_to_match_regex": lambda e: f"NOT regexp_matches(t.{name(e['column'])}, {literal(e['regex'])})",
    }
    bad = compiled[words["expect"]["type"]](words["expect"])
    return Check(words["code"], words.get("severity", "reject"), bad, _sentence(words["zh"], export))


def _pair(expect: dict[str, Any]) -> str:
    """A ≥ B by the latest moment that A's spelling leaves open, so that a bare day is not before its own morning."""
    a, b = expect["column_A"], expect["column_B"]
    latest = f"latest(t.{name(a)}, t.{name(precision(a))})" if a.endswith("_at") else f"t.{name(a)}"
    return f"{latest} {'<' if expect.get('or_equal') else '<='} t.{name(b)}"


def _sentence(template: str, export: Export) -> str:
    """``首次回复 {first_reply_at} 早于受理`` as SQL that puts the row's own text in the braces."""
    parts = []
    for piece in template.replace("{", "\x00").replace("}", "\x00").split("\x00"):
        is_column = piece in export.columns
        parts.append(f"left(coalesce(free_text(r.{name(piece)}), ''), 60)" if is_column else literal(piece))
    return f"concat({', '.join(parts)})"
