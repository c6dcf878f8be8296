"""reports/catalog.html: every rule in words with its settings and worked examples, and every clause that has none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from ruralkpi.book.words import reason, setting_name
from ruralkpi.catalog.clauses import clause_order, decided_by, not_measurable
from ruralkpi.exports.declared import built_in
from ruralkpi.obligations.rule import Rule
from ruralkpi.pages.typography import page_of, sheet
from ruralkpi.texts import say
from ruralkpi.whole import write as put


def write(out: Path, declared: Sequence[Rule], lang: str = "zh") -> Path:
    """Write the page into `out`; the same rules give the same bytes. Returns its path."""
    page = out / "catalog.html"
    out.mkdir(parents=True, exist_ok=True)
    months = sorted((path.parent.name for path in out.glob("????-??/index.html")), reverse=True)
    put(page, html(declared, lang, months))
    return page


def html(declared: Sequence[Rule], lang: str = "zh", months: Sequence[str] = ()) -> str:
    """The page's text; it leads to the scorecards of `months`."""
    every = [told(rule, lang) for rule in declared]
    dimensions = dict.fromkeys(rule["dimension"] for rule in every)
    reasons = sorted(((clause, why[lang]) for clause, why in not_measurable().items()), key=lambda pair: clause_order(pair[0]))
    return page_of(
        "catalog",
        "catalog",
        lang,
        months=months,
        css=Markup(sheet("card") + sheet("page")),
        groups=[(name, [rule for rule in every if rule["dimension"] == name]) for name in dimensions],
        rules=every,
        reasons=reasons,
    )


def told(rule: Rule, lang: str) -> dict[str, Any]:
    """What pages tell of one rule: its words, settings in force, cases with their outcomes."""
    values = rule.setting_words(lang)
    return {
        "id": rule.id,
        "dimension": rule.words["dimension"],
        "clause": say("card.comma", lang).join(rule.words["clause"]),
        "label": rule.text("label", lang),
        "how": rule.text("how", lang),
        "mend": say(f"mend.{rule.mend or 'none'}", lang),
        "owner": say(f"owner.{rule.words['owner']}", lang),
        "use": say(f"use.{rule.words['use']}", lang),
        "settings": [
            {"id": name, "name": setting_name(name, lang), "value": value, "by": decided_by(rule.set_by(name), lang)}
            | {"is_own": name in rule.changed}
            for name, value in values.items()
        ],
        "cases": [{"name": case["name"][lang], "outcomes": _outcomes(case, lang)} for case in rule.words.get("case", [])],
    }


def _outcomes(case: Mapping[str, Any], lang: str) -> list[dict[str, Any]]:
    """The case's outcomes in its own order, neighbours that are the same as one with their number."""
    found: list[dict[str, Any]] = []
    for row in case["expect"]:
        why = {"reason": row.get("reason"), "source_table": _export(case, row.get("reason", ""))}
        one = {"code": row["outcome"], "word": say(f"outcome.{row['outcome']}", lang), "reason": reason(why, lang)}
        if found and {**found[-1], "n": 1} == {**one, "n": 1}:
            found[-1]["n"] += 1
        else:
            found.append(one | {"n": 1})
    return found


def _export(case: Mapping[str, Any], code: str) -> str | None:
    """The case's export that has the column which a reason names."""
    column = code.removeprefix("no_column_")
    return next((table for table, export in built_in().items() if table in case and column in export.columns), None)
