"""The manager's page of each area: its agents, its figures, what was missed and what falls due soon."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
from markupsafe import Markup

from ruralkpi.cards import agenda
from ruralkpi.cards.choices import choices
from ruralkpi.cards.content import Content, Row, cut_off, fetch, months_before
from ruralkpi.cards.manifest import Entry
from ruralkpi.cards.paths import safe, write
from ruralkpi.cards.plan import Plan, Planned
from ruralkpi.cards.show import environment, keep, style
from ruralkpi.masking import mask_name
from ruralkpi.texts import catalogue, say


def write_pages(folder: Path, marts: Path, todo: Plan, made: dict[str, Entry], lang: str) -> None:
    """Write <area>/index.html for every area whose inputs have changed since its page was made."""
    members: dict[str, list[Planned]] = defaultdict(list)
    for card in todo.cards:
        members[card.area_id].append(card)
    with duckdb.connect(str(marts), read_only=True) as con:
        last = months_before(todo.month, 1)
        own = {row["area_id"]: row["inputs"] for row in fetch(con, "area_inputs", month=todo.month, last=last)}
        stale = {}
        for area, cards in members.items():
            links = [f"{card.agent_id} {card.inputs} {sorted(_links(card, made).items())}" for card in cards]
            inputs = hashlib.sha256(
                "\0".join([todo.recipe, own.get(area, ""), *links]).encode("utf-8", "surrogatepass")
            ).hexdigest()
            if _hash_in(folder / safe(area) / "index.html") != inputs:
                stale[area] = inputs
        if stale:
            _write_stale(con, folder, todo, made, members, stale, lang)


def _write_stale(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    todo: Plan,
    made: dict[str, Entry],
    members: dict[str, list[Planned]],
    stale: dict[str, str],
    lang: str,
) -> None:
    areas, last = sorted(stale), months_before(todo.month, 1)
    until = todo.edition.as_of + timedelta(days=choices().area_due_within_d)
    measures = _by_area(fetch(con, "area_measures", month=todo.month, areas=areas))
    lines = _by_area(fetch(con, "area_figures", month=todo.month, last=last, areas=areas))
    about = {row["area_id"]: row for row in fetch(con, "areas")}
    rules = {row["rule_id"]: row for row in fetch(con, "rules")}
    meta = {row["key"]: row["value"] for row in fetch(con, "meta")}
    rows = _streamed(con, month=todo.month, until=until, areas=areas)
    seen, ahead = "", next(rows, ("", []))
    for area in areas:
        while ahead[0] and ahead[0] < area:
            ahead = next(rows, ("", []))
        seen = ahead[0]
        content = Content(todo.month, about.get(area, {}), lines.get(area, []), ahead[1] if seen == area else [], meta)
        page = Page(content, area, members[area], made, measures.get(area, []), rules, lang)
        (folder / safe(area)).mkdir(parents=True, exist_ok=True)
        write(folder / safe(area) / "index.html", page.html(stale[area]))


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
        lang: str,
    ) -> None:
        self.content, self.area_id, self.cards, self.made = content, area_id, cards, made
        self.measures, self.rules, self.lang = measures, rules, lang

    def html(self, inputs: str) -> str:
        """The page; `inputs` is the hash that says whether it is still the right one."""
        lang, used = (
            self.lang,
            {one["dimension"] for card in self.cards for one in card.row["figures"] or [] if one["use"] == "S"},
        )
        template = environment().get_template("area.html.j2")
        return template.render(
            page=self,
            lang=lang,
            inputs=inputs,
            style=Markup(style()),
            say=lambda key, **values: keep(say(key, lang, **values)),
            label=lambda rule: keep(rule[f"label_{lang}"] or rule["rule_id"]),
            dimensions=[name for name in choices().dimensions if name in used],
            cut_off=cut_off(self.content.as_of),
            days=choices().area_due_within_d,
            content=self.content,
        )

    def agents(self) -> list[dict[str, Any]]:
        """A line per agent: masked name, links, sums in all and by dimension."""
        return [
            {
                "agent_id": card.agent_id,
                "name": card.row["agent_name"],
                "links": _links(card, self.made),
                "error": self.made[card.agent_id].error if card.agent_id in self.made else None,
                "sums": _sums(card),
            }
            for card in self.cards
        ]

    def missed(self) -> list[tuple[Row, list[agenda.Entry]]]:
        """The month's misses by rule; those of the manager and of the area alone as well."""
        entries = agenda.missed(self.content, self.rules, self.lang)
        return [(self.rules[rule_id], list(group)) for rule_id, group in groupby(entries, key=lambda one: one.rule["rule_id"])]

    def due(self) -> list[agenda.Due]:
        """What falls due soon, soonest first."""
        return agenda.due(self.content, self.rules)

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
    def manager(self) -> str:
        return mask_name(self.content.person.get("manager_name"))


def _links(card: Planned, made: dict[str, Entry]) -> dict[str, str]:
    files = made[card.agent_id].files if card.agent_id in made else {}
    return {kind: Path(about["path"]).name for kind, about in files.items()}


def _sums(card: Planned) -> dict[str, tuple[int, int]]:
    sums: dict[str, tuple[int, int]] = {}
    for one in card.row["figures"] or []:
        for name in (one["dimension"], "all") if one["use"] == "S" else ():
            met, owed = sums.get(name, (0, 0))
            sums[name] = (met + one["met_n"], owed + one["owed_n"])
    return sums


def _by_area(rows: list[Row]) -> dict[str, list[Row]]:
    return {area: list(group) for area, group in groupby(rows, key=lambda row: str(row["area_id"]))}


def _streamed(con: duckdb.DuckDBPyConnection, **values: Any) -> Iterator[tuple[str, list[Row]]]:
    """(area, its rows) one after another, without all rows in memory at once."""
    from ruralkpi.cards.content import sql

    found = con.execute(sql("area_rows"), values)
    columns = [column[0] for column in found.description or []]

    def rows() -> Iterator[Row]:
        while batch := found.fetchmany(5000):
            yield from (dict(zip(columns, row, strict=True)) for row in batch)

    for area, group in groupby(rows(), key=lambda row: str(row["area_id"])):
        yield area, list(group)


def _hash_in(path: Path) -> str | None:
    try:
        with path.open(encoding="utf-8") as file:
            found = re.search(r'name="ruralkpi-inputs" content="(\w+)"', file.read(1000))
    except (OSError, UnicodeDecodeError):
        return None
    return found[1] if found else None
