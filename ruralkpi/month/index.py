"""The month's index: all agents with each dimension's figures; searches and sorts without a network."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.pictures.funnel import funnel_svg, outside, points_of
from ruralkpi.masking import mask_person
from ruralkpi.month import places
from ruralkpi.month.planned import Entry, Plan, Planned
from ruralkpi.pages.paths import COUNTIES, safe
from ruralkpi.pages.scripts import script
from ruralkpi.pages.typography import page_of, percent, placed, sheet
from ruralkpi.sql import Row
from ruralkpi.texts import cut_off, say


def index_html(
    folder: Path,
    todo: Plan,
    made: dict[str, Entry],
    states: places.States,
    totals: dict[str, float],
    rules: list[Row],
    lang: str = "zh",
) -> str:
    """The page of the month's `folder`; totals: each rule's rate of all; rules: those of the book.

    Rows travel as JSON and are drawn as far as they are looked at, so 20,000 stay quick; up to `plain_most` stand in the page
    as well, for browsers without a script.
    """
    dimensions = [
        name
        for name in choices().dimensions
        if any(
            name == figure["dimension"] and figure["use"] == "S" for card in todo.cards for figure in card.row["figures"] or []
        )
    ]
    rows = [row_of(card, made.get(card.agent_id), dimensions, states.get(card.agent_id, {}), lang) for card in todo.cards]
    areas = sorted({(card.row["county_id"] or "", card.area_id) for card in todo.cards})
    plots, few = _funnels(todo, made, totals, lang)
    return page_html(
        rows,
        lang,
        month=todo.month,
        as_of=cut_off(todo.imprint.as_of),
        version=todo.imprint.rules_version,
        standing=todo.imprint.standing,
        dimensions=dimensions,
        failed=[(agent, made[agent].error) for agent in sorted(made) if made[agent].error],
        noted=[(agent, made[agent].note) for agent in sorted(made) if made[agent].note],
        is_provisional=todo.is_provisional,
        counties=[
            (county, quote(f"{COUNTIES}/{safe(county or '—')}/index.html"), [(area, _area_link(area)) for _, area in group])
            for county, group in groupby(areas, key=lambda pair: pair[0])
        ],
        funnels=plots,
        few=few,
        rules=_by_dimension(rules),
        has_quality=(folder / "quality" / "index.html").exists(),
        has_changes=(folder / "changes.html").exists(),
    )


def page_html(
    rows: list[list[Any]], lang: str, month: str, dimensions: list[str], noted: list[tuple[str, str]] | None = None, **values: Any
) -> str:
    """The page of rows as `row_of` makes them."""
    year, number = month.split("-")
    page = page_of(
        "month",
        "index",
        lang,
        say=lambda key, **given: say(key, lang, **given),
        n=len(rows),
        rows=_script_json(rows),
        plain=rows if len(rows) <= choices().plain_most else [],
        year=year,
        month=int(number),
        dimensions=dimensions,
        noted=noted or [],
        names=[say(f"card.dimension.{name}", lang) for name in dimensions],
        compare_from=choices().compare_from_n,
        sheet=Markup(sheet("index", "month")),
        script=Markup(script("index", "month")),
        **values,
    )
    return page + "\n"


def _funnels(todo: Plan, made: dict[str, Entry], totals: dict[str, float], lang: str) -> tuple[list[dict[str, Any]], list[str]]:
    """(dimension, its plots) in the cards' order, one per rule under which somebody owed enough to compare; the other rules."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in choices().dimensions}
    few = []
    figures = [(card.row, _href(made.get(card.agent_id))) for card in todo.cards]
    for rule in todo.rules:
        points = points_of(figures, rule["rule_id"])
        if len(points) < 2:
            continue
        if max(one.owed for one in points) < choices().compare_from_n:
            few.append(rule[f"label_{lang}"])
            continue
        rate = totals[rule["rule_id"]]
        n = outside(points, rate)
        words = say("index.funnel_words", lang, above=n["above"], below=n["below"], n=len(points) - n["few"], rate=percent(rate))
        svg = funnel_svg(points, rate, words)
        found.setdefault(rule["dimension"], []).append({"rule": rule, "label": rule[f"label_{lang}"], "words": words, "svg": svg})
    return [{"name": name, "plots": plots} for name, plots in found.items() if plots], few


def _by_dimension(rules: list[Row]) -> list[tuple[str, list[Row]]]:
    known = [*choices().dimensions, *sorted({rule["dimension"] for rule in rules} - set(choices().dimensions))]
    found = [(name, [rule for rule in rules if rule["dimension"] == name]) for name in known]
    return [(name, some) for name, some in found if some]


def _href(entry: Entry | None) -> str | None:
    """Where a card is, seen from the index."""
    files = entry.files if entry else {}
    return next((quote(files[kind]["path"]) for kind in ("html", "pdf") if kind in files), None)


def row_of(card: Planned, entry: Entry | None, dimensions: list[str], states: dict[str, str], lang: str = "zh") -> list[Any]:
    """[id, name, area, county, html or null, pdf or null, state (0 none, 1 made, 2 failed), area's page, a letter per
    dimension (b below, a above, - else), met, owed, then met, owed of each dimension]."""
    person, scored = card.row, [figure for figure in card.row["figures"] or [] if figure["use"] == "S"]
    files = entry.files if entry else {}
    sums = [_sum(scored)] + [_sum([one for one in scored if one["dimension"] == name]) for name in dimensions]
    links = [quote(files[kind]["path"]) if kind in files else None for kind in ("html", "pdf")]
    state = 0 if entry is None else 2 if entry.error else int(entry.inputs == card.inputs)
    return [
        person["agent_id"],
        mask_person(person["agent_name"]) if person["agent_name"] else "",
        placed(person["area_id"], "area", lang),
        placed(person["county_id"], "county", lang),
        *links,
        state,
        _area_link(card.area_id),
        "".join({"below": "b", "above": "a"}.get(states.get(name, ""), "-") for name in dimensions),
        *(n for pair in sums for n in pair),
    ]


def _area_link(area: str) -> str:
    return quote(f"{safe(area)}/index.html")


def _sum(figures: list[dict[str, Any]]) -> tuple[int, int]:
    return sum(one["met_n"] for one in figures), sum(one["owed_n"] for one in figures)


def _script_json(rows: list[list[Any]]) -> Markup:
    """JSON inside <script>: no value can end the element."""
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).replace("],[", "],\n[")
    return Markup(text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"))
