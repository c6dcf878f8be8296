"""Small inline SVG pictures. Every state differs by shape, so that a black-and-white print can be read.

Coordinates are whole numbers and steps are relative: a card holds hundreds of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise

from markupsafe import Markup, escape

from ruralkpi.cards.facts.choices import choices

Point = tuple[int, int]
_WIDE, _TALL, _EDGE = 164, 40, 5


def svg(width: int, height: int, body: str, words: str, kind: str, is_sized: bool = False) -> Markup:
    """A picture that says in words what it shows, or nothing where the words stand beside it.

    Its size is the style's business, unless it is its own.
    """
    told = f' role="img" aria-label="{escape(words)}"' if words else ' aria-hidden="true"'
    size = f' width="{width}"' if is_sized else ""
    return Markup(f'<svg class="{kind}"{told}{size} viewBox="0 0 {width} {height}">{body}</svg>')


def line(points: Sequence[Point]) -> str:
    """A path through points, in steps from one to the next."""
    steps = "".join(f" {x - a} {y - b}" for (a, b), (x, y) in pairwise(points)).replace(" -", "-")
    return f"M{points[0][0]} {points[0][1]}" + (f"l{steps.strip()}" if steps else "h0")


def dots(points: Iterable[Point]) -> str:
    """A path of dots, drawn by its round line ends."""
    return "".join(f"M{x} {y}h0" for x, y in points)


def _runs(points: Sequence[Point | None], changed: tuple[int, ...] = ()) -> list[list[Point]]:
    """The points that follow one another without a gap and under one version of the rule."""
    placed = [(point, sum(i >= start for start in changed)) for i, point in enumerate(points)]
    groups = groupby(placed, key=lambda one: (one[0] is not None, one[1]))
    return [[point for point, _ in run if point] for (there, _), run in groups if there]


def spark(trend: list[float | None], words: str, changed: tuple[int, ...] = ()) -> Markup:
    """A line over the months; it breaks where a month has no rate, and a lone month is a dot.

    changed: places of months in which another version of the rule begins; a dashed upright stands before each.
    """
    step = (_WIDE - 2 * _EDGE) // max(len(trend) - 1, 1)
    points = [
        None if rate is None else (_EDGE + i * step, round(_TALL - _EDGE - rate * (_TALL - 2 * _EDGE)))
        for i, rate in enumerate(trend)
    ]
    body = f'<path class="rk-faint" d="M{_EDGE} {_EDGE}h{_WIDE - 2 * _EDGE}m0 {_TALL - 2 * _EDGE}H{_EDGE}"/>'
    if changed:
        body += f'<path class="rk-change" d="{"".join(f"M{_EDGE + i * step - step // 2} 0v{_TALL}" for i in changed)}"/>'
    runs = _runs(points, changed)
    if long := [run for run in runs if len(run) > 1]:
        body += f'<path class="rk-line" d="{"".join(map(line, long))}"/>'
    if lone := [run[0] for run in runs if len(run) == 1]:
        body += f'<path class="rk-lone" d="{dots(lone)}"/>'
    if points and points[-1]:
        body += f'<path class="rk-last" d="{dots([points[-1]])}"/>'
    return svg(_WIDE, _TALL, body, words, "rk-spark")


def against(
    trend: list[float | None], area: list[float | None], months: list[str], words: str, changed: tuple[int, ...] = ()
) -> Markup:
    """The agent's months (solid, dots) against the area's (dashed), on a scale from 0 to 100 %."""
    wide, left, top, foot = 300, 34, 12, 82
    step = (wide - left - 10) // max(len(trend) - 1, 1)
    right = left + step * (len(months) - 1)
    body = f'<path class="rk-faint" d="M{left} {top}H{right}M{left} {(top + foot) // 2}H{right}M{left} {foot}H{right}"/>'
    for y, label in ((top, "100"), ((top + foot) // 2, "50"), (foot, "0")):
        body += f'<text class="rk-end" x="{left - 6}" y="{y + 4}">{label}</text>'
    body += f'<text x="{left}" y="{foot + 16}">{escape(months[0])}</text>'
    body += f'<text class="rk-end" x="{right}" y="{foot + 16}">{escape(months[-1])}</text>'
    for values, kind in ((area, "rk-area"), (trend, "rk-line")):
        points = [None if v is None else (left + i * step, round(foot - (foot - top) * v)) for i, v in enumerate(values)]
        if runs := [run for run in _runs(points, changed) if len(run) > 1]:
            body += f'<path class="{kind}" d="{"".join(map(line, runs))}"/>'
    body += f'<path class="rk-points" d="{dots(filter(None, points))}"/>'
    return svg(wide, foot + 22, body, words, "rk-against")


def interval(rate: float, low: float, high: float, limits: tuple[float, float] | None, place: str, words: str) -> Markup:
    """The 95 % interval as a line, the agent as a mark: ▲ above, ● within, ▼ below the area's funnel, which is the band.

    Where it is not compared (too few, or too little evidence) the mark is hollow and nothing is coloured.
    """
    a, b, x, y = _at(low), _at(high), _at(rate), 18
    body = f'<path class="rk-faint" d="M4 {y}h160m0-5v10m-80 0v-10m-80 0v10"/>'
    if limits:
        left, right = _at(limits[0]), _at(limits[1])
        body += f'<path class="rk-band" d="M{left} 6h{max(right - left, 3)}v24H{left}z"/>'
    body += f'<path class="{"rk-line" if limits else "rk-thin"}" d="M{a} {y}H{b}"/>'
    if place == "within":
        return svg(168, 36, body + f'<path class="rk-mid" d="{dots([(x, y)])}"/>', words, "rk-interval")
    if place in ("few", "thin"):
        ring = f"M{x - 5} {y}a5 5 0 1 0 10 0a5 5 0 1 0-10 0z"
        return svg(168, 36, body + f'<path class="rk-hollow" d="{ring}"/>', words, "rk-interval")
    tip, foot = (y - 9, y + 7) if place == "above" else (y + 9, y - 7)
    return svg(168, 36, body + f'<path class="rk-{place}" d="M{x - 9} {foot}h18L{x} {tip}z"/>', words, "rk-interval")


def _at(share: float) -> int:
    """The place of a share on a scale from scale_from to 1, which is 160 long and begins at 4."""
    low = choices().scale_from
    return round(4 + (max(share, low) - low) / (1 - low) * 160)


def share_bar(met: int, owed: int, words: str) -> Markup:
    """A tile's bar: the kept share filled from 0 to 1, the missed rest an empty frame."""
    body = f'<path class="rk-rest" d="M.5.5h99v6H.5z"/><path class="rk-done" d="M0 0h{round(100 * met / owed)}v7H0z"/>'
    head = Markup('<svg class="rk-bar" role="img" aria-label="{}" viewBox="0 0 100 7" preserveAspectRatio="none">')
    return head.format(words) + Markup(body) + Markup("</svg>")
