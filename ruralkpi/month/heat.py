"""The heat table of an area: its agents by its scored rules, with sums that are the published ones."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.figures import place
from ruralkpi.cards.facts.limits import Place
from ruralkpi.month.planned import Entry, Planned
from ruralkpi.sql import Row


class Table:
    """Agents by rules. lines: the area's rows of `area_figures`; places: each agent's place by rule."""

    def __init__(
        self, lines: list[Row], cards: list[Planned], made: dict[str, Entry], places: dict[tuple[str, str], Place]
    ) -> None:
        self.lines, self.cards, self.made, self.places = lines, cards, made, places

    def columns(self) -> list[Row]:
        """The scored rules that the area owed something under, in the cards' order: the columns of the heat table."""
        owed = [line for line in self.lines if line["use"] == "S" and line["owed_n"]]
        return sorted(owed, key=lambda line: (place(line), line["rule_no"]))

    def groups(self) -> list[tuple[str, int]]:
        """(dimension, how many of its rules) over the columns."""
        return [(name, len(list(some))) for name, some in groupby(self.columns(), key=lambda line: str(line["dimension"]))]

    def agents(self) -> list[dict[str, Any]]:
        """A line per agent: masked name, links, sums, and for each column kept, owed and the place."""
        lines = []
        for card in self.cards:
            figures = {one["rule_id"]: one for one in card.row["figures"] or []}
            lines.append(
                {
                    "agent_id": card.agent_id,
                    "name": card.row["agent_name"],
                    "links": links(card, self.made),
                    "error": self.made[card.agent_id].error if card.agent_id in self.made else None,
                    "sum": sums(card.row["figures"] or []).get("all", (0, 0)),
                    "cells": [self._cell(card.agent_id, figures.get(line["rule_id"])) for line in self.columns()],
                }
            )
        return lines

    def _cell(self, agent_id: str, one: Row | None) -> tuple[int, int, Place] | None:
        return (one["met_n"], one["owed_n"], self.places[agent_id, one["rule_id"]]) if one and one["owed_n"] else None

    def total(self, prefix: str = "") -> tuple[int, int]:
        """Kept and owed of the scored rules in the area, what only it owes included; prefix "last_": of the month before."""
        scored = [line for line in self.lines if line["use"] == "S"]
        met, owed = (sum(line[f"{prefix}{name}"] or 0 for line in scored) for name in ("met_n", "owed_n"))
        return met, owed


def heat(met: int, owed: int, at: Place) -> str:
    """The shade of a cell, darker the more was missed; none where the month has too little for a colour (section 6)."""
    if at.where in ("few", "thin", "none") or at.months > 1:
        return "few"
    return next((name for name, below in zip(("h3", "h2", "h1"), choices().heat_below, strict=True) if met / owed < below), "h0")


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
