"""A rule of the standard as its TOML declares it, with the user's settings laid over."""

from __future__ import annotations

import datetime as dt
import math
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError, nearest
from ruralkpi.masking import told
from ruralkpi.obligations.limits import Limit, is_limit, limit
from ruralkpi.obligations.own import own_rules
from ruralkpi.settings import Settings
from ruralkpi.texts import say

USES = {"S": "scored", "M": "manager", "I": "information", "A": "audit"}
# what can still be done when it is overdue, gravest first: a customer waits, an agreement lapses, a record is missing (section 6)
MENDS = {"repair": 1, "reply": 1, "promise": 1, "renewal": 2, "record": 3}
_NEVER_ZERO = {"limit", "block", "age"}  # spans in which something is to be done; a lead, a window or a tolerance may be none
_LINE = {"when", "since", "limit"}  # what a line of a dated table has, beside its words in zh and en
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
        _lend(words, known)
    return known


def _lend(words: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> None:
    """Put another rule's setting in where one is the `same_as` it."""
    for setting in words.get("settings", {}).values():
        if "same_as" in setting:
            rule_id, name = setting["same_as"].split(".")
            setting.update(known[rule_id]["settings"][name])


def rules(settings: Mapping[str, Mapping[str, Any]] | None = None, folder: Path | None = None) -> list[Rule]:
    """All rules with the user's `settings` by rule id, and those of the office's own `folder`.

    Raises UserError for an unknown rule or setting, with the nearest names, for a value of the wrong form, for what is no rule
    in the folder, and for settings of a rule that has later editions there: these bring their own.
    """
    settings, own = settings or {}, own_rules(folder, declared())
    known = {**declared(), **{one.words["id"]: one.words for one in own if one.since is None}}
    for one in own:
        _lend(one.words, known)
    for rule_id in settings:
        known_rule(rule_id, known)
    files_of = {one.words["id"]: one.file for one in own if one.since is None}
    made = {name: _with_settings(name, words, settings.get(name, {}), files_of.get(name)) for name, words in known.items()}
    for one in (one for one in own if one.since is not None):
        rule_id = one.words["id"]
        if rule_id in settings:
            raise UserError(say("error.rule_edition_set", rule=rule_id, file=one.file))
        edition = _with_borrowed(_with_settings(rule_id, one.words, {}, one.file), made)
        made[rule_id] = replace(made[rule_id], later=(*made[rule_id].later, (str(one.since), edition)))
    return [_with_borrowed(rule, made) for rule in made.values()]


def rules_of(settings: Settings) -> list[Rule]:
    """All rules under an office's settings, its own folder's among them. Raises UserError as `rules` does."""
    return rules(settings.rules, settings.rules_folder)


def _with_borrowed(rule: Rule, made: Mapping[str, Rule]) -> Rule:
    """A setting that is another rule's has that rule's value in force, and can be changed there alone."""
    borrowed = {name: words["same_as"].split(".") for name, words in rule.words.get("settings", {}).items() if "same_as" in words}
    values = {name: made[owner].settings[setting] for name, (owner, setting) in borrowed.items()}
    changed = {name for name, (owner, setting) in borrowed.items() if setting in made[owner].changed}
    return replace(rule, settings={**rule.settings, **values}, changed=rule.changed | changed)


def known_rule(rule_id: str, known: Collection[str]) -> None:
    """Raises UserError with the nearest ids when `rule_id` is no rule."""
    if rule_id not in known:
        near = "、".join(nearest(rule_id, known) or sorted(known))
        raise UserError(say("error.rule_unknown", name=rule_id, near=near))


def _with_settings(rule_id: str, words: Mapping[str, Any], own: Mapping[str, Any], file: Path | None) -> Rule:
    values = {name: setting["value"] for name, setting in words.get("settings", {}).items()}
    for name, value in own.items():
        if name not in values or "same_as" in words["settings"][name]:
            own_values = [known for known in values if "same_as" not in words["settings"][known]]
            lent = words.get("settings", {}).get(name, {}).get("same_as")
            near = lent or "、".join(nearest(name, own_values) or sorted(own_values)) or "-"
            raise UserError(say("error.setting_unknown", rule=rule_id, name=name, near=near))
        values[name] = _checked(rule_id, name, values[name], value)
    return Rule(rule_id, words, values, frozenset(own), file=file)


def _checked(rule_id: str, name: str, old: Any, new: Any) -> Any:
    """A user's value must have the form of the one it replaces; values by the day on which they begin are each such a one."""
    old = _newest(old)
    misfit = UserError(say("error.setting_form", rule=rule_id, name=name, value=new, old=old))
    if isinstance(new, dict):
        if any(isinstance(value, dict) for value in new.values()):
            raise misfit
        return {str(day): _checked(rule_id, name, old, value) for day, value in _days(rule_id, name, new)}
    if isinstance(old, str):
        before, after = limit(old), _span(rule_id, name, new)
        if before.is_clock != after.is_clock and before.unit != "day":
            raise misfit
        return str(new).strip()
    if isinstance(old, list):
        return _table(rule_id, name, [{"when": "true", "since": "1900-01-01", "limit": new}] if isinstance(new, str) else new)
    if isinstance(old, bool) != isinstance(new, bool) or not isinstance(new, int if isinstance(old, int) else int | float):
        raise misfit
    if not math.isfinite(new) or (old >= 0 > new):
        raise misfit
    return new


def _span(rule_id: str, name: str, value: Any) -> Limit:
    """A user's limit. Raises UserError for none, and for one of no length where something is to be done within it."""
    span = limit(value)
    if not span.number and name in _NEVER_ZERO:
        raise UserError(say("error.setting_zero", rule=rule_id, name=name, value=value))
    return span


def _table(rule_id: str, name: str, lines: Any) -> list[dict[str, Any]]:
    """A user's dated table. Raises UserError for what is none; whether its conditions can be asked, the marts say."""
    if not isinstance(lines, list) or not lines or not all(_is_line(line) for line in lines):
        raise UserError(say("error.setting_table", rule=rule_id, name=name, value=lines))
    for line in lines:
        span = _span(rule_id, name, line["limit"])
        if not (span.is_clock or span.unit == "day"):  # it is counted by the clock, as repair is
            raise UserError(say("error.setting_table", rule=rule_id, name=name, value=line["limit"]))
    return [{**line, "since": str(line["since"])} for line in lines]


def _is_line(line: Any) -> bool:
    if not isinstance(line, dict) or set(line) - {"zh", "en"} != _LINE or not isinstance(line["when"], str):
        return False
    try:
        dt.date.fromisoformat(str(line["since"]))
    except ValueError:
        return False
    return bool(line["when"].strip())


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
