"""The catalogue: every clause of the standard with its rules, or with the reason why records can't measure it."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

import pandas as pd

from ruralkpi.obligations.rule import Rule
from ruralkpi.texts import catalogue, say


def clauses(declared: Sequence[Rule], lang: str = "zh") -> pd.DataFrame:
    """Grain: one clause and rule, or one clause that records can't measure; in the order of the standard.

    Columns: clause, rule_id, label, owner, use, settings (value in force, and who set it), how_or_why.
    """
    rows: list[dict[str, str | None]] = [_measured(clause, rule, lang) for rule in declared for clause in rule.words["clause"]]
    rows += [
        {"clause": clause, "rule_id": None, "label": None, "owner": None, "use": None, "settings": None, "how_or_why": why[lang]}
        for clause, why in not_measurable().items()
    ]
    rows.sort(key=lambda row: (clause_order(str(row["clause"])), str(row["rule_id"] or "")))
    return pd.DataFrame(rows)


def _measured(clause: str, rule: Rule, lang: str) -> dict[str, str | None]:
    return {
        "clause": clause,
        "rule_id": rule.id,
        "label": rule.text("label", lang),
        "owner": say(f"owner.{rule.words['owner']}", lang),
        "use": say(f"use.{rule.words['use']}", lang),
        "settings": settings_words(rule, lang),
        "how_or_why": rule.text("how", lang),
    }


def settings_words(rule: Rule, lang: str) -> str:
    """Each setting with its value in force and who set it: the standard, the project, the user or a named source."""
    words = rule.setting_words(lang)
    return say("catalog.semicolon", lang).join(
        say("catalog.setting", lang, name=name, value=words[name], by=decided_by(rule.set_by(name), lang)) for name in words
    )


def decided_by(by: str, lang: str) -> str:
    """Who set a value: the standard, this project, the user, or a named source."""
    key = next((key for key in (f"set_by.{by}", f"law.{by}") if key in catalogue()), None)
    return say(key, lang) if key else by


@cache
def not_measurable() -> dict[str, dict[str, str]]:
    """Clause number → why records can't measure it, by language."""
    text = (files("ruralkpi") / "standard" / "not_measurable.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["clause"]


def clause_order(clause: str) -> tuple[tuple[int, str], ...]:
    """A sort key for clause numbers such as 1.3.3(2)④ and 2.5 ¶2."""
    parts: list[tuple[int, str]] = []
    number = ""
    for sign in clause + " ":
        if sign.isdecimal() and sign.isascii():
            number += sign
            continue
        if number:
            parts.append((int(number), ""))
            number = ""
        if sign in "①②③④⑤⑥⑦⑧⑨":
            parts.append(("①②③④⑤⑥⑦⑧⑨".index(sign) + 1, ""))
    return tuple(parts)
