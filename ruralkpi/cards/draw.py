"""Small inline SVG pictures. Every state differs by shape, so that a black-and-white print can be read."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from markupsafe import Markup, escape

from ruralkpi.cards.choices import choices
from ruralkpi.cards.grid import Grid, GridRow

_WIDE, _TALL = 120, 22


def _at(share: float, width: float) -> float:
    """The place of a share on a scale from scale_from to 1."""
    low = choices().scale_from
    return round((max(share, low) - low) / (1 - low) * width, 1)


def _svg(width: float, height: float, body: str, words: str, kind: str) -> Markup:
    head = Markup('<svg class="{}" role="img" aria-label="{}" width="{}" height="{}" viewBox="0 0 {} {}">').format(
        kind, words, f"{width:g}", f"{height:g}", f"{width:g}", f"{height:g}"
    )
    return head + Markup(body) + Markup("</svg>")


def spark(trend: list[float | None], words: str, changed: tuple[int, ...] = ()) -> Markup:
    """A line over the months; it breaks where a month has no rate, and a lone month is a dot.

    changed: places of months in which another version of the rule begins; a dashed upright stands before each.
    """
    step = (_WIDE - 8) / max(len(trend) - 1, 1)
    points = [
        None if rate is None else (round(4 + i * step, 1), round(_TALL - 4 - _at(rate, _TALL - 8), 1))
        for i, rate in enumerate(trend)
    ]
    body = f'<path class="rk-faint" d="M4 4H{_WIDE - 4}M4 {_TALL - 4}H{_WIDE - 4}"/>'
    for i in changed:
        body += f'<path class="rk-change" d="M{4 + (i - 0.5) * step:.1f} 1V{_TALL - 1}"/>'
    for there, run in groupby(points, key=lambda point: point is not None):
        part = [point for point in run if point is not None]
        if there and len(part) == 1:
            body += f'<circle class="rk-lone" cx="{part[0][0]}" cy="{part[0][1]}" r="1.4"/>'
        elif there:
            body += '<path class="rk-line" d="M' + "L".join(f"{x} {y}" for x, y in part) + '"/>'
    if points and points[-1]:
        body += f'<circle class="rk-dot" cx="{points[-1][0]}" cy="{points[-1][1]}" r="2.6"/>'
    return _svg(_WIDE, _TALL, body, words, "rk-spark")


def against(trend: list[float | None], area: list[float | None], months: list[str], words: str) -> Markup:
    """The agent's months (solid, dots) against the area's (dashed), on a scale from 0 to 100 %."""
    wide, tall, left = 210, 74, 26
    step = (wide - left - 6) / max(len(trend) - 1, 1)
    body = "".join(
        f'<path class="rk-faint" d="M{left} {y}H{wide - 4}"/><text x="{left - 4}" y="{y + 3}" text-anchor="end">{label}</text>'
        for y, label in ((6, "100"), (31, "50"), (56, "0"))
    )
    for i in (0, len(months) - 1):
        anchor = "start" if i == 0 else "end"
        body += f'<text x="{left + i * step:.1f}" y="{tall - 4}" text-anchor="{anchor}">{months[i]}</text>'
    for values, kind in ((area, "rk-area"), (trend, "rk-line")):
        points = [None if v is None else (round(left + i * step, 1), round(56 - 50 * v, 1)) for i, v in enumerate(values)]
        for there, run in groupby(points, key=lambda point: point is not None):
            part = [point for point in run if point is not None]
            if there:
                body += f'<path class="{kind}" d="M' + "L".join(f"{x} {y}" for x, y in part) + '"/>'
        if kind == "rk-line":
            body += '<path class="rk-points" d="' + "".join(f"M{x} {y}h0" for x, y in filter(None, points)) + '"/>'
    return _svg(wide, tall, body, words, "rk-against")


def interval(rate: float, low: float, high: float, limits: tuple[float, float], place: str, words: str) -> Markup:
    """The area's funnel as a band, the 95 % interval as a line, the agent as a mark (▲ above, ● within, ▼ below)."""
    width = _WIDE - 12
    left, right = 6 + _at(limits[0], width), 6 + _at(limits[1], width)
    a, b, x, y = 6 + _at(low, width), 6 + _at(high, width), 6 + _at(rate, width), _TALL / 2
    body = f'<rect class="rk-band" x="{left:.1f}" y="4" width="{max(right - left, 1.5):.1f}" height="{_TALL - 8}"/>'
    body += f'<path class="rk-line" d="M{a:.1f} {y}H{b:.1f}"/>'
    if low < choices().scale_from:
        body += f'<path class="rk-line" d="M{a + 3:.1f} {y - 3}L{a - 1:.1f} {y}L{a + 3:.1f} {y + 3}"/>'
    if place == "within":
        body += f'<circle class="rk-dot" cx="{x:.1f}" cy="{y}" r="4"/>'
    else:
        tip, foot = (y - 5, y + 4) if place == "above" else (y + 5, y - 4)
        body += f'<path class="rk-{place}" d="M{x - 5:.1f} {foot}H{x + 5:.1f}L{x:.1f} {tip}Z"/>'
    return _svg(_WIDE, _TALL, body, words, "rk-interval")


