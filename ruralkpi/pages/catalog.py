"""reports/catalog.html: every rule in words with its settings and worked examples, and every clause that has none."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from ruralkpi.catalog import clause_order, not_measurable
from ruralkpi.obligations.rule import Rule, rules
from ruralkpi.texts import say

_OWN = ("standard", "project", "user")


def write(out: Path, settings: Mapping[str, Mapping[str, Any]], lang: str = "zh") -> Path:
    """Write the page into `out`; the same settings give the same bytes. Returns its path."""
    page = out / "catalog.html"
    out.mkdir(parents=True, exist_ok=True)
    page.write_text(html(settings, lang), encoding="utf-8")
    return page


def html(settings: Mapping[str, Mapping[str, Any]], lang: str = "zh") -> str:
    """The page's text."""
    env = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True)
    template = env.from_string((files("ruralkpi") / "pages" / "catalog.html.j2").read_text(encoding="utf-8"))
    told = [_rule(rule, lang) for rule in rules(settings)]
    dimensions = dict.fromkeys(rule["dimension"] for rule in told)
    reasons = sorted(((clause, why[lang]) for clause, why in not_measurable().items()), key=lambda pair: clause_order(pair[0]))
    styles = files("ruralkpi") / "cards" / "templates"
    return template.render(
        lang=lang,
        say=lambda key, **values: say(key, lang, **values),
        card_css=(styles / "card.css").read_text(encoding="utf-8"),
        page_css=(styles / "page.css").read_text(encoding="utf-8"),
        groups=[(name, [rule for rule in told if rule["dimension"] == name]) for name in dimensions],
        rules=told,
        reasons=reasons,
        clause_n=len({clause for rule in rules(settings) for clause in rule.words["clause"]}) + len(reasons),
    )


def _rule(rule: Rule, lang: str) -> dict[str, Any]:
    values = rule.setting_words(lang)
    return {
        "id": rule.id,
        "dimension": rule.words["dimension"],
        "clause": rule.clause,
        "label": rule.text("label", lang),
        "how": rule.text("how", lang),
        "owner": say(f"owner.{rule.words['owner']}", lang),
        "use": say(f"use.{rule.words['use']}", lang),
        "settings": [
            {"name": name, "value": value, "by": say(f"set_by.{by}", lang) if (by := rule.set_by(name)) in _OWN else by}
            for name, value in values.items()
        ],
        "cases": [
            {"name": case["name"], "outcomes": "、".join(say(f"outcome.{row['outcome']}", lang) for row in case["expect"]) or "—"}
            for case in rule.words.get("case", [])
        ],
    }
