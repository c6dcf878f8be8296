"""The month's index: all agents with each dimension's figures; searches and sorts without a network."""

from __future__ import annotations

import json
from itertools import groupby
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from ruralkpi.cards.choices import choices
from ruralkpi.cards.content import Row, cut_off
from ruralkpi.cards.funnel import funnel_svg, outside, points_of
from ruralkpi.cards.manifest import Entry
from ruralkpi.cards.paths import safe
from ruralkpi.cards.plan import Plan, Planned
from ruralkpi.cards.show import environment
from ruralkpi.masking import mask_name
from ruralkpi.texts import say


def index_html(todo: Plan, made: dict[str, Entry], rules: list[Row], lang: str = "zh") -> str:
    """The page. Rows travel as JSON and are drawn as far as they are looked at, so 20,000 stay quick."""
    dimensions = [
        name
        for name in choices().dimensions
        if any(
            name == figure["dimension"] and figure["use"] == "S" for card in todo.cards for figure in card.row["figures"] or []
        )
    ]
    rows = [_row(card, made.get(card.agent_id), dimensions) for card in todo.cards]
    failed = [(agent, made[agent].error) for agent in sorted(made) if made[agent].error]
    areas = sorted({(card.row["county_id"] or "", card.area_id) for card in todo.cards})
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
            is_provisional=todo.is_provisional,
            areas=[
                (county, [(area, quote(f"{safe(area)}/index.html")) for _, area in group])
                for county, group in groupby(areas, key=lambda pair: pair[0])
            ],
            funnels=_funnels(todo, rules, lang),
            n=len(rows),
            rows=_script_json(rows),
        )
        + "\n"
    )


def _funnels(todo: Plan, rules: list[Row], lang: str) -> list[dict[str, Any]]:
    """A plot per rule of the agents that at least two agents owed something under."""
    found, figures = [], [card.row for card in todo.cards]
    for rule in rules:
        points = points_of(figures, rule["rule_id"])
        if len(points) > 1:
            below, above = outside(points)
            words = say("index.funnel_words", lang, below=below, above=above, n=len(points))
            found.append({"rule": rule, "label": rule[f"label_{lang}"], "words": words, "svg": funnel_svg(points, words)})
    return found


def _row(card: Planned, entry: Entry | None, dimensions: list[str]) -> list[Any]:
    """[id, name, area, county, html or null, pdf or null, state (0 none, 1 made, 2 failed), area's page, met, owed, then
    met, owed of each dimension]."""
    person, scored = card.row, [figure for figure in card.row["figures"] or [] if figure["use"] == "S"]
    files = entry.files if entry else {}
    sums = [_sum(scored)] + [_sum([one for one in scored if one["dimension"] == name]) for name in dimensions]
    links = [quote(files[kind]["path"]) if kind in files else None for kind in ("html", "pdf")]
    state = 0 if entry is None else 2 if entry.error else int(entry.inputs == card.inputs)
    name = mask_name(person["agent_name"]) if person["agent_name"] else ""
    return [
        person["agent_id"],
        name,
        person["area_id"] or "",
        person["county_id"] or "",
        *links,
        state,
        quote(f"{safe(card.area_id)}/index.html"),
        *(n for pair in sums for n in pair),
    ]


def _sum(figures: list[dict[str, Any]]) -> tuple[int, int]:
    return sum(one["met_n"] for one in figures), sum(one["owed_n"] for one in figures)


def _script_json(rows: list[list[Any]]) -> Markup:
    """JSON inside <script>: no value can end the element."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).replace("],[", "],\n[")
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
