"""Each setting of a rule moved by one step, so that a test can ask whether the rule's own cases notice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.obligations.cases import failures, tried
from ruralkpi.obligations.limits import SECONDS, limit
from ruralkpi.obligations.rule import Rule
from ruralkpi.texts import say


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


def tried_own(declared: Sequence[Rule]) -> list[tuple[str, Path, list[str]]]:
    """(rule, its file, what fails) for every rule and later edition of an office's own: its cases, each setting moved by one
    step that they do not notice, and SQL that can't be used. Grain: one file."""
    found = []
    for edition in (one for rule in declared for one in (rule, *(later for _, later in rule.later))):
        if edition.file is None:
            continue
        alone = replace(edition, later=())
        try:
            faults = failures(alone) or [say("rule_form.unnoticed", move=move) for move in unnoticed(alone)]
        except UserError as fault:
            faults = [str(fault)]
        found.append((edition.id, edition.file, faults))
    return found


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
