"""Each setting of a rule moved by one step, so that a test can ask whether the rule's own cases notice."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from ruralkpi.obligations.cases import tried
from ruralkpi.obligations.rule import SECONDS, Rule, limit


def moved(rule: Rule) -> list[tuple[str, str, Rule]]:
    """(setting, step, the rule with it): every limit one step up and down, every switch turned over.

    A step is a second of clock time, a day, a working day, a month, or one.
    """
    found = []
    for name, value in rule.settings.items():
        for step, other in _steps(value):
            found.append((name, step, replace(rule, settings={**rule.settings, name: other})))
    return found


def unnoticed(rule: Rule) -> list[str]:
    """Moves after which all of the rule's cases still hold; empty when none is decoration."""
    moves = moved(rule)
    broken = tried(rule, [variant for _, _, variant in moves]) if moves else []
    return [f"{rule.id}.{name}: {step}" for (name, step, _), lines in zip(moves, broken, strict=True) if not lines]


def _steps(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, bool):
        yield f"{value} → {not value}", not value
    elif isinstance(value, dict):
        for day, own in value.items():
            for step, other in _steps(own):
                yield f"{day}: {step}", {**value, day: other}
    elif isinstance(value, list):
        for place, line in enumerate(value):
            for step, other in _steps(line["limit"]):
                yield f"{line['when']}: {step}", [*value[:place], {**line, "limit": other}, *value[place + 1 :]]
    elif isinstance(value, str):
        span = limit(value)
        number, unit = (span.number * SECONDS[span.unit], "second") if span.is_clock else (span.number, span.unit)
        for by in (-1, 1):
            yield f"{value} {by:+d} {unit}", f"{number + by} {unit}s"
    else:
        for by in (-1, 1):
            yield f"{value} {by:+d}", value + by
