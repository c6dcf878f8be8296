"""One area's page for its manager: its agents, its figures, what was missed and what falls due soon."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import groupby
from statistics import median
from typing import Any
from urllib.parse import quote

from ruralkpi.book.times import day
from ruralkpi.calendar.months import months_until
from ruralkpi.cards.facts import agenda, matters, sources, told
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content
from ruralkpi.cards.facts.figures import uncounted
from ruralkpi.cards.facts.limits import Place
from ruralkpi.cards.pictures import draw
from ruralkpi.masking import mask_person
from ruralkpi.month import places
from ruralkpi.month.heat import Table, heat
from ruralkpi.month.planned import Entry, Planned
from ruralkpi.pages.paths import COUNTIES, safe
from ruralkpi.pages.typography import keep, page_of
from ruralkpi.sql import Row
from ruralkpi.texts import catalogue, cut_off, say


@dataclass(frozen=True)
class Beside:
    """What all areas' pages look up: key customers by agent, places by agent and rule, the county's rate by area and rule."""

    keys: dict[str, int]
    places: dict[tuple[str, str], Place]
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
        self.table = Table(content.lines, cards, made, beside.places)

    def html(self, inputs: str) -> str:
        """The page; `inputs` is the hash that says whether it is still the right one."""
        lang = self.lang
        return page_of(
            "month",
            "area",
            lang,
            page=self,
            inputs=inputs,
            label=lambda rule: keep(rule[f"label_{lang}"] or rule["rule_id"]),
            draw=draw,
            heat=heat,
            uncounted=uncounted,
            cut_off=cut_off(self.content.as_of),
            days=choices().area_due_within_d,
            compare_from=choices().compare_from_n,
            content=self.content,
        )

    def trend(self, line: Row) -> list[float | None] | None:
        """A rule's rates over the months; None where a month usually owes too little for a line to say something."""
        months = months_until(self.content.month, choices().trend_months)
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
        return sources.source(entry, lambda file: "" if file == group_file else file, self.lang)

    def headlines(self) -> tuple[list[str], str]:
        """What needs doing first, one matter a line with whose it is; and in words how many more there are."""
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

    def place(self, line: Row) -> Place:
        """The area's place against its county."""
        row = self.beside.county.get((self.area_id, line["rule_id"]))
        return places.of_row(row, self.content.month) if row else Place("none")

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