def share_bar(met: int, owed: int, words: str) -> Markup:
    """A tile's bar: the kept share filled from 0 to 1, the missed rest hatched by a darker edge."""
    width = round(100 * met / owed, 1)
    body = '<rect class="rk-rest" x="0.5" y="0.5" width="99" height="6"/>'
    body += f'<rect class="rk-done" x="0" y="0" width="{width:g}" height="7"/>'
    return (
        Markup('<svg class="rk-bar" role="img" aria-label="{}" viewBox="0 0 100 7" preserveAspectRatio="none">').format(words)
        + Markup(body)
        + Markup("</svg>")
    )


_STEP, _GAP, _LONG, _ROW = 14, 14, 25, 16


def columns(grid: Grid) -> list[float]:
    """The left edge of each slot's cell."""
    edges, x, month = [], 0.0, grid.slots[0].month if grid.slots else ""
    for slot in grid.slots:
        if slot.month != month:
            x, month = x + _GAP, slot.month
        edges.append(x)
        x += _STEP if slot.is_week else _LONG + 3
    return edges


def grid_width(grid: Grid) -> float:
    """The width of a row's picture."""
    edges = columns(grid)
    return edges[-1] + (_STEP if grid.slots[-1].is_week else _LONG + 3) if edges else 0


def grid_head(grid: Grid, words: str, say: Callable[..., str]) -> Markup:
    """The months' names over their cells."""
    first = {slot.month: x for slot, x in reversed(list(zip(grid.slots, columns(grid), strict=True)))}
    body = "".join(
        f'<text x="{x:g}" y="12">{escape(say("card.month", month=int(month[5:])))}</text>' for month, x in sorted(first.items())
    )
    return _svg(grid_width(grid), _ROW, body, words, "rk-cells")


def grid_row(grid: Grid, row: GridRow, words: str) -> Markup:
    """One customer's cells: blocks for half-months, dots for weeks; one path per state keeps the file small."""
    paths: dict[str, str] = {}
    for slot, x, state in zip(grid.slots, columns(grid), row.states, strict=True):
        paths[state] = paths.get(state, "") + cell(state, slot.is_week, x)
    body = "".join(f'<path class="rk-{state}" d="{d}"/>' for state, d in sorted(paths.items()))
    return _svg(grid_width(grid), _ROW, body, words, "rk-cells")


def cell(state: str, is_week: bool, x: float) -> str:
    """The path of one cell: solid kept, hollow missed, struck exempt, dashed partial, hollow thin pending."""
    if state == "none":
        return f"M{x + (6 if is_week else 11):g} 8h2"
    middle, half = (x + _STEP / 2, 4.0) if is_week else (x + _LONG / 2, _LONG / 2 - 1)
    dot, block = f"M{middle - 4:g} 8a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z", f"M{x + 1:g} 3h{_LONG - 2}v10h-{_LONG - 2}z"
    shape = dot if is_week else block
    if state == "exempt":
        shape += f"M{middle - half * 0.6:g} 11L{middle + half * 0.6:g} 5"
    if state == "unknown":
        shape += f"M{middle - 2:g} 8h4"
    return shape
