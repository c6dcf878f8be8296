"""All rules: the built-in ones and those of the office's own folder, each with the user's settings laid over."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError, nearest
from ruralkpi.obligations.own import own_rules
from ruralkpi.obligations.rule import Rule
from ruralkpi.obligations.values import checked
from ruralkpi.settings import Settings
from ruralkpi.texts import say


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
        values[name] = checked(rule_id, name, values[name], value)
    return Rule(rule_id, words, values, frozenset(own), file=file)
