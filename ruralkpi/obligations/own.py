"""An office's own folder of rules: new ones, and later editions of those there are."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ruralkpi.errors import UserError, nearest
from ruralkpi.exports.declared import built_in
from ruralkpi.obligations.limits import limit
from ruralkpi.texts import say
from ruralkpi.toml_text import is_hidden_toml, read_toml
from ruralkpi.walk import below

# what a later edition shares with the rule it stands in for: else it is another rule, and has another id
_SAME = ("clause", "dimension", "use", "owner")
_CASE = ("name", "as_of", "absent", "undelivered", "freshness", "settings", "month", "until", "expect")
_NAMES = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Own:
    """A declaration of the office's own: its file, its words, and for a later edition the first day on which it holds."""

    file: Path
    words: Mapping[str, Any]
    since: str | None = None


def own_files(folder: Path | None) -> list[Path]:
    """The files of a folder of rules, and those below it, in the order of their paths: .toml, and .sql that they name.

    Raises UserError for a folder that is not there, a link that leads nowhere, or a name that an editor has lengthened.
    """
    if folder is None:
        return []
    if not folder.is_dir():
        raise UserError(say("error.rules_folder_missing", folder=folder))
    found = below(folder)
    for one in found:
        if one.fault or is_hidden_toml(one.path):
            raise UserError(say(one.fault or "error.toml_txt", file=one.path, to=one.to, name=one.path.stem))
    return sorted(one.path for one in found if one.path.suffix.lower() in (".toml", ".sql") and not one.is_folder)


def own_rules(folder: Path | None, known: Mapping[str, Mapping[str, Any]]) -> list[Own]:
    """What a folder declares, new rules first, later editions of one rule by their days. `known`: the built-in ones.

    Raises UserError for the first file that is no rule, with the place in it and what is expected there; for two new rules of
    one id, two editions of one day, an edition of no rule, or one that changes what the rule is about.
    """
    new: dict[str, Own] = {}
    later: dict[tuple[str, str], Own] = {}
    for path in own_files(folder):
        if path.suffix.lower() != ".toml":
            continue
        words = _read(path)
        rule_id, since = words["id"], words.pop("from", None)
        key = (rule_id, since or "")
        before = later.get(key) if since else new.get(rule_id)
        if before or (not since and rule_id in known):
            by = before.file if before else "ruralkpi"
            raise UserError(say("error.rule_twice", file=path, rule=rule_id, by=by))
        if since:
            later[key] = Own(path, words, since)
        else:
            new[rule_id] = Own(path, words)
    for (rule_id, _), one in later.items():
        _refuse_other(one, rule_id, {**known, **{name: own.words for name, own in new.items()}})
    return [*new.values(), *(later[key] for key in sorted(later))]


def _read(path: Path) -> dict[str, Any]:
    words: dict[str, Any] = json.loads(json.dumps(read_toml(path, "error.rule_bad"), default=str))
    for place, fault in _faults(words):
        raise UserError(say("error.rule_form", file=path, place=place or "id", fault=fault))
    each = words["owed"]["each"]
    if each.endswith(".sql"):
        beside = path.parent / each
        if not beside.is_file():
            raise UserError(say("error.rule_form", file=path, place="owed.each", fault=say("rule_form.no_file", name=each)))
        words["owed"]["each"] = beside.read_text(encoding="utf-8")
    return words


def _faults(words: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(place, what is wrong there), gravest first."""
    for error in sorted(_schema().iter_errors(words), key=lambda one: (one.validator != "additionalProperties", one.json_path)):
        yield ".".join(str(part) for part in error.absolute_path), _told(error)
        return
    names = set(words.get("settings", {}))
    for key in ("label", "how"):
        for lang, text in words[key].items():
            for name in sorted(set(_NAMES.findall(text)) - names):
                yield f"{key}.{lang}", say("rule_form.no_setting", name=name, known="、".join(sorted(names)) or "—")
    due = words["owed"]["due"]
    setting = due.get("within", due.get("by"))
    if setting is not None and setting not in names:
        yield "owed.due", say("rule_form.no_setting", name=setting, known="、".join(sorted(names)) or "—")
    for name, one in words.get("settings", {}).items():
        if name == setting and not isinstance(one["value"], list | dict):
            try:
                limit(one["value"])
            except UserError as fault:
                yield f"settings.{name}", str(fault)
    yield from _odd_cases(words["case"])
    since = words.get("from")
    if since is not None:
        try:
            dt.date.fromisoformat(since)
        except ValueError:
            yield "from", say("rule_form.no_day", value=since)


def _odd_cases(cases: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """What a case has that no export, no column or no case knows: it would be passed over."""
    for number, case in enumerate(cases):
        for name, value in case.items():
            if name not in _CASE and name not in built_in():
                yield f"case.{number}", say("rule_form.odd", name=name, near="、".join(nearest(name, built_in()) or _CASE))
            if name in built_in():
                known = built_in()[name].columns
                for column in dict.fromkeys(column for row in value for column in row):
                    if column not in known:
                        near = "、".join(nearest(column, known) or known)
                        yield f"case.{number}.{name}", say("rule_form.odd", name=column, near=near)


def _told(error: Any) -> str:
    """A fault of jsonschema in our words."""
    if error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        return say("rule_form.missing", names="、".join(missing))
    if error.validator == "additionalProperties" and error.schema.get("additionalProperties") is False:
        known = list(error.schema["properties"])
        odd = next(name for name in error.instance if name not in known)
        return say("rule_form.odd", name=odd, near="、".join(nearest(odd, known) or known))
    if error.validator == "enum":
        return say("rule_form.one_of", value=error.instance, known="、".join(map(str, error.validator_value)))
    return say("rule_form.other", value=json.dumps(error.instance, ensure_ascii=False)[:80], fault=error.message[-80:])


@cache
def _schema() -> Any:
    from ruralkpi.light_import import without_options

    with without_options():
        from jsonschema import Draft202012Validator
    text = (files("ruralkpi") / "obligations" / "rule.schema.json").read_text(encoding="utf-8")
    return Draft202012Validator(json.loads(text))


def _refuse_other(one: Own, rule_id: str, known: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises UserError for an edition of no rule, or one that changes what the rule is about."""
    if rule_id not in known:
        near = "、".join(nearest(rule_id, known) or sorted(known))
        raise UserError(say("error.rule_edition_of_none", file=one.file, rule=rule_id, near=near))
    for name in _SAME:
        if one.words[name] != known[rule_id][name]:
            raise UserError(say("error.rule_edition_other", file=one.file, rule=rule_id, name=name, value=known[rule_id][name]))
