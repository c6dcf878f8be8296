"""A page per rule of a month: what it asks, what is set, and how each county and area kept it; cases stand in the catalogue."""

from __future__ import annotations

import json
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from ruralkpi.book.words import setting_name
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.figures import uncounted
from ruralkpi.month import places
from ruralkpi.month.heat import heat
from ruralkpi.month.planned import Plan
from ruralkpi.month.stale import inputs_of, renew
from ruralkpi.pages.paths import RULES, safe
from ruralkpi.pages.typography import keep, page_of
from ruralkpi.sql import Row, fetch
from ruralkpi.texts import catalogue, cut_off, say


def write_pages(con: duckdb.DuckDBPyConnection, folder: Path, todo: Plan, placed: places.Placed, lang: str) -> None:
    """Write rules/<id>.html for every rule of the book, where it is not right already; others go. `placed`: where each area's
    rules stand."""
    by_rule: dict[str, places.Placed] = {}
    for row, place in placed:
        by_rule.setdefault(row["rule_id"], []).append((row, place))
    aside = {row["rule_id"]: (row["unknown_n"], row["exempt_n"]) for row in fetch(con, "month/uncounted", month=todo.month)}
    home = folder / RULES
    home.mkdir(exist_ok=True)
    written = set()
    for rule in fetch(con, "cards/facts/rules"):
        path, mine = home / f"{rule['rule_id']}.html", by_rule.get(rule["rule_id"], [])
        counties = [_county(county, list(some)) for county, some in groupby(mine, key=lambda one: str(one[0]["county_id"]))]
        why = uncounted(*aside.get(rule["rule_id"], (0, 0)))
        inputs = inputs_of(todo.recipe, rule, counties, why)
        renew(path, inputs, partial(html, rule, counties, why, todo, lang, inputs))
        written.add(path)
    for old in set(home.glob("*.html")) - written:
        old.unlink()


def html(rule: Row, counties: list[dict[str, Any]], why: str, todo: Plan, lang: str, inputs: str) -> str:
    """The page of one rule: a line per county with those of its areas, or `why` there is none; `inputs` is the hash of what it
    shows."""
    cells = [area["cell"] for county in counties for area in county["areas"]]
    met, owed = (sum(cell[place] for cell in cells) for place in (0, 1))
    page = page_of(
        "month",
        "rule",
        lang,
        rule=rule,
        inputs=inputs,
        label=keep(rule[f"label_{lang}"]),
        how=keep(rule[f"how_{lang}"]),
        settings=_settings(rule, lang),
        counties=counties,
        whole=(met, owed),
        why=why,
        heat=heat,
        compare_from=choices().compare_from_n,
        month=todo.month,
        cut_off=cut_off(todo.imprint.as_of),
        version=todo.imprint.rules_version,
        standing=todo.imprint.standing,
    )
    return page + "\n"


def _county(county: str, placed: places.Placed) -> dict[str, Any]:
    areas = [
        {
            "area_id": row["area_id"],
            "href": quote(f"../{safe(row['area_id'])}/index.html")
            + (f"#missed-{row['rule_id']}" if row["met_n"] < row["owed_n"] else ""),
            "cell": (int(row["met_n"]), int(row["owed_n"]), place),
        }
        for row, place in placed
    ]
    first = placed[0][0]
    return {"county": county, "met": int(first["county_met_n"]), "owed": int(first["county_owed_n"]), "areas": areas}


def _settings(rule: Row, lang: str) -> list[tuple[str, str, str]]:
    """Name, value in force, and who set it."""
    told = []
    for one in json.loads(rule["settings"] or "[]"):
        name = setting_name(one["name"], lang)
        key = next((key for key in (f"set_by.{one['set_by']}", f"law.{one['set_by']}") if key in catalogue()), None)
        by = say(key, lang) if key else one["set_by"]
        told.append((name, str(one.get(lang, one["value"])), by))
    return told
