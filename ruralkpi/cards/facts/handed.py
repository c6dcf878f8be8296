"""A card's content that was read ahead, together with other agents', and handed to the process of its notebook.

A notebook that is run alone is handed nothing: it reads the marts by the same queries, for one agent, and comes to the same
content. No process of a notebook holds another agent's: the rows are parted where they are read, and the worker that
forks it is handed one agent's at a time (press/ahead.py). A card is handed out for its own marts, agent and month only.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ruralkpi.cards.facts.content import Content

_HELD: list[tuple[Path, Content]] = []


@contextmanager
def hand(marts: Path, content: Content | None) -> Iterator[None]:
    """Notebooks that are forked in this block find `content`, and nothing of an earlier block."""
    _HELD[:] = [(marts, content)] if content else []
    try:
        yield
    finally:
        _HELD.clear()


def handed(marts: str | Path, agent_id: str, month: str) -> Content | None:
    """What was handed for this card, if anything."""
    for path, content in _HELD:
        if (str(path), content.person["agent_id"], content.month) == (str(marts), agent_id, month):
            return content
    return None
