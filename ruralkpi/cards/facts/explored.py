"""What the page's script draws with plotly: the rates over the months, and the way from owed to kept."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.figures import Line
from ruralkpi.cards.facts.tiles import Tile
from ruralkpi.texts import say


def explored(lines: Sequence[Line]) -> list[Line]:
    """The scored rules whose trend is worth a picture: those with the most misses, at most `explored_most`."""
    found = [line for line in lines if line.is_scored and line.missed_n and line.has_trend]
    return sorted(found, key=lambda line: -line.missed_n)[: choices().explored_most]


def as_json(lines: Sequence[Line], tiles: Sequence[Tile], months: list[str], lang: str) -> str:
    """The trends of some rules, rates in percent, and what the month's misses take from all that was owed."""
    shares = [
        {
            "label": line.rule[f"label_{lang}"],
            "own": _percents(line.trend),
            "area": _percents(line.area_trend),
            "n": line.trend_n,
            "changed": [i - 0.5 for i in line.changed],
        }
        for line in lines
    ]
    fall = [[say(f"card.dimension.{t.dimension}", lang), t.met_n - t.owed_n] for t in tiles if t.owed_n > t.met_n]
    words = {name: say(f"card.plot.{name}", lang) for name in ("own", "area", "owed", "kept", "trend", "fall")}
    words["n"] = say("card.in_brackets", lang, text="%{text}")
    owed = sum(tile.owed_n for tile in tiles)
    return json.dumps({"months": months, "lines": shares, "fall": fall, "owed": owed, "words": words}, ensure_ascii=False)


def _percents(shares: list[float | None]) -> list[float | None]:
    return [None if share is None else round(100 * share, 1) for share in shares]
