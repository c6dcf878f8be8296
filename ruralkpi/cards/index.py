"""The month's index: all agents with each dimension's figures; searches and sorts without a network."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from ruralkpi.cards.choices import choices
from ruralkpi.cards.content import cut_off
from ruralkpi.cards.plan import Plan, Planned
from ruralkpi.cards.show import environment
from ruralkpi.cards.worker import Outcome
from ruralkpi.masking import mask_name
from ruralkpi.texts import say


def index_html(todo: Plan, outcomes: dict[str, Outcome], lang: str = "zh") -> str:
    """The page. Rows travel as JSON and are drawn as far as they are looked at, so 20,000 stay quick."""
    dimensions = [
        name
        for name in choices().dimensions
        if any(
            name == figure["dimension"] and figure["use"] == "S" for card in todo.cards for figure in card.row["figures"] or []
        )
    ]
    rows = [_row(card, outcomes[card.task.expected.agent_id], dimensions) for card in todo.cards]
    failed = [(one.agent_id, one.error) for one in sorted(outcomes.values(), key=lambda one: one.agent_id) if one.error]
    year, month = todo.month.split("-")
    return (
        environment()
        .get_template("index.html.j2")
        .render(
            lang=lang,
            say=lambda key, **values: say(key, lang, **values),
            year=year,
            month=int(month),
            as_of=cut_off(todo.edition.as_of),
            version=todo.edition.rules_version,
            dimensions=dimensions,
            failed=failed,
            n=len(rows),
            rows=_script_json(rows),
        )
        + "\n"
    )


def _row(card: Planned, outcome: Outcome, dimensions: list[str]) -> list[Any]:
    """[id, name, area, county, html or null, pdf or null, met, owed, then met, owed of each dimension]."""
    person, scored = card.row, [figure for figure in card.row["figures"] or [] if figure["use"] == "S"]
    sums = [_sum(scored)] + [_sum([one for one in scored if one["dimension"] == name]) for name in dimensions]
    links = [quote(outcome.files[kind]["path"]) if kind in outcome.files else None for kind in ("html", "pdf")]
    name = mask_name(person["agent_name"]) if person["agent_name"] else ""
    return [
        person["agent_id"],
        name,
        person["area_id"] or "",
        person["county_id"] or "",
        *links,
        *(n for pair in sums for n in pair),
    ]


def _sum(figures: list[dict[str, Any]]) -> tuple[int, int]:
    return sum(one["met_n"] for one in figures), sum(one["owed_n"] for one in figures)


def _script_json(rows: list[list[Any]]) -> Markup:
    """JSON inside <script>: no value can end the element."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).replace("],[", "],\n[")
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
