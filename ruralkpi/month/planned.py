"""A month's cards as values: what each is to show, what is to be made, and what was made of it. No engine, no files."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from ruralkpi.pages.imprint import Imprint
from ruralkpi.sql import Row


@dataclass(frozen=True)
class Expected:
    """The mart's facts about one card: (met, owed) of each rule that owed something, in the card's order."""

    agent_id: str
    month: str
    figures: list[tuple[int, int]]
    missed_n: int


@dataclass(frozen=True)
class Task:
    """One card: stem is its path under the month's folder without extension."""

    expected: Expected
    stem: str


@dataclass(frozen=True)
class Planned:
    """One agent's card: its task, its row for the index, the hash of its inputs."""

    task: Task
    row: dict[str, Any]
    inputs: str

    @property
    def agent_id(self) -> str:
        return self.task.expected.agent_id

    @property
    def area_id(self) -> str:
        return self.row["area_id"] or "—"


def by_area(cards: Iterable[Planned]) -> dict[str, list[Planned]]:
    """The cards of each area, in their order."""
    found: dict[str, list[Planned]] = defaultdict(list)
    for card in cards:
        found[card.area_id].append(card)
    return dict(found)


@dataclass(frozen=True)
class Plan:
    """All cards of the month, by agent id; those asked for; imprint of the marts; hash of what all cards share."""

    month: str
    imprint: Imprint
    cards: list[Planned]
    wanted: list[Planned]
    recipe: str
    rules: list[Row]
    is_provisional: bool

    @property
    def wanted_ids(self) -> set[str]:
        return {card.agent_id for card in self.wanted}


@dataclass(frozen=True)
class Entry:
    """One agent's card. inputs: hash of all that it was made from; files: format → path, bytes, sha256; note: one line on what
    is not as it should be in it, or empty; edition: what was published, or that it is a draft, or empty."""

    agent_id: str
    inputs: str
    files: dict[str, dict[str, Any]] = field(default_factory=dict)
    error: str | None = None
    seconds: float = 0.0
    note: str = ""
    edition: str = ""

    def line(self) -> str:
        """The entry as a JSON line."""
        words = {
            "agent_id": self.agent_id,
            "status": "failed" if self.error else "done",
            "inputs": self.inputs,
            "files": self.files,
            "error": self.error,
            "seconds": round(self.seconds, 3),
            **({"note": self.note} if self.note else {}),
            **({"edition": self.edition} if self.edition else {}),
        }
        return json.dumps(words, ensure_ascii=False) + "\n"
