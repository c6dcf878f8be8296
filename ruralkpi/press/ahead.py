"""The contents of cards, read for many agents at once and a batch ahead of the workers that make them.

A card's queries cost most of it; asked for many agents, each costs little more than for one. This process alone reads
ahead and parts the rows by agent; a worker is sent one agent's content with its task, so neither it nor the notebook
that it forks can show another agent's. What can't be read ahead is None: that notebook reads, and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from ruralkpi.cards.facts.content import Content, collect_many
from ruralkpi.databases import reading

BATCH = 64  # of a few hundred rows each; two batches are in memory


def contents(marts: Path, month: str, agents: list[str], batch: int = BATCH) -> Iterator[Content | None]:
    """The content of each agent's card, in order; the next batch is read while one is handed out."""
    parts = [agents[i : i + batch] for i in range(0, len(agents), batch)]
    with ThreadPoolExecutor(1) as reader:
        coming = reader.submit(_read, marts, month, parts[0]) if parts else None
        for i, part in enumerate(parts):
            assert coming is not None
            found = coming.result()
            coming = reader.submit(_read, marts, month, parts[i + 1]) if i + 1 < len(parts) else None
            for agent in part:
                yield found.pop(agent, None)


def _read(marts: Path, month: str, agents: list[str]) -> dict[str, Content]:
    try:
        with reading(marts, threads=1) as con:
            return collect_many(con, agents, month)
    except Exception:  # the notebooks will tell, each for its own card
        return {}
