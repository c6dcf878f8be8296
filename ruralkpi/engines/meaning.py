"""What SQL of marts, rules and figures may not say: constructs that mean one thing on DuckDB and another on Spark.

They parse on both, and are translated without complaint; only the numbers differ. Each has a plain way of being said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from sqlglot import exp

# the nulls of their arguments are skipped by one engine and returned by the other, or any row will do
_PICKS = (exp.ArgMax, exp.ArgMin, exp.AnyValue, exp.First, exp.Last, exp.FirstValue, exp.LastValue, exp.Mode)
_INTO_TEXT = (exp.GroupConcat, exp.ArrayAgg, exp.ArrayUniqueAgg)
_OF_TODAY = (exp.CurrentTimestamp, exp.CurrentDate, exp.CurrentTime, exp.Rand, exp.Uuid)
_COUNTED_DAYS = (exp.DayOfWeek, exp.DayOfWeekIso, exp.Week, exp.WeekOfYear)
_ROUNDED = (exp.Floor, exp.Ceil, exp.Round, exp.Trunc)


def doubts(tree: exp.Expr) -> list[str]:
    """One line for each part of a statement that the engines understand differently, with the plain way to say it."""
    return [f"{node.sql('duckdb')}: {why}" for node in tree.walk() for why in _why(node)]


def _why(node: exp.Expr) -> Iterator[str]:
    for is_so, why in _FORBIDDEN:
        if is_so(node):
            yield why


def _is_loose_difference(node: exp.Expr) -> bool:
    """DuckDB counts the bounds that are crossed, Spark whole units: the same only for days between dates, and for seconds
    between times without fractions."""
    if not isinstance(node, exp.DateDiff | exp.TimestampDiff | exp.DatetimeDiff | exp.TimeDiff):
        return False
    unit = node.text("unit").upper() or "DAY"
    if unit == "DAY":
        return not (_is_date(node.this) and _is_date(node.expression))
    return not (unit == "SECOND" and _is_cut(node.this) and _is_cut(node.expression))


def _is_date(node: exp.Expr) -> bool:
    if isinstance(node, exp.Cast):
        return node.to.is_type("date")
    if isinstance(node, exp.Add | exp.Sub | exp.Paren):
        return _is_date(node.this)
    return isinstance(node, exp.Column) and node.name.endswith("_on")


def _is_cut(node: exp.Expr) -> bool:
    is_cut = isinstance(node, exp.TimestampTrunc | exp.DateTrunc | exp.DatetimeTrunc)
    return is_cut and node.text("unit").upper() in ("SECOND", "MINUTE")


def _is_decimal_division(node: exp.Expr) -> bool:
    """Of decimals DuckDB makes a double, Spark a decimal of some scale."""
    return isinstance(node, exp.Div) and any(
        isinstance(one, exp.Literal) and not one.is_string and "." in one.name and "e" not in one.name.lower()
        for side in (node.this, node.expression)
        for one in side.find_all(exp.Literal)
    )


def _is_whole(node: exp.Expr) -> bool:
    """DuckDB rounds a fraction, Spark cuts it off."""
    if not isinstance(node, exp.Cast | exp.TryCast) or not node.to.is_type(*exp.DataType.INTEGER_TYPES):
        return False
    inner = node.this.unnest()
    return not isinstance(inner, _ROUNDED) and any(
        isinstance(one, exp.Div) or (isinstance(one, exp.Literal) and not one.is_string and "." in one.name)
        for one in inner.walk()
    )


def _is_rounded_by_cast(node: exp.Expr) -> bool:
    """A half goes up, to the even digit, or by how the fraction is written; made of whole numbers it can't differ."""
    if not isinstance(node, exp.Cast | exp.TryCast) or not node.to.is_type("decimal"):
        return False
    inner = node.this.unnest()
    return not (isinstance(inner, exp.Div) and isinstance(inner.this.unnest(), exp.Floor))


_FORBIDDEN: list[tuple[Callable[[exp.Expr], bool], str]] = [
    (lambda node: isinstance(node, _PICKS), "of which row? number the rows in an order without ties, and take the first"),
    (lambda node: isinstance(node, _INTO_TEXT), "in which order? keep rows, or join them where the book is read"),
    (lambda node: isinstance(node, _OF_TODAY), "no figure hangs on the clock or on chance: as_of is given"),
    (lambda node: isinstance(node, _COUNTED_DAYS), "weeks begin on another day: join calendar_day"),
    (lambda node: isinstance(node, exp.Avg), "of decimals it has another scale: CAST(sum(x) AS DOUBLE) / count(*)"),
    (lambda node: isinstance(node, exp.Anonymous), "a function that the other engine may not have, or have otherwise"),
    (lambda node: isinstance(node, exp.IntDiv), "below zero it rounds another way: floor(a / b)"),
    (
        lambda node: isinstance(node, exp.RegexpReplace) and not node.args.get("modifiers"),
        "the first match, or all? say 'g' or find another way",
    ),
    (_is_loose_difference, "date_diff of 'day' between dates (…_on), or of 'second' between date_trunc('second', …)"),
    (_is_decimal_division, "write the number with an exponent (30.4375e0), or as a whole one"),
    (_is_whole, "floor(…) or round(…) it first"),
    (_is_rounded_by_cast, "CAST(floor(x * 1e4 + 0.5e0) / 1e4 AS DECIMAL(18, 4))"),
]
