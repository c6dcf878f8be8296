"""Grids of cells: each key customer's visits and calls, and the renewals of each month's expiring agreements."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import plotly.graph_objects as go

from ruralkpi.book import Book
from ruralkpi.book.reading import Ids, Months
from ruralkpi.cards.facts.grid import STATES
from ruralkpi.figures import pull
from ruralkpi.figures.look import SHAPES, canvas, colour, empty, share, tinted
from ruralkpi.texts import say

CADENCE = ("key_visit_half_monthly", "key_call_weekly")


def cadence(
    data: pull.Data, *, agent: Ids = None, area: Ids = None, county: Ids = None, month: Months = None, lang: str = "zh"
) -> go.Figure:
    """Key customers by slots: squares are half-monthly visits, circles weekly calls; most missed on top.

    Each column names its days: 1–15 a half-month, 10/5 the week from that Monday on. Solid kept, hollow missed,
    ◆ undecidable, ✕ exempt, grey hollow partial, dotted pending. Names are masked. `data`: a book, or `book.obligations`
    of both rules with every outcome. Hovering tells the obligation's sentence.

    >>> figure = rk.figures.cadence(book, agent="007", month="2026-02")
    >>> [(trace.name, len(trace.x)) for trace in figure.data if trace.name == "按时"]
    [('按时', 2), ('按时', 1)]
    >>> list(figure.layout.xaxis.ticktext)
    ['1–15', '16–28', '1/26', '2/2', '2/9', '2/16']
    """
    rows, names = _slots(data, agent, area, county, month, lang)
    whose = pull.who(data, lang, agent=agent, area=area, county=county)
    figure = canvas(say("card.cadence", lang), say("figure.cadence_note", lang, who=whose))
    if rows.empty:
        return empty(figure, lang)
    slots = rows[["month", "is_week", "start_at", "due_on"]].drop_duplicates(["month", "is_week", "start_at"])
    slots = slots.sort_values(["month", "is_week", "start_at"]).reset_index(drop=True)
    heads = {(row.month, row.is_week, row.start_at): n for n, row in enumerate(slots.itertuples(index=False))}
    rows["x"] = [heads[key] for key in rows[["month", "is_week", "start_at"]].itertuples(index=False, name=None)]
    missed = rows.assign(is_missed=rows["state"] == "missed").groupby("customer_id")["is_missed"].sum()
    order = sorted(missed.index, key=lambda one: (missed[one], one))
    rows["y"] = rows["customer_id"].map({one: n for n, one in enumerate(order)})
    _marks(figure, rows, lang)
    _heads(figure, slots)
    figure.update_yaxes(
        tickvals=list(range(len(order))), ticktext=_told_apart(order, names), range=[-0.7, len(order) - 0.3], showgrid=False
    )
    return figure.update_layout(height=170 + 21 * len(order), margin={"t": 116}, legend={"y": -0.02, "itemsizing": "constant"})


def _heads(figure: go.Figure, slots: pd.DataFrame) -> None:
    """Each slot's days, its month above, a line between months."""
    starts, ends = slots["start_at"].dt, pd.to_datetime(slots["due_on"]).dt
    weeks = starts.month.astype(str) + "/" + starts.day.astype(str)
    days = weeks.where(slots["is_week"], starts.day.astype(str) + "–" + ends.day.astype(str))
    middles = slots.assign(x=slots.index).groupby("month")["x"].agg(["mean", "max"])
    for edge in middles["max"][:-1]:
        figure.add_vline(x=edge + 0.5, line={"color": colour("rule"), "width": 1})
    for month, middle in middles["mean"].items():
        figure.add_annotation(x=middle, y=1, yref="paper", yshift=40, yanchor="bottom", text=month, showarrow=False)
    figure.update_xaxes(
        tickvals=list(slots.index), ticktext=list(days), tickangle=-60, tickfont={"size": 10}, showgrid=False,
        range=[-0.7, len(slots) - 0.3], side="top",
    )  # fmt: skip


def _told_apart(order: list[str], names: dict[str, str]) -> list[str]:
    """Customers by name; those of one name with their ids."""
    twice = {name for name, n in Counter(names.get(one, one) for one in order).items() if n > 1}
    return [f"{name} {one}" if (name := names.get(one, one)) in twice else name for one in order]


def _slots(data: pull.Data, agent: Ids, area: Ids, county: Ids, month: Months, lang: str) -> tuple[pd.DataFrame, dict[str, str]]:
    """The slots' rows with their states, and the customers' names."""
    if isinstance(data, Book):
        where = {"agent": agent, "area": area, "county": county}
        rows = data.obligations(CADENCE, month, outcomes="all", names=True, lang=lang, **where)
    else:
        rows = data[data["rule_id"].isin(CADENCE)].copy()
    known = rows[["customer_id", "customer_name"]].dropna() if "customer_name" in rows else rows[[]]
    names = dict(known.itertuples(index=False, name=None))
    rows["state"] = rows["outcome"].map(STATES).where(rows["reason"].fillna("") != "partial_slot", "partial")
    rows["is_week"] = rows["rule_id"] == "key_call_weekly"
    return rows[rows["state"].notna()].reset_index(drop=True), names


def _marks(figure: go.Figure, rows: pd.DataFrame, lang: str) -> None:
    for state, (shape, paint) in SHAPES.items():
        shown = True
        for is_week, form in ((False, "square"), (True, "circle")):
            part = rows[(rows["state"] == state) & (rows["is_week"] == is_week)]
            if part.empty:
                continue
            figure.add_scatter(
                x=part["x"],
                y=part["y"],
                mode="markers",
                name=say(f"card.state.{state}", lang),
                legendgroup=state,
                showlegend=shown,
                marker={
                    "symbol": shape.format(form),
                    "size": 11,
                    "color": colour(paint),
                    "line": {"width": 2, "color": colour(paint)},
                },
                hovertext=part["sentence"] if "sentence" in part else part["source_id"],
                hoverinfo="text",
            )
            shown = False


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
    if isinstance(data, Book):
        span = pull.whole(data, month)
        rows = data.measures(span, measure=f"renewal_{basis}", agent=agent, area=area, county=county)
        rows = rows if agent is not None else rows[rows["agent_id"].isna()]
    else:
        rows = data
    rows = rows[rows["measure_id"] == f"renewal_{basis}"]
    cells = rows.groupby(["month", "part"], sort=True).agg(
        n=("n", "sum"), of_n=("of_n", "sum"), is_open=("is_provisional", "any")
    )
    figure = canvas(
        say(f"figure.renewal_{basis}", lang),
        say("figure.renewal_note", lang, who=pull.who(data, lang, agent=agent, area=area, county=county)),
    )
    if cells.empty:
        return empty(figure, lang)
    months = list(cells.index.unique("month"))
    grid = {(m, p): cells.loc[(m, p)] for m in months for p in _PARTS if (m, p) in cells.index}
    z = [[_rate(grid.get((m, p))) for p in _PARTS] for m in months]
    words = [[_cell(grid.get((m, p)), basis) for p in _PARTS] for m in months]
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


def _rate(cell: pd.Series | None) -> float | None:
    return None if cell is None or not cell["of_n"] else float(cell["n"] / cell["of_n"])


def _cell(cell: pd.Series | None, basis: str) -> str:
    if cell is None:
        return ""
    number = "{:.0f}" if basis == "count" else "{:,.0f}"
    words = f"{share(_rate(cell))} · {number.format(cell['n'])}/{number.format(cell['of_n'])}"
    return f"({words})" if cell["is_open"] else words
