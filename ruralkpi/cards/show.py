"""The card as HTML sections: what the notebook displays, one section per cell."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from ruralkpi.book import open_book
from ruralkpi.book.words import setting_name, templates
from ruralkpi.calendar.months import months_before, months_until
from ruralkpi.cards.facts import agenda, explored, figures, grid, limits, matters, sources, tiles, told, whom
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content, collect
from ruralkpi.cards.facts.grid import GridRow
from ruralkpi.cards.facts.handed import handed
from ruralkpi.cards.pictures import cells, draw
from ruralkpi.checks.again import said
from ruralkpi.pages.typography import environment, keep, rich, style
from ruralkpi.texts import cut_off, say, template

SECTIONS = ("head", "glance", "rules", "todo", "cadence", "missed", "trend", "mend", "signature")
PARTS = ("undone", "due", "counting")  # of a section


@dataclass(frozen=True)
class Section:
    """A piece of the card. In a notebook it brings its style along; the page has the style once."""

    html: str

    def __repr__(self) -> str:
        return f"Section({len(self.html)})"

    def _repr_html_(self) -> str:
        return style() + self.html


class Card:
    """One agent's month; each attribute in SECTIONS is a Section."""

    def __init__(self, content: Content, lang: str = "zh") -> None:
        self.content, self.lang = content, lang
        self.lines = figures.lines(content)
        self.tiles = tiles.tiles(content)
        self.by_id = {line.rule["rule_id"]: line.rule for line in self.lines}
        self.first = months_before(content.month, choices().grid_months - 1)

    def __getattr__(self, name: str) -> Section:
        if name not in (*SECTIONS, *PARTS):
            raise AttributeError(name)
        return Section(environment("cards").get_template(f"{name}.html.j2").render(self._words()).strip())

    def _words(self) -> dict[str, Any]:
        content, lang = self.content, self.lang
        return {
            "content": content,
            "person": content.person,
            "lines": self.lines,
            "uncounted": figures.uncounted,
            "tiles": self.tiles,
            "say": lambda key, **values: keep(say(key, lang, **values)),
            "rich": lambda key, **values: rich(key, lang, **values),
            "label": lambda rule: keep(rule[f"label_{lang}"] or rule["rule_id"]),
            "how": lambda rule: keep(rule[f"how_{lang}"] or ""),
            "lang": lang,
            "draw": draw,
            "cells": cells,
            "card": self,
            "choices": choices(),
            "is_provisional": content.month > content.meta.get("month_last", content.month),
            "cut_off": cut_off(content.as_of),
        }

    @property
    def evidence(self) -> float | None:
        """The decided share of all scored obligations that were owed."""
        scored = [line for line in self.lines if line.rule["use"] == "S"]
        owed, unknown = sum(line.owed_n for line in scored), sum(line.counts["unknown"] for line in scored)
        return limits.evidence(owed, unknown)

    @property
    def headline(self) -> Markup | str:
        """All scored rules in one sentence: what was owed, or what stands outside the rates where nothing was decided."""
        met, owed, unknown, exempt = (
            sum(getattr(tile, name) for tile in self.tiles) for name in ("met_n", "owed_n", "unknown_n", "exempt_n")
        )
        if owed:
            return rich("card.headline", self.lang, owed=owed, met=met, missed=owed - met)
        why = figures.uncounted(unknown, exempt, any(tile.is_lacking for tile in self.tiles))
        return keep(say(f"card.headline_none.{why}", self.lang, unknown=unknown, exempt=exempt))

    def idle(self, lines: list[figures.Line]) -> list[tuple[str, list[figures.Line]]]:
        """Lines that owed nothing, under the words for it; and those of which nobody knows, since their exports did not come."""
        lacking = {line.rule["rule_id"]: self.content.lacking(line.rule) for line in lines}
        owed, unknown = (
            [line for line in lines if line.is_idle and bool(lacking[line.rule["rule_id"]]) == is_lacking]
            for is_lacking in (False, True)
        )
        exports = dict.fromkeys(str(lacking[line.rule["rule_id"]]) for line in unknown)
        words = self.undelivered(*exports) + say("card.colon", self.lang)
        return [(head, some) for head, some in ((say("card.idle", self.lang), owed), (words, unknown)) if some]

    def undelivered(self, *exports: str) -> str:
        """That nobody delivered some exports."""
        named = say("card.comma", self.lang).join(say(f"figure.export_{export}", self.lang) for export in exports)
        return say("card.undelivered", self.lang, exports=named)

    def clause(self, rule: dict[str, Any]) -> str:
        """A rule's first clause, with a word where there are more; all of them stand under 'how it is counted'."""
        clauses = str(rule["clause"]).split("、")
        return say("card.clause_etc", self.lang, clause=clauses[0]) if len(clauses) > 1 else clauses[0]

    def points(self, change: float) -> str:
        """Percentage points with their sign."""
        return f"{round(change):+d}".replace("-", "−")

    def days(self, n: int) -> str:
        """So many days."""
        return say("unit.day", self.lang, n=n)

    @cached_property
    def explored(self) -> list[figures.Line]:
        """The rules whose trend is worth a picture."""
        return explored.explored(self.lines)

    @property
    def months(self) -> list[str]:
        """The trend's months, oldest first."""
        return months_until(self.content.month, choices().trend_months)

    @property
    def explored_json(self) -> str:
        """What the page's script draws with plotly."""
        return explored.as_json(self.explored, self.tiles, self.months, self.lang)

    def own_settings(self) -> list[str]:
        """What this office has set otherwise than it stands in the catalogue, rule by rule."""
        found = []
        for line in self.lines:
            own = [one for one in json.loads(line.rule.get("settings") or "[]") if one["set_by"] == "user"]
            found += [f"{line.rule[f'label_{self.lang}']}{say('card.colon', self.lang)}{self._setting(one)}" for one in own]
        return found

    def _setting(self, setting: dict[str, Any]) -> str:
        """A setting's name and value in words; a book of an older form has the bare value only."""
        return f"{setting_name(setting['name'], self.lang)} {setting.get(self.lang, setting['value'])}"

    @property
    def grid(self) -> grid.Grid:
        return grid.grid(self.content, self.first)

    @cached_property
    def misses(self) -> list[told.Group]:
        """The month's misses, rule by rule, scored ones first."""
        return told.missed(self.content, self.by_id, self.lang)

    @cached_property
    def asides(self) -> list[told.Entry]:
        """What was exempt or could not be decided."""
        return told.aside(self.content, self.by_id, self.lang)

    @cached_property
    def files(self) -> dict[str, str]:
        """The letter of each file that sources name: those of what is scored first, then of the asides, then the rest."""
        return sources.lettered([*self._told(True), *self._told(False)], self.content.mend)

    @cached_property
    def printed_files(self) -> set[str]:
        """Those of them that paper names: what is not scored is told in the page only."""
        return set(sources.lettered(self._told(True), self.content.mend))

    @property
    def warned(self) -> list[dict[str, Any]]:
        """Warnings on the agent's records, one of each check, with how many there are of it."""
        return [
            one | {"message": said(one["source_table"], one["code"], one["message"], self.lang)} for one in self.content.warned
        ]

    @property
    def unscored_n(self) -> int:
        """How many misses and asides paper leaves out for that."""
        return sum(entry.n for entry in self._told(False))

    def _told(self, is_scored: bool) -> list[told.Entry]:
        entries = [*(entry for group in self.misses for entry in group.entries), *self.asides]
        return [entry for entry in entries if (entry.rule["use"] == "S") == is_scored]

    @property
    def to_mend(self) -> list[tuple[str, str]]:
        """Rows that were kept out, those of a file with the same fault together; and what is wrong with them."""
        return sources.kept_out(self.content.mend, self.files, self.lang)

    def source(self, entry: told.Entry) -> str:
        """Where an entry's records stand."""
        return sources.source(entry, lambda file: self.files.get(file, file), self.lang, "card.row_of")

    def owed(self, entry: told.Entry, is_alone: bool = False) -> str:
        """What an entry owed, without the kind of record that the rule's name beside it says; alone: what became of it is
        said elsewhere."""
        text = self._bare(entry.rule, entry.owed)
        return text.rstrip("：；: ;") + say("card.stop", self.lang) if is_alone else text

    def due_groups(self) -> list[agenda.Due]:
        """What is due next."""
        return agenda.due(self.content, self.by_id)

    def listed(self, rows: list[dict[str, Any]]) -> str:
        """Records and customers of what is due together."""
        return agenda.listed(rows, self.content, self.lang)

    @property
    def later_n(self) -> int:
        """How much falls due after that."""
        return agenda.later_n(self.content, self.by_id)

    def customer(self, row: dict[str, Any]) -> str:
        """A row's customer: masked, twins told apart."""
        return whom.customer(row, self.content)

    def holders(self, row: GridRow) -> list[str]:
        """Who else held a customer of the grid, and when, as far as the grid reaches."""
        return grid.holders(row, self.first, self.content.month, self.lang)

    @property
    def headlines(self) -> tuple[list[str], str]:
        """What needs doing first, one matter a line; and in words how many more there are."""
        return matters.headlines(self.content, self.by_id, self.lang)

    def _bare(self, rule: dict[str, Any], text: str) -> str:
        """A text without the kind of record that its rule's name says."""
        first, _, rest = templates(rule, self.lang)["thing"].partition("{")
        return text.removeprefix(first) if rest else text

    @property
    def carried(self) -> list[list[matters.Carried]]:
        """What earlier months left undone, rule by rule."""
        found: dict[str, list[matters.Carried]] = {}
        for line in matters.carried(self.content, self.by_id, self.lang):
            found.setdefault(line.rule["rule_id"], []).append(line)
        return list(found.values())

    def undone_item(self, line: matters.Carried) -> Markup:
        """One of them, with the day on which it was due and how long ago that is."""
        values = {"thing": keep(self._bare(line.rule, line.text)), "due": self.due_day(line.row)}
        over = Markup('<b class="rk-warn n">{}</b>').format(keep(line.over))
        return Markup(escape(template("card.undone_item", self.lang))).format(**values, over=over)

    def due_day(self, row: dict[str, Any]) -> str:
        """The day on which a row was due, in digits, with its year where it is not the cut-off's."""
        return agenda.due_day(row, self.content.as_of)


def scorecard(marts: str | Path, agent_id: str, month: str, lang: str = "zh") -> Card:
    """The card of one agent and month, from the published database `marts`.

    A relative path is looked for in the current folder, then upwards, so that the notebook finds it from its own
    folder as well. Raises UserError for an unknown agent, month form or missing database.
    """
    if (content := handed(marts, agent_id, month)) is not None:
        return Card(content, lang)
    path = next((folder / marts for folder in (Path(), *Path.cwd().parents) if (folder / marts).exists()), Path(marts))
    with open_book(path, threads=1) as book:
        return Card(collect(book.con, agent_id, month), lang)
