"""A rule of the standard as its TOML declares it, with the user's settings laid over."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

from ruralkpi.errors import UserError, nearest
from ruralkpi.masking import told
from ruralkpi.texts import say

USES = {"S": "scored", "M": "manager", "I": "information", "A": "audit"}
# what can still be done when it is overdue, gravest first: a customer waits, an agreement lapses, a record is missing (section 6)
MENDS = {"repair": 1, "reply": 1, "promise": 1, "renewal": 2, "record": 3}
STANDARD_FROM = dt.date(2008, 4, 1)  # the standard's own day: from then on every duty has a value
_LIMIT = re.compile(r"^(\d+) (second|minute|hour|day|workday|month)s?$")
SECONDS = {"second": 1, "minute": 60, "hour": 3600}


@dataclass(frozen=True)
class Limit:
    """A span of time as the standard words it: ``48 hours``, ``2 workdays``."""

    number: int
    unit: str

    @property
    def is_clock(self) -> bool:
        """Clock time from the event (X2), as against days until 24:00 (X3)."""
        return self.unit in ("second", "minute", "hour")

    @property
    def is_minutes(self) -> bool:
        """So short that a day without a time of day says nothing (X19)."""
        return self.is_clock and self.number * SECONDS[self.unit] < 2 * SECONDS["hour"]

    def words(self, lang: str) -> str:
        """The limit as people read it, number and unit unbroken."""
        return say(f"unit.{self.unit}", lang, n=self.number)

    @property
    def interval(self) -> str:
        """The limit as an SQL interval."""
        return f"INTERVAL {self.number} {self.unit.upper()}"


def limit(text: Any) -> Limit:
    """Read a limit. Raises UserError for anything but a whole number and a known unit."""
    found = _LIMIT.match(str(text).strip())
    if not found:
        raise UserError(say("error.limit", value=text))
    return Limit(int(found[1]), found[2])


@dataclass(frozen=True)
class Rule:
    """One rule. `words` is its whole declaration; `settings` the values in force, `changed` those the user set."""

    id: str
    words: Mapping[str, Any]
    settings: Mapping[str, Any]
    changed: frozenset[str] = field(default_factory=frozenset)

    @property
    def dated(self) -> dict[str, dict[str, Any]]:
        """The settings that are another from a day on: their values by the day."""
        return {name: value for name, value in self.settings.items() if isinstance(value, dict)}

    def periods(self) -> list[tuple[str, str | None, Rule]]:
        """(first day, day after the last or None, the rule as it is then), for duties that start in it; '' begins always."""
        days = sorted({day for values in self.dated.values() for day in values})
        found: list[tuple[str, str | None, Rule]] = [] if days else [("", None, self)]
        for first, after in zip(days, [*days[1:], None], strict=False):
            then = {name: values[max(day for day in values if day <= first)] for name, values in self.dated.items()}
            found.append(("" if first == days[0] else first, after, replace(self, settings={**self.settings, **then})))
        return found

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
        """Who decided a setting: standard, project, user, or a named source."""
        return "user" if setting in self.changed else self.words["settings"][setting]["set_by"]

    def text(self, key: str, lang: str) -> str:
        """label or how, in words, with the settings in force put in."""
        return self.words[key][lang].format(**self.setting_words(lang))

    def sentence_words(self, lang: str) -> dict[str, Any]:
        """The noun and verbs of the rule's sentences; braces left in are filled from a row. Under `since`, by their first day:
        those of duties that start under another value of a dated setting."""
        given = self.setting_words(lang)
        words: dict[str, Any] = {key: _fill(value, given) for key, value in self.words["words"][lang].items()}
        if self.dated:
            words["since"] = {first: rule.sentence_words(lang) for first, _, rule in self.periods()}
        return words

    def setting_words(self, lang: str) -> dict[str, str]:
        """Each setting's value in force, as people read it; the user's own words without names and phones."""
        words = {name: _worded(value, lang) for name, value in self.settings.items()}
        return words | {name: told.hidden(words[name]) for name in self.changed}


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
    return limit(value).words(lang) if isinstance(value, str) and _LIMIT.match(value) else str(value)


@cache
def declared() -> dict[str, dict[str, Any]]:
    """Every rule's declaration by id, in the order of its clause; what it owes `each` of may stand in an .sql file beside it."""
    folder = files("ruralkpi") / "standard"
    found = [
        (entry.name, tomllib.loads(entry.read_text(encoding="utf-8")))
        for entry in folder.iterdir()
        if entry.name.endswith(".toml") and entry.name != "not_measurable.toml"
    ]
    known = {words["id"]: words for _, words in sorted(found, key=lambda pair: pair[0])}
    for words in known.values():
        if words["owed"]["each"].endswith(".sql"):
            words["owed"]["each"] = (folder / words["owed"]["each"]).read_text(encoding="utf-8")
        for setting in words.get("settings", {}).values():
            if "same_as" in setting:
                rule_id, name = setting["same_as"].split(".")
                setting.update(known[rule_id]["settings"][name])
    return known


