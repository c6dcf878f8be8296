"""The cadence grid's cells as SVG: a row per customer, blocks for half-months, dots for weeks.

Solid is kept, hollow missed, struck exempt, dashed partial, thin pending, filled grey unknown, a point not owed.
"""

from __future__ import annotations

from collections.abc import Callable

from markupsafe import Markup, escape

from ruralkpi.cards.facts.grid import Grid, GridRow
from ruralkpi.cards.pictures.draw import svg

_DOT, _GAP, _BLOCK, _ROW = 15, 16, 30, 16


def columns(grid: Grid) -> list[int]:
    """The left edge of each slot's cell."""
    edges, x, month = [], 0, grid.slots[0].month if grid.slots else ""
    for slot in grid.slots:
        if slot.month != month:
            x, month = x + _GAP, slot.month
        edges.append(x)
        x += _DOT if slot.is_week else _BLOCK
    return edges


def width(grid: Grid) -> int:
    """The width of a row's picture."""
    return columns(grid)[-1] + (_DOT if grid.slots[-1].is_week else _BLOCK) if grid.slots else 0


def head(grid: Grid, words: str, say: Callable[..., str]) -> Markup:
    """The months' names over their cells."""
    first = {slot.month: x for slot, x in reversed(list(zip(grid.slots, columns(grid), strict=True)))}
    names = {month: say("card.month", month=say(f"month.{int(month[5:])}")) for month in first}
    body = "".join(f'<text x="{x + 1}" y="12">{escape(names[month])}</text>' for month, x in sorted(first.items()))
    return svg(width(grid), _ROW, body, words, "rk-cells", True)


def row(grid: Grid, customer: GridRow) -> Markup:
    """One customer's cells, whose sums stand beside; one path per state and shape keeps the file small."""
    paths: dict[str, str] = {}
    for slot, x, state in zip(grid.slots, columns(grid), customer.states, strict=True):
        kind, shape = cell(state, slot.is_week, x)
        paths[kind] = paths.get(kind, "") + shape
    body = "".join(f'<path class="rk-{kind}" d="{d}"/>' for kind, d in sorted(paths.items()))
    return svg(width(grid), _ROW, body, "", "rk-cells", True)


def sign(state: str) -> Markup:
    """Both shapes of a state, for the legend."""
    shapes = (cell(state, False, 0), cell(state, True, _BLOCK + 1))
    return Markup("".join(f'<path class="rk-{kind}" d="{shape}"/>' for kind, shape in shapes))


def cell(state: str, is_week: bool, x: int) -> tuple[str, str]:
    """The class and path of one cell. A kept week is a dot drawn by round line ends."""
    if state == "none":
        return state, f"M{x + (5 if is_week else 12)} 8h3"
    if state == "kept" and is_week:
        return "week", f"M{x + 7} 8h0"
    shape = f"M{x + 3} 8a4 4 0 1 0 8 0a4 4 0 1 0-8 0z" if is_week else f"M{x + 1} 3h26v10H{x + 1}z"
    if state == "exempt":
        shape += f"M{x + 4} 11l6-6" if is_week else f"M{x + 6} 12l16-8"
    if state == "unknown":
        shape += f"M{x + 5} 8h4" if is_week else f"M{x + 12} 8h5"
    return state, shape
