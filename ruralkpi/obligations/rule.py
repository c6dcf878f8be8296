"""A rule of the standard: its settings in force, from when on, and as people read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ruralkpi.masking import told
from ruralkpi.obligations.limits import is_limit, limit
from ruralkpi.texts import say

# what can still be done when it is overdue, gravest first: a customer waits, an agreement lapses, a record is missing (section 6)
MENDS = {"repair": 1, "reply": 1, "promise": 1, "renewal": 2, "record": 3}
STANDARD_FROM = dt.date(2008, 4, 1)  # the standard's own day: from then on every duty has a value


@dataclass(frozen=True)
class Rule:
    """One rule. `words` is its whole declaration; `settings` the values in force, `changed` those the user set.

    `later`: what the office's own folder of rules has in its place, each from its first day on; `file`: that file, of a rule or
    a later edition that stands there.
    """

    id: str
    words: Mapping[str, Any]
    settings: Mapping[str, Any]
    changed: frozenset[str] = field(default_factory=frozenset)
    later: tuple[tuple[str, Rule], ...] = ()
    file: Path | None = None

    @property
    def dated(self) -> dict[str, dict[str, Any]]:
        """The settings that are another from a day on: their values by the day."""
        return {name: value for name, value in self.settings.items() if isinstance(value, dict)}

    def periods(self) -> list[tuple[str, str | None, Rule]]:
        """(first day, day after the last or None, the rule as it is then), for duties that start in it; '' begins always."""
        found: list[tuple[str, str | None, Rule]] = []
        editions = [("", replace(self, later=())), *self.later]
        ends = [first for first, _ in self.later]
        for (begin, rule), end in zip(editions, [*ends, None], strict=True):
            for first, after, then in rule.values_by_day():
                first, after = max(first, begin), min(after or end or "", end or after or "") or None
                if after is None or first < after:
                    found.append((first, after, then))
        return found

    def values_by_day(self) -> list[tuple[str, str | None, Rule]]:
        """As periods(), of this edition alone."""
        days = sorted({day for values in self.dated.values() for day in values})
        if not days:
            return [("", None, self)]
        found: list[tuple[str, str | None, Rule]] = []
        for first, after in zip(days, [*days[1:], None], strict=True):
            then = {name: values[max(day for day in values if day <= first)] for name, values in self.dated.items()}
            found.append(("" if first == days[0] else first, after, replace(self, settings={**self.settings, **then})))
        return found

    def by_day(self) -> dict[str, Any]:
        """Every setting's value, and where it is another from a day on, all its values by the day; so too the version, where
        later editions stand in the rule's place."""
        seen = [(first or STANDARD_FROM.isoformat(), rule) for first, _, rule in self.periods()]
        names = dict.fromkeys(name for _, rule in seen for name in rule.settings)
        values: dict[str, dict[str, Any]] = {name: {} for name in names}
        for first, rule in seen:
            for name, value in rule.settings.items():
                if list(values[name].values())[-1:] != [value]:
                    values[name][first] = value
        told = {name: own if len(own) > 1 or name in self.dated else next(iter(own.values())) for name, own in values.items()}
        return told | ({"version": {first: rule.words["version"] for first, rule in seen}} if self.later else {})

    @property
    def clause(self) -> str:
        """The clauses of the standard that the rule comes from."""
        return "、".join(self.words["clause"])

    @property
    def mend(self) -> str | None:
        """What is done when it is done late, one of MENDS; None where a miss can't be made good (section 6)."""
        kind: str | None = self.words.get("mend", {}).get("kind")
        return kind

    def set_by(self, setting: str) -> str:
        """Who decided a setting, the newest of its values: standard, project, user, or a named source."""
        newest = next((rule for _, rule in reversed(self.later) if setting in rule.settings), self)
        if setting in newest.changed or setting == "version":
            return "user"
        return newest.words["settings"][setting]["set_by"]

    def text(self, key: str, lang: str) -> str:
        """label or how, in words, with the settings in force put in; of later editions too, where they say something else."""
        told = _fill(self.words[key][lang], own_words(self, lang))
        for day, rule in self.later:
            if (other := rule.text(key, lang)) != told:
                told = say("unit.dated_text", lang, text=told, day=day, later=other)
        return told

    def sentence_words(self, lang: str) -> dict[str, Any]:
        """The noun and verbs of the rule's sentences; braces left in are filled from a row. Under `since`, by their first day:
        those of duties that start under another value of a dated setting."""
        given = own_words(self, lang)
        words: dict[str, Any] = {key: _fill(value, given) for key, value in self.words["words"][lang].items()}
        if self.dated or self.later:
            words["since"] = {first: rule.sentence_words(lang) for first, _, rule in self.periods()}
        return words

    def setting_words(self, lang: str) -> dict[str, str]:
        """Each setting's value in force, by the day where it changes, as people read it."""
        words = {name: _worded(value, lang) for name, value in self.by_day().items()}
        return words | {name: told.hidden(words[name]) for name in self.changed}


def own_words(rule: Rule, lang: str) -> dict[str, str]:
    """The settings of one edition as people read them; the user's own words without names and phones."""
    words = {name: _worded(value, lang) for name, value in rule.settings.items()}
    return words | {name: told.hidden(words[name]) for name in rule.changed}


def _fill(template: str, given: dict[str, str]) -> str:
    for name, value in given.items():
        template = template.replace("{" + name + "}", value)
    return template


def _worded(value: Any, lang: str) -> str:
    if isinstance(value, dict):
        (_, first), *later = sorted(value.items())
        parts = [say("unit.since", lang, day=day, value=_worded(own, lang)) for day, own in later]
        return _worded(first, lang) + (say("unit.dated", lang, later=say("unit.comma", lang).join(parts)) if parts else "")
    if isinstance(value, list):
        return " / ".join(dict.fromkeys(f"{line.get(lang, '')} {limit(line['limit']).words(lang)}".strip() for line in value))
    if isinstance(value, bool):
        return say("unit.true" if value else "unit.false", lang)
    return limit(value).words(lang) if is_limit(value) else str(value)