def rules(settings: Mapping[str, Mapping[str, Any]] | None = None) -> list[Rule]:
    """All rules with the user's `settings` by rule id.

    Raises UserError for an unknown rule or setting, with the nearest names, and for a value of the wrong form.
    """
    settings = settings or {}
    for rule_id in settings:
        known_rule(rule_id)
    own = {rule_id: dict(settings.get(rule_id, {})) for rule_id in declared()}
    made = {rule_id: _with_settings(rule_id, words, own[rule_id]) for rule_id, words in declared().items()}
    return [_with_borrowed(rule, made) for rule in made.values()]


def _with_borrowed(rule: Rule, made: Mapping[str, Rule]) -> Rule:
    """A setting that is another rule's has that rule's value in force, and can be changed there alone."""
    borrowed = {name: words["same_as"].split(".") for name, words in rule.words.get("settings", {}).items() if "same_as" in words}
    values = {name: made[owner].settings[setting] for name, (owner, setting) in borrowed.items()}
    changed = {name for name, (owner, setting) in borrowed.items() if setting in made[owner].changed}
    return replace(rule, settings={**rule.settings, **values}, changed=rule.changed | changed)


def known_rule(rule_id: str) -> None:
    """Raises UserError with the nearest ids when `rule_id` is no rule."""
    if rule_id not in declared():
        near = "、".join(nearest(rule_id, declared()) or sorted(declared()))
        raise UserError(say("error.rule_unknown", name=rule_id, near=near))


def _with_settings(rule_id: str, words: dict[str, Any], own: Mapping[str, Any]) -> Rule:
    values = {name: setting["value"] for name, setting in words.get("settings", {}).items()}
    for name, value in own.items():
        if name not in values or "same_as" in words["settings"][name]:
            own_values = [known for known in values if "same_as" not in words["settings"][known]]
            lent = words.get("settings", {}).get(name, {}).get("same_as")
            near = lent or "、".join(nearest(name, own_values) or sorted(own_values)) or "-"
            raise UserError(say("error.setting_unknown", rule=rule_id, name=name, near=near))
        values[name] = _checked(rule_id, name, values[name], value)
    return Rule(rule_id, words, values, frozenset(own))


def _checked(rule_id: str, name: str, old: Any, new: Any) -> Any:
    """A user's value must have the form of the one it replaces; values by the day on which they begin are each such a one."""
    if isinstance(new, dict):
        return {str(day): _checked(rule_id, name, _newest(old), value) for day, value in _days(rule_id, name, new)}
    old = _newest(old)
    if isinstance(old, str):
        before, after = limit(old), limit(new)
        if before.is_clock != after.is_clock and before.unit != "day":
            raise UserError(say("error.setting_form", rule=rule_id, name=name, value=new, old=old))
        return str(new)
    if isinstance(old, list) and isinstance(new, str):
        limit(new)
        return [{"when": "true", "since": "1900-01-01", "limit": new}]
    if isinstance(old, list):
        for line in new:
            limit(line["limit"])
        return new
    if isinstance(old, bool) != isinstance(new, bool) or not isinstance(new, int | float):
        raise UserError(say("error.setting_form", rule=rule_id, name=name, value=new, old=old))
    return new


def _newest(value: Any) -> Any:
    return value[max(value)] if isinstance(value, dict) else value


def _days(rule_id: str, name: str, values: Mapping[str, Any]) -> list[tuple[dt.date, Any]]:
    """A dated setting in the order of its days. Raises UserError for what is no day, and where the first leaves a gap after the
    standard's own."""
    try:
        found = sorted((dt.date.fromisoformat(str(day)), value) for day, value in values.items())
    except (ValueError, TypeError):
        raise UserError(say("error.setting_day", rule=rule_id, name=name, value="、".join(map(str, values)))) from None
    if not found or found[0][0] > STANDARD_FROM:
        raise UserError(say("error.setting_gap", rule=rule_id, name=name, first=STANDARD_FROM.isoformat()))
    return found
