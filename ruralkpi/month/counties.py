"""A page per county: its areas with each dimension's state, misses, what falls due, and its agents' cards."""

from __future__ import annotations

import shutil
from collections import defaultdict
from datetime import timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb

from ruralkpi.cards.facts.choices import choices
from ruralkpi.masking import mask_person
from ruralkpi.month import places
from ruralkpi.month.heat import heat, links, sums
from ruralkpi.month.planned import Entry, Plan, Planned, by_area
from ruralkpi.month.stale import inputs_of, renew
from ruralkpi.pages.paths import COUNTIES, safe
from ruralkpi.pages.typography import keep, page_of
from ruralkpi.sql import Row, fetch
from ruralkpi.texts import cut_off


def write_pages(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    todo: Plan,
    made: dict[str, Entry],
    states: places.States,
    placed: places.Placed,
    lang: str,
) -> None:
    """Write counties/<county>/index.html for every county of the month's agents, where it is not right already; pages of other
    counties go. `states`: of the agents; `placed`: where each area's rules stand."""
    until = todo.imprint.as_of + timedelta(days=choices().area_due_within_d)
    due = {row["area_id"]: row for row in fetch(con, "month/area_due", until=until, as_of=todo.imprint.as_of)}
    managers = {row["area_id"]: row["manager_name"] for row in fetch(con, "month/areas")}
    figures = {county: list(some) for county, some in groupby(placed, key=lambda one: str(one[0]["county_id"]))}
    members: dict[str, list[Planned]] = defaultdict(list)
    for card in todo.cards:
        members[card.row["county_id"] or ""].append(card)
    home = folder / COUNTIES
    home.mkdir(exist_ok=True)
    written = set()
    for county, cards in sorted(members.items()):
        page = County(county, cards, made, figures.get(county, []), due, managers, states, todo, lang)
        own, shown = home / safe(county or "—"), page.shown()
        inputs = inputs_of(todo.recipe, county, shown)
        renew(own / "index.html", inputs, partial(page.html, inputs, shown))
        written.add(own)
    for old in {path for path in home.iterdir() if path.is_dir()} - written:
        shutil.rmtree(old)


class County:
    """One county's page."""

    def __init__(
        self,
        county_id: str,
        cards: list[Planned],
        made: dict[str, Entry],
        placed: places.Placed,
        due: dict[str, Row],
        managers: dict[str, str],
        states: places.States,
        todo: Plan,
        lang: str,
    ) -> None:
        self.county_id, self.cards, self.made, self.placed, self.due = county_id, cards, made, placed, due
        self.managers, self.states, self.todo, self.lang = managers, states, todo, lang

    def shown(self) -> dict[str, Any]:
        """What the page shows of this county alone."""
        used = {row["dimension"] for row, _ in self.placed if row["use"] == "S"}
        return {
            "areas": self._areas(),
            "total": sums(row for row, _ in self.placed),  # what only areas owe included
            "rules": self._rules(),
            "dimensions": [name for name in choices().dimensions if name in used],
        }

    def html(self, inputs: str, shown: dict[str, Any]) -> str:
        """The page; `inputs` is the hash of what is `shown`."""
        label = {rule["rule_id"]: keep(rule[f"label_{self.lang}"]) for rule in self.todo.rules}
        return page_of(
            "month",
            "county",
            self.lang,
            **shown,
            inputs=inputs,
            county_id=self.county_id,
            agents_n=len(self.cards),
            label=label,
            heat=heat,
            clause={rule["rule_id"]: rule["clause"].split("、")[0] for rule in self.todo.rules},
            month=self.todo.month,
            cut_off=cut_off(self.todo.imprint.as_of),
            version=self.todo.imprint.rules_version,
            standing=self.todo.imprint.standing,
            days=choices().area_due_within_d,
            compare_from=choices().compare_from_n,
        )

    def _areas(self) -> list[dict[str, Any]]:
        """A line per area: manager, sums by dimension, states against the county, misses, what falls due, agents."""
        states = places.states(self.placed, "area_id")
        by_row: dict[str, list[Row]] = defaultdict(list)
        for row, _ in self.placed:
            by_row[row["area_id"]].append(row)
        return [
            {
                "area_id": area,
                "href": quote(f"../../{safe(area)}/index.html"),
                "manager": mask_person(self.managers.get(area)),
                "sums": sums(by_row.get(area, [])),
                "states": states.get(area, {}),
                "due_n": self.due[area]["due_n"] if area in self.due else 0,
                "overdue_n": self.due[area]["overdue_n"] if area in self.due else 0,
                "agents": [self._agent(card) for card in cards],
            }
            for area, cards in sorted(by_area(self.cards).items())
        ]

    def _rules(self) -> list[dict[str, Any]]:
        """A line per rule: the county's counts, and each area's with its place."""
        lines = []
        for rule_id, some in groupby(self.placed, key=lambda one: str(one[0]["rule_id"])):
            rows = list(some)
            cells = {row["area_id"]: (int(row["met_n"]), int(row["owed_n"]), place) for row, place in rows}
            lines.append({"rule_id": rule_id, "first": rows[0][0], "cells": cells})
        return lines

    def _agent(self, card: Planned) -> dict[str, Any]:
        met, owed = sums(card.row["figures"] or []).get("all", (0, 0))
        href = {kind: quote(f"../../{safe(card.area_id)}/{name}") for kind, name in links(card, self.made).items()}
        states = self.states.get(card.agent_id, {})
        return {
            "agent_id": card.agent_id,
            "name": mask_person(card.row["agent_name"]),
            "href": href.get("html") or href.get("pdf"),
            "missed_n": owed - met,
            "apart": [(name, states[name]) for name in choices().dimensions if states.get(name) in ("below", "above")],
        }
