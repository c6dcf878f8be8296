"""A page per rule of a month: what it asks, what is set, and how each county and area kept it; cases stand in the catalogue."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
from markupsafe import Markup

from ruralkpi.book.words import setting_name
from ruralkpi.month import places
from ruralkpi.month.heat import heat
from ruralkpi.month.planned import Plan
from ruralkpi.pages.paths import RULES, safe
from ruralkpi.pages.typography import environment, keep, sheet, style
from ruralkpi.sql import Row, fetch
from ruralkpi.texts import catalogue, cut_off, say
from ruralkpi.whole import write


def write_pages(con: duckdb.DuckDBPyConnection, folder: Path, todo: Plan, lang: str) -> None:
    """Write rules/<id>.html for every rule of the book, where it is not the same already; others go."""
    rows = fetch(con, "month/area_county", month=todo.month, quarter=places.quarter(todo.month))
    by_rule: dict[str, list[Row]] = {}
    for row in rows:
        by_rule.setdefault(row["rule_id"], []).append(row)
    home = folder / RULES
    home.mkdir(exist_ok=True)
    written = set()
    for rule in fetch(con, "month/rules"):
        path, text = home / f"{rule['rule_id']}.html", html(rule, by_rule.get(rule["rule_id"], []), todo, lang)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write(path, text)
        written.add(path)
    for old in set(home.glob("*.html")) - written:
        old.unlink()


def html(rule: Row, rows: list[Row], todo: Plan, lang: str) -> str:
    """The page of one rule; rows: its rows of `area_county`."""
    counties = [_county(county, list(some), todo.month) for county, some in groupby(rows, key=lambda row: str(row["county_id"]))]
    met, owed = (sum(int(row[name]) for row in rows) for name in ("met_n", "owed_n"))
    return (
        environment("month")
        .get_template("rule.html.j2")
        .render(
            rule=rule,
            lang=lang,
            style=Markup(style()),
            sheet=Markup(sheet()),
            say=lambda key, **values: keep(say(key, lang, **values)),
            label=keep(rule[f"label_{lang}"]),
            how=keep(rule[f"how_{lang}"]),
            settings=_settings(rule, lang),
            counties=counties,
            whole=(met, owed),
            heat=heat,
            month=todo.month,
            cut_off=cut_off(todo.imprint.as_of),
            version=todo.imprint.rules_version,
            standing=todo.imprint.standing,
        )
        + "\n"
    )


def _county(county: str, rows: list[Row], month: str) -> dict[str, Any]:
    areas = [
        {
            "area_id": row["area_id"],
            "href": quote(f"../{safe(row['area_id'])}/index.html")
            + (f"#missed-{row['rule_id']}" if row["met_n"] < row["owed_n"] else ""),
            "cell": (int(row["met_n"]), int(row["owed_n"]), places.of_row(row, month)[0]),
        }
        for row in rows
    ]
    return {"county": county, "met": int(rows[0]["county_met_n"]), "owed": int(rows[0]["county_owed_n"]), "areas": areas}


def _settings(rule: Row, lang: str) -> list[tuple[str, str, str]]:
    """Name, value in force, and who set it."""
    told = []
    for one in json.loads(rule["settings"] or "[]"):
        name = setting_name(one["name"], lang)
        key = next((key for key in (f"set_by.{one['set_by']}", f"law.{one['set_by']}") if key in catalogue()), None)
        by = say(key, lang) if key else one["set_by"]
        told.append((name, str(one.get(lang, one["value"])), by))
    return told
