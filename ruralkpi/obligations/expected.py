"""What came of a case beside what it expects: the same for rules and for measures."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any


def faults(got: Sequence[Mapping[str, Any]], expected: Sequence[Mapping[str, Any]], told: Sequence[str]) -> list[str]:
    """One line for each expected value that did not come, or one for the wrong number of rows; empty when all agree.

    Rows are compared in their order and by the keys that an expected row has; `told` are the columns that name a row.
    """
    if len(got) != len(expected):
        rows = [" ".join(str(row[column]) for column in told) for row in got]
        return [f"expected {len(expected)} rows, got {len(got)}: {rows}"]
    return [
        f"row {place}: expected {key} = {value!r}, got {row.get(key)!r}"
        for place, (row, want) in enumerate(zip(got, expected, strict=True), start=1)
        for key, value in want.items()
        if not _is_alike(row.get(key), value)
    ]


def plain(row: Mapping[Any, Any], mark: str = "") -> dict[str, Any]:
    """A row as a case writes it: NULL is "", a time is its text without midnight, an id is without its `mark`."""
    return {str(key): _plain(value, mark) for key, value in row.items()}


def _plain(value: Any, mark: str) -> Any:
    if value is None or value != value:
        return ""
    if hasattr(value, "isoformat"):
        text = value.isoformat(sep=" ")
        return text.removesuffix(" 00:00:00")
    return value.replace(mark, "") if isinstance(value, str) and mark else value


def _is_alike(value: Any, wanted: Any) -> bool:
    if isinstance(value, float) and isinstance(wanted, int | float):
        return math.isclose(value, wanted, rel_tol=1e-9)
    return bool(value == wanted)
