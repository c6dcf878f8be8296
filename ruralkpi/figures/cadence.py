"""A grid of each key customer's visits and calls."""

from __future__ import annotations

from collections import Counter

import pandas as pd
import plotly.graph_objects as go

from ruralkpi.book import Book
from ruralkpi.book.reading import Ids, Months
from ruralkpi.cards.facts.grid import STATES
from ruralkpi.figures import pull
from ruralkpi.figures.look import SHAPES, canvas, colour, empty
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
