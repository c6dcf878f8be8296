"""A funnel plot per rule: every agent's rate over how much was owed, with the province's limits. Inline SVG, no script."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.limits import fit_of, limits, standing
from ruralkpi.cards.facts.limits import place as place_of

_WIDE, _TALL, _LEFT, _TOP, _FOOT = 340, 190, 34, 8, 22
_NAMED_MOST = 200  # more marks of a kind than that are drawn without their names: a province has 20,000


@dataclass(frozen=True)
class Point:
    """An agent's kept and owed, where the card is, and how many more could not be decided."""

    met: int
    owed: int
    name: str
    href: str | None = None
    unknown: int = 0


@dataclass(frozen=True)
class _Frame:
    """What is drawn: up to `most` owed, from the share `low` up; limits around `rate`, the published total's (section 6)."""

    most: int
    low: float
    rate: float

    def x(self, n: int) -> float:
        return _LEFT + (n / self.most) * (_WIDE - _LEFT - 10)

    def y(self, share: float) -> float:
        return _TALL - _FOOT - (max(share, self.low) - self.low) / (1 - self.low) * (_TALL - _FOOT - _TOP)


def funnel_svg(points: list[Point], rate: float, words: str) -> Markup:
    """The agents that owed something, against the rate of all. Equal places are one mark, larger the more there are."""
    lowest = min([rate, *(one.met / one.owed for one in points)])
    frame = _Frame(max(one.owed for one in points), min(math.floor(lowest * 10) / 10, 0.9), rate)
    body = _band(frame) + _axes(frame) + _marks(points, frame)
    return Markup(f'<svg class="funnel" role="group" aria-label="{escape(words)}" viewBox="0 0 {_WIDE} {_TALL}">{body}</svg>')


def _axes(frame: _Frame) -> str:
    body = ""
    for share in (frame.low, (1 + frame.low) / 2, 1):
        y = frame.y(share)
        body += f'<path class="faint" d="M{_LEFT} {y:.1f}H{_WIDE - 6}"/>'
        body += f'<text x="{_LEFT - 4}" y="{y + 3:.1f}" class="end">{round(100 * share)}</text>'
    for n in _ticks(frame.most):
        body += f'<text x="{frame.x(n):.1f}" y="{_TALL - 6}" class="mid">{n}</text>'
    return body


def _band(frame: _Frame) -> str:
    """The range that fits the rate of all, from as many owed up as are compared; the rate itself across."""
    first, sides = choices().compare_from_n, ["", ""]
    steps = sorted({first + round((frame.most - first) * i / 80) for i in range(81)}) if frame.most >= first else []
    for n in steps:
        for i, k in enumerate(limits(n, frame.rate)):
            sides[i] += f"L{frame.x(n):.0f} {frame.y(k / n):.1f}"
    back = "L".join(reversed(sides[1].split("L")[1:]))
    body = f'<path class="band" d="M{sides[0][1:]}L{back}z"/>' if steps else ""
    return body + f'<path class="centre" d="M{_LEFT} {frame.y(frame.rate):.1f}H{_WIDE - 6}"/>'


def _marks(points: list[Point], frame: _Frame) -> str:
    spots: dict[tuple[str, int, int], list[Point]] = defaultdict(list)
    for one in points:
        kind = _kind(one, frame.rate)
        spots[kind, round(frame.x(one.owed)), round(frame.y(one.met / one.owed))].append(one)
    kinds = Counter(kind for kind, _, _ in spots)
    body = ""
    for kind in ("few", "within", "below", "above"):
        shapes = [
            (_mark(*spot, min(1.8 + math.sqrt(len(some) - 1) * 0.5, 5)), some)
            for spot, some in sorted(spots.items())
            if spot[0] == kind
        ]
        if kinds[kind] > _NAMED_MOST:
            body += f'<path class="{kind}" d="{"".join(shape for shape, _ in shapes)}"/>'
        else:
            body += "".join(_named(f'<path class="{kind}" d="{shape}"/>', some) for shape, some in shapes)
    return body


def _named(shape: str, some: list[Point]) -> str:
    """A mark that says whose it is, and leads to the card where it is one agent's."""
    told = escape("\n".join(f"{one.name} {one.met}/{one.owed}" for one in some[:9]) + ("…" if len(some) > 9 else ""))
    inner = f"<title>{told}</title>{shape}"
    link = some[0].href if len(some) == 1 else None
    return f'<a href="{escape(link)}">{inner}</a>' if link else f"<g>{inner}</g>"


def _kind(one: Point, rate: float) -> str:
    """above, within or below the limits; few where the agent is not compared."""
    is_thin = standing(None, one.owed, one.unknown).where == "thin"
    return "few" if is_thin else place_of(one.met, one.owed, fit_of(one.owed, rate))


def outside(points: list[Point], rate: float) -> dict[str, int]:
    """How many agents are above, within and below the limits, and how many are not compared."""
    places = Counter(_kind(one, rate) for one in points)
    return {name: places[name] for name in ("above", "within", "below", "few")}


def _mark(kind: str, x: int, y: int, r: float) -> str:
    if kind in ("within", "few"):
        return f"M{x - r:.1f} {y}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0z"
    tip = r + 1.5 if kind == "below" else -r - 1.5
    return f"M{x - r - 1:.1f} {y - tip / 2:.1f}h{2 * r + 2:.1f}L{x} {y + tip:.1f}z"


def _ticks(most: int) -> list[int]:
    step = next(s for base in range(7) for s in (10**base, 2 * 10**base, 5 * 10**base) if most / s <= 6)
    return list(range(step, most + 1, step))


def points_of(rows: list[tuple[dict[str, Any], str | None]], rule_id: str) -> list[Point]:
    """Each agent that owed something under a rule; rows: (the agent's, where the card is)."""
    return [
        Point(one["met_n"], one["owed_n"], row["agent_id"], href, one["unknown_n"])
        for row, href in rows
        for one in row["figures"] or []
        if one["rule_id"] == rule_id and one["owed_n"]
    ]
