"""One area's page for its manager: its agents, its figures, what was missed and what falls due soon."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from statistics import median
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from ruralkpi.book.times import day
from ruralkpi.cards.facts import agenda, matters, told
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content, months_before
from ruralkpi.cards.facts.figures import place
from ruralkpi.cards.pictures import draw
from ruralkpi.masking import mask_person
from ruralkpi.month import places
from ruralkpi.month.planned import Entry, Planned
from ruralkpi.pages.paths import COUNTIES, safe
from ruralkpi.pages.typography import environment, keep, sheet, style
from ruralkpi.sql import Row
from ruralkpi.texts import catalogue, cut_off, say


@dataclass(frozen=True)
class Beside:
    """What all areas' pages look up: key customers by agent, places by agent and rule, the county's rate by area and rule."""

    keys: dict[str, int]
    places: dict[tuple[str, str], str]
    county: dict[tuple[str, str], Row]


class Page:
    """One area's page."""

    def __init__(
        self,
        content: Content,
        area_id: str,
        cards: list[Planned],
        made: dict[str, Entry],
        measures: list[Row],
        rules: dict[str, Row],
        beside: Beside,
        lang: str,
    ) -> None:
        self.content, self.area_id, self.cards, self.made = content, area_id, cards, made
        self.measures, self.rules, self.beside, self.lang = measures, rules, beside, lang

    def html(self, inputs: str) -> str:
        """The page; `inputs` is the hash that says whether it is still the right one."""
        lang = self.lang
        return (
            environment("month")
            .get_template("area.html.j2")
            .render(
                page=self,
                lang=lang,
                inputs=inputs,
                style=Markup(style()),
                sheet=Markup(sheet()),
                say=lambda key, **values: keep(say(key, lang, **values)),
                label=lambda rule: keep(rule[f"label_{lang}"] or rule["rule_id"]),
                draw=draw,
                heat=heat,
                cut_off=cut_off(self.content.as_of),
                days=choices().area_due_within_d,
                content=self.content,
            )
        )

    def columns(self) -> list[Row]:
        """The scored rules that the area owed something under, in the cards' order: the columns of the heat table."""
        owed = [line for line in self.content.lines if line["use"] == "S" and line["owed_n"]]
        return sorted(owed, key=lambda line: (place(line), line["rule_no"]))

    def groups(self) -> list[tuple[str, int]]:
        """(dimension, how many of its rules) over the columns."""
        return [(name, len(list(some))) for name, some in groupby(self.columns(), key=lambda line: str(line["dimension"]))]

    def agents(self) -> list[dict[str, Any]]:
        """A line per agent: masked name, links, sums, and for each column kept, owed and the place."""
        lines = []
        for card in self.cards:
            figures = {one["rule_id"]: one for one in card.row["figures"] or []}
            cells = [
                (figures.get(line["rule_id"]), self.beside.places.get((card.agent_id, line["rule_id"])))
                for line in self.columns()
            ]
            lines.append(
                {
                    "agent_id": card.agent_id,
                    "name": card.row["agent_name"],
                    "links": links(card, self.made),
                    "error": self.made[card.agent_id].error if card.agent_id in self.made else None,
                    "sum": sums(card.row["figures"] or []).get("all", (0, 0)),
                    "cells": [(one["met_n"], one["owed_n"], where) if one and one["owed_n"] else None for one, where in cells],
                }
            )
        return lines

    def total(self, prefix: str = "") -> tuple[int, int]:
        """Kept and owed of the scored rules in the area, what only it owes included; prefix "last_": of the month before."""
        scored = [line for line in self.content.lines if line["use"] == "S"]
        met, owed = (sum(line[f"{prefix}{name}"] or 0 for line in scored) for name in ("met_n", "owed_n"))
        return met, owed

    def trend(self, line: Row) -> list[float | None] | None:
        """A rule's rates over the months; None where a month usually owes too little for a line to say something."""
        months = [months_before(self.content.month, n) for n in reversed(range(choices().trend_months))]
        known = {one["month"]: one for one in line["trend"] or [] if one["owed_n"]}
        if len(known) < 3 or median(one["owed_n"] for one in known.values()) < choices().trend_from_n:
            return None
        return [known[month]["met_n"] / known[month]["owed_n"] if month in known else None for month in months]

    def missed(self) -> list[told.Group]:
        """The month's misses by rule, agent by agent; those of the manager and of the area alone as well."""
        groups = told.missed(self.content, self.rules, self.lang)
        return [replace(group, entries=sorted(group.entries, key=lambda one: self.who(one.row))) for group in groups]

    def source(self, entry: told.Entry, group_file: str | None) -> str:
        """Where an entry's records stand."""
        return told.source(entry, group_file, self.lang)

    def headlines(self) -> tuple[list[str], int]:
        """What needs doing first, one matter a line with whose it is; and how many more there are."""
        return matters.headlines(self.content, self.rules, self.lang, self.who, choices().area_lines)

    def carried(self) -> list[tuple[matters.Carried, str]]:
        """What earlier months left undone, with whose it is and how many of each."""
        lines = matters.carried(self.content, self.rules, self.lang)
        return [(line, self._owners(line.rows)) for line in lines]

    def _owners(self, rows: list[Row]) -> str:
        found = [who if len(rows) == 1 else f"{who} ×{len(some)}" for who, some in self.by_owner(rows)]
        return say("card.comma", self.lang).join(found)

    def day(self, at: Any) -> str:
        """A day, with its year where it is not the cut-off's."""
        return day(at, self.lang, self.content.as_of.year)

    def due(self) -> list[agenda.Due]:
        """What falls due soon, soonest first."""
        return agenda.due(self.content, self.rules)

    def listed(self, rows: list[Row]) -> str:
        """Records and customers of one owner's rows."""
        person = {**self.content.person, "key_n": self.beside.keys.get(rows[0]["agent_id"])}
        return agenda.listed(rows, replace(self.content, person=person), self.lang)

    def place(self, line: Row) -> tuple[str, int]:
        """The area's place against its county, and of how many months."""
        row = self.beside.county.get((self.area_id, line["rule_id"]))
        return places.of_row(row, self.content.month) if row else ("none", 1)

    def who(self, row: Row) -> str:
        """Whose obligation: the agent's id, or the owner's role."""
        role = row["owner_role"] if row["owner_role"] != "agent" else "area"
        return row["agent_id"] or say(
            f"area.owner.{role}" if f"area.owner.{role}" in catalogue() else "area.owner.area", self.lang
        )

    def by_owner(self, rows: list[Row]) -> list[tuple[str, list[Row]]]:
        """Rows of the same owner together, by owner."""
        ordered = sorted(rows, key=self.who)
        return [(who, list(group)) for who, group in groupby(ordered, key=self.who)]

    def measured(self) -> list[tuple[str, list[Row]]]:
        """The measures with a name in the catalogue, part by part."""
        known = [row for row in self.measures if f"area.measure.{row['measure_id']}" in catalogue()]
        return [(name, list(group)) for name, group in groupby(known, key=lambda row: str(row["measure_id"]))]

    def part(self, row: Row) -> str:
        """A part's name; its code where the catalogue has none."""
        key = f"area.part.{row['part']}"
        return say(key, self.lang) if key in catalogue() else row["part"]

    @property
    def county_link(self) -> str:
        """The county's page, seen from the area's."""
        return quote(f"../{COUNTIES}/{safe(self.content.person.get('county_id') or '—')}/index.html")

    @property
    def manager(self) -> str:
        return mask_person(self.content.person.get("manager_name"))


def heat(met: int, owed: int, where: str | None) -> str:
    """The shade of a cell, darker the more was missed; none where there is too little to compare."""
    if where in (None, "few", "none"):
        return "few"
    return next((name for name, below in (("h3", 0.5), ("h2", 0.7), ("h1", 0.85)) if met / owed < below), "h0")


def links(card: Planned, made: dict[str, Entry]) -> dict[str, str]:
    """A card's file names by format."""
    files = made[card.agent_id].files if card.agent_id in made else {}
    return {kind: Path(about["path"]).name for kind, about in files.items()}


def sums(figures: Iterable[Row]) -> dict[str, tuple[int, int]]:
    """Kept and owed of the scored rules among some figures, by dimension and in 'all'."""
    found: dict[str, tuple[int, int]] = {}
    for one in figures:
        for name in (one["dimension"], "all") if one["use"] == "S" else ():
            met, owed = found.get(name, (0, 0))
            found[name] = (met + one["met_n"], owed + one["owed_n"])
    return found
