"""A funnel plot per rule: every agent's rate over how much was owed, with the province's limits. Inline SVG, no script."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

from markupsafe import Markup, escape

from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.limits import fit_of, limits
from ruralkpi.cards.facts.limits import place as place_of

_WIDE, _TALL, _LEFT, _TOP, _FOOT = 340, 190, 34, 8, 22


def funnel_svg(points: list[tuple[int, int]], words: str) -> Markup:
    """points: (kept, owed) of the agents that owed something. Equal places are one mark, larger the more there are."""
    most, rate = max(owed for _, owed in points), middle(points)
    body = _band(most, rate) + _axes(most) + _marks(points, most, rate)
    return Markup(f'<svg class="funnel" role="img" aria-label="{escape(words)}" viewBox="0 0 {_WIDE} {_TALL}">{body}</svg>')


def middle(points: list[tuple[int, int]]) -> float:
    """The rate of all together."""
    return sum(met for met, _ in points) / sum(owed for _, owed in points)


def _axes(most: int) -> str:
    body = ""
    for share in (0, 0.5, 1):
        y = _y(share)
        body += f'<path class="faint" d="M{_LEFT} {y:.1f}H{_WIDE - 6}"/>'
        body += f'<text x="{_LEFT - 4}" y="{y + 3:.1f}" class="end">{round(100 * share)}</text>'
    for n in _ticks(most):
        body += f'<text x="{_x(n, most):.1f}" y="{_TALL - 6}" class="mid">{n}</text>'
    return body


def _band(most: int, rate: float) -> str:
    """The range that fits the rate of all, from as many owed up as are compared; the rate itself across."""
    first, sides = choices().compare_from_n, ["", ""]
    steps = sorted({first + round((most - first) * i / 80) for i in range(81)}) if most >= first else []
    for n in steps:
        for i, k in enumerate(limits(n, rate)):
            sides[i] += f"L{_x(n, most):.0f} {_y(k / n):.1f}"
    back = "L".join(reversed(sides[1].split("L")[1:]))
    body = f'<path class="band" d="M{sides[0][1:]}L{back}z"/>' if steps else ""
    return body + f'<path class="centre" d="M{_LEFT} {_y(rate):.1f}H{_WIDE - 6}"/>'


def _marks(points: list[tuple[int, int]], most: int, rate: float) -> str:
    spots: Counter[tuple[str, int, int]] = Counter()
    for met, owed in points:
        spots[place_of(met, owed, fit_of(owed, rate)), round(_x(owed, most)), round(_y(met / owed))] += 1
    paths = {"few": "", "within": "", "below": "", "above": ""}
    for (kind, x, y), n in sorted(spots.items()):
        paths[kind] += _mark(kind, x, y, min(1.8 + math.sqrt(n - 1) * 0.5, 5))
    return "".join(f'<path class="{kind}" d="{path}"/>' for kind, path in paths.items() if path)


def outside(points: list[tuple[int, int]]) -> dict[str, int]:
    """How many agents are above, within and below the limits, and how many are too few to compare."""
    rate = middle(points)
    places = Counter(place_of(met, owed, fit_of(owed, rate)) for met, owed in points)
    return {name: places[name] for name in ("above", "within", "below", "few")}


def _mark(kind: str, x: int, y: int, r: float) -> str:
    if kind in ("within", "few"):
        return f"M{x - r:.1f} {y}a{r:.1f} {r:.1f} 0 1 0 {2 * r:.1f} 0a{r:.1f} {r:.1f} 0 1 0 {-2 * r:.1f} 0z"
    tip = r + 1.5 if kind == "below" else -r - 1.5
    return f"M{x - r - 1:.1f} {y - tip / 2:.1f}h{2 * r + 2:.1f}L{x} {y + tip:.1f}z"


def _x(n: int, most: int) -> float:
    return _LEFT + (n / most) * (_WIDE - _LEFT - 10)


def _y(share: float) -> float:
    return _TALL - _FOOT - share * (_TALL - _FOOT - _TOP)


def _ticks(most: int) -> list[int]:
    step = next(s for base in range(7) for s in (10**base, 2 * 10**base, 5 * 10**base) if most / s <= 6)
    return list(range(step, most + 1, step))


def points_of(rows: list[dict[str, Any]], rule_id: str) -> list[tuple[int, int]]:
    """(kept, owed) of each agent that owed something under a rule."""
    return [
        (one["met_n"], one["owed_n"])
        for row in rows
        for one in row["figures"] or []
        if one["rule_id"] == rule_id and one["owed_n"]
    ]
