"""The renewals of each month's expiring agreements, a cell a month and span."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ruralkpi.book import Book
from ruralkpi.book.reading import Ids, Months
from ruralkpi.figures import pull
from ruralkpi.figures.look import canvas, colour, empty, share, tinted
from ruralkpi.texts import say

_PARTS = ("d0", "d7", "d30", "reactivated")


def renewals(
    data: pull.Data,
    *,
    basis: str = "count",
    month: Months = None,
    agent: Ids = None,
    area: Ids = None,
    county: Ids = None,
    lang: str = "zh",
) -> go.Figure:
    """Each month's expiring agreements: the share renewed by the day, within 7, within 30 days, and later.

    `basis`: count, gross (Σ min(new, old) / Σ old) or net (Σ new / Σ old). A cell in brackets may still grow.
    `data`: a book, or a `book.measures` frame. Shares of 1 (net may pass it). Of a book all areas
    are added up unless one is named.

    >>> figure = rk.figures.renewals(book, month=("2026-03", "2026-03"))
    >>> [list(row) for row in figure.data[0].z]
    [[0.5, 1.0, 1.0, 0.0]]
    """
    cells = _cells(data, basis, month, agent, area, county)
    figure = canvas(
        say(f"figure.renewal_{basis}", lang),
        say("figure.renewal_note", lang, who=pull.who(data, lang, agent=agent, area=area, county=county)),
    )
    if cells.empty:
        return empty(figure, lang)
    months = list(cells.index.unique("month"))
    grid = {(m, p): cells.loc[(m, p)] for m in months for p in _PARTS if (m, p) in cells.index}
    z = [[_rate(grid.get((m, p))) for p in _PARTS] for m in months]
    words = [[_told(grid.get((m, p)), basis) for p in _PARTS] for m in months]
    figure.add_heatmap(
        x=[say(f"figure.renewal_{p}", lang) for p in _PARTS],
        y=months,
        z=z,
        text=words,
        texttemplate="%{text}",
        xgap=2,
        ygap=2,
        colorscale=[[0, "#ffffff"], [1, tinted("good", 0.6)]],
        textfont={"color": colour("ink")},
        zmin=0,
        zmax=1,
        hovertemplate="%{y} · %{x}<br>%{text}<extra></extra>",
        colorbar={"tickformat": ".0%", "thickness": 10, "outlinewidth": 0},
    )
    figure.update_yaxes(type="category", autorange="reversed", showgrid=False).update_xaxes(side="top", showgrid=False)
    return figure.update_layout(height=150 + 27 * len(months), margin={"t": 96})


def _cells(data: pull.Data, basis: str, month: Months, agent: Ids, area: Ids, county: Ids) -> pd.DataFrame:
    """n of of_n, and whether that may still grow, by month and part."""
    if isinstance(data, Book):
        rows = data.measures(pull.whole(data, month), measure=f"renewal_{basis}", agent=agent, area=area, county=county)
        rows = rows if agent is not None else rows[rows["agent_id"].isna()]
    else:
        rows = data
    rows = rows[rows["measure_id"] == f"renewal_{basis}"]
    return rows.groupby(["month", "part"], sort=True).agg(n=("n", "sum"), of_n=("of_n", "sum"), is_open=("is_provisional", "any"))


def _rate(cell: pd.Series | None) -> float | None:
    return None if cell is None or not cell["of_n"] else float(cell["n"] / cell["of_n"])


def _told(cell: pd.Series | None, basis: str) -> str:
    if cell is None:
        return ""
    number = "{:.0f}" if basis == "count" else "{:,.0f}"
    words = f"{share(_rate(cell))} · {number.format(cell['n'])}/{number.format(cell['of_n'])}"
    return f"({words})" if cell["is_open"] else words
