"""A rate over the months, many small ones side by side."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ruralkpi.book import Book
from ruralkpi.book.reading import Ids, Months
from ruralkpi.errors import UserError
from ruralkpi.figures import pull
from ruralkpi.figures.look import canvas, colour, empty, faded, figures_line, rule_label, template
from ruralkpi.texts import say

_SMALL = ("area", "county", "town", "agent")


def small_multiples(
    data: pull.Data,
    rule: str,
    *,
    by: str = "area",
    area: Ids = None,
    county: Ids = None,
    month: Months = None,
    columns: int = 4,
    lang: str = "zh",
) -> go.Figure:
    """A small trend for each area, county, town or agent (`by`), all on one scale, with everybody's rate in grey behind each.

    `data`: a book, or a `book.kpi` frame with a column <by>_id. Towns are those of the agents (场镇). Shares of 1.
    Raises UserError for another `by`, and for less than one of `columns`.

    >>> figure = rk.figures.small_multiples(book, "complaint_first_reply", by="town")
    >>> [a.text for a in figure.layout.annotations]
    ['乔庄镇', '普安镇', '竹园镇']
    """
    rule = pull.rule_id(data, rule)
    if by not in _SMALL:
        raise UserError(say("book.by", lang, value=by, known="、".join(_SMALL)))
    if columns < 1:
        raise UserError(say("figure.columns", lang, value=columns))
    key, parts, every = _added(data, rule, by, area, county, month)
    names = sorted(parts.loc[parts["owed_n"] > 0, key].unique()) if by != "town" else sorted(parts[key].unique())
    rows = max(-(-len(names) // columns), 1)
    note = pull.of(data, say("figure.small_note", lang), lang, area=area, county=county)
    figure = canvas(rule_label(rule, lang), note, 90 + 150 * rows)
    if not names:
        return empty(figure, lang)
    grid = make_subplots(
        rows,
        columns,
        shared_xaxes=True,
        shared_yaxes=True,
        subplot_titles=names,
        figure=figure,
        vertical_spacing=0.32 / rows,
        horizontal_spacing=0.03,
    )
    for n, name in enumerate(names):
        _small(grid, parts[parts[key] == name], every, name, {"row": n // columns + 1, "col": n % columns + 1}, lang)
    return _one_scale(grid, list(every["month"]))


def _added(data: pull.Data, rule: str, by: str, area: Ids, county: Ids, month: Months) -> tuple[str, pd.DataFrame, pd.DataFrame]:
    """The column that says whose a row is; the figures added up by it and month, and by month alone."""
    frame = pull.kpi(data, rule, pull.whole(data, month), "agent" if by == "town" else by, area=area, county=county)
    if by == "town" and isinstance(data, Book):
        frame = frame.merge(data.sql("SELECT agent_id, coalesce(town_name, '—') AS town_id FROM agent"), on="agent_id")
    key = str(pull.key(frame, by))
    return key, pull.summed(frame, key, "month"), pull.summed(frame, "month")


def _small(grid: go.Figure, own: pd.DataFrame, every: pd.DataFrame, name: str, place: dict[str, int], lang: str) -> None:
    """One small trend, everybody's rate behind it."""
    grid.add_scatter(
        x=every["month"],
        y=every["rate"],
        line={"color": colour("soft"), "width": 1, "dash": "dot"},
        mode="lines",
        hoverinfo="skip",
        **place,
    )
    grid.add_scatter(
        x=own["month"],
        y=own["rate"],
        line={"color": colour("good"), "width": 2},
        mode="lines+markers",
        marker={"size": 4},
        hovertext=[f"{name} {row['month']}<br>{figures_line(row, lang)}" for row in own.to_dict("records")],
        hoverinfo="text",
        fill="tozeroy",
        fillcolor=faded("good", 0.08),
        **place,
    )


def _one_scale(grid: go.Figure, months: list[str]) -> go.Figure:
    grid.update_layout(showlegend=False, template=template())
    grid.update_annotations(font={"size": 12})
    grid.update_xaxes(
        type="category",
        tickvals=[months[0], months[-1]],
        tickangle=0,
        tickfont={"size": 9},
        categoryorder="array",
        categoryarray=months,
        range=[-1.6, len(months) + 0.6],
    )
    return grid.update_yaxes(range=[0, 1.05], tickformat=".0%", dtick=0.5, tickfont={"size": 10})
