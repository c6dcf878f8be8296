"""The list of rules, and a page a rule: its words, settings and worked cases, as its TOML declares them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ruralkpi.catalog.clauses import clause_order, not_measurable
from ruralkpi.catalog.page import told
from ruralkpi.obligations.declared import rules
from ruralkpi.obligations.rule import Rule
from ruralkpi.reference.markdown import MADE, anchor, code, heading, heads, page, table
from ruralkpi.texts import say


def pages(lang: str) -> Iterator[tuple[str, str]]:
    """(name, text) of rules.md and of each rule's own page."""
    every = [(rule, told(rule, lang)) for rule in rules({})]
    groups = []
    for dimension in dict.fromkeys(one["dimension"] for _, one in every):
        rows = [_row(one) for _, one in every if one["dimension"] == dimension]
        groups += [heading(2, say(f"card.dimension.{dimension}", lang), dimension),
                   table(heads(lang, "rule", "id", "clause", "settings", "use"), rows)]  # fmt: skip
    clauses = sorted(not_measurable().items(), key=lambda pair: clause_order(pair[0]))
    groups += [heading(2, say("catalog.not_measurable", lang), "not_measurable"),
               table(heads(lang, "clause", "why"), [[clause, why[lang]] for clause, why in clauses])]  # fmt: skip
    yield "rules.md", page("rules", lang, *groups, rules=len(every), reasons=len(clauses))
    for rule, one in every:
        yield f"rules/{rule.id}.md", _page(rule, one, lang)


def _row(one: dict[str, Any]) -> list[str]:
    own = "；".join(f"{line['name']} {line['value']}" for line in one["settings"])
    return [f"{anchor(one['id'])}[{one['label']}](rules/{one['id']}.md)", code(one["id"]), one["clause"], own, one["use"]]


def _page(rule: Rule, one: dict[str, Any], lang: str) -> str:
    about = [
        [say("reference.head.clause", lang), one["clause"]],
        [say("reference.head.owner", lang), f"{one['owner']} · {one['use']}"],
        [say("reference.head.mend", lang), one["mend"]],
        [say("reference.head.declared", lang), code(f"ruralkpi/standard/…_{rule.id}.toml")],
    ]
    settings = [[f"{anchor(line['id'])}{code(line['id'])}", line["name"], line["value"], line["by"]] for line in one["settings"]]
    cases = [[case["name"], _outcomes(case["outcomes"], lang)] for case in one["cases"]]
    example = _example(rule, one)
    blocks = [
        f"# {one['label']}",
        code(rule.id),
        one["how"],
        table(heads(lang, "what", "is"), about),
        heading(2, say("reference.settings", lang), "settings"),
        table(heads(lang, "setting", "meaning", "value", "set_by"), settings) if settings else say("reference.no_settings", lang),
        f"```toml\n# ruralkpi.toml\n{example}\n```" if example else "",
        heading(2, say("reference.cases", lang), "cases"),
        table(heads(lang, "case", "outcome"), cases),
        say("reference.rule_ask", lang, rule=rule.id),
        f"[{say('reference.back', lang)}](../rules.md#{rule.id})",
    ]
    return "\n\n".join([MADE, *(block for block in blocks if block)]) + "\n"


def _example(rule: Rule, one: dict[str, Any]) -> str:
    """How the first setting is written; one that is another rule's is written there."""
    for line in one["settings"]:
        owner, _, name = rule.words["settings"][line["id"]].get("same_as", f"{rule.id}.{line['id']}").partition(".")
        return f"[rules.{owner}]\n{name} = {_toml(rule.settings[line['id']])}"
    return ""


def _outcomes(outcomes: list[dict[str, Any]], lang: str) -> str:
    words = [
        one["word"] + (f" ×{one['n']}" if one["n"] > 1 else "") + (f"（{one['reason']}）" if one["reason"] else "")
        for one in outcomes
    ]
    return "、".join(words) if words else say("catalog.nothing", lang)


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(name)} = {_toml(own)}" for name, own in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, int | float) else f'"{value}"'


def _key(name: str) -> str:
    return name if name.isidentifier() else f'"{name}"'
