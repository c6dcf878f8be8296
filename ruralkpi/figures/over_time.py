"""Rates over the months: one line with its interval and its peers' band, and many small ones side by side."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from ruralkpi.book import Book
from ruralkpi.book.reading import Months
from ruralkpi.cards.facts.choices import choices
from ruralkpi.errors import UserError
from ruralkpi.figures import pull
from ruralkpi.figures.look import canvas, colour, empty, faded, figures_line, percent, rule_label, share, template
from ruralkpi.texts import say


def trend(
    data: pull.Data, rule: str, *, agent: str | None = None, area: str | None = None, month: Months = None, lang: str = "zh"
) -> go.Figure:
    """A rate over the months (all of the book's by default): dots and line, the Wilson 95 % interval as thin bars.

    `data`: a book, or a `book.kpi` frame with one row a month. Of a book the band is the range that fits the area's rate (for
    an agent) or the county's (for an area) at the number owed (95 %), from 20 owed up. The line breaks where nothing was
    owed and where a dated setting of the rule changed. Shares of 1. Raises UserError for a frame of several agents or areas.

    >>> figure = rk.figures.trend(book, "complaint_first_reply", agent="007")
    >>> list(figure.data[-1].x), float(figure.data[-1].y[1])
    (['2026-01', '2026-02', '2026-03'], 0.5)
    """
    month = pull.whole(data, month)
    frame = pull.kpi(data, rule, month, agent, area, "agent" if agent else "area" if area else "province").sort_values("month")
    if frame["month"].duplicated().any():
        raise UserError(say("figure.one_line", lang))
    figure = canvas(rule_label(rule, lang), _whose(agent, area, lang))
    if not frame["owed_n"].sum():
        return empty(figure, lang)
    beside = pull.peers(data, rule, month, agent, area)
    if beside is not None:
        _band(figure, frame, beside, lang)
    months = list(frame["month"])
    for at in pull.breaks(data, rule, months):
        frame = _broken(figure, frame, at, lang)
    figure.add_scatter(
        x=list(frame["month"]),
        y=frame["rate"],
        name=agent or area or say("figure.all", lang),
        mode="lines+markers",
        connectgaps=False,
        line={"color": colour("good"), "width": 2},
        marker={"size": 8, "color": colour("good")},
        error_y={
            "type": "data",
            "array": frame["high"] - frame["rate"],
            "arrayminus": frame["rate"] - frame["low"],
            "color": colour("ink"),
            "thickness": 1,
            "width": 3,
        },
        hovertext=[f"{row['month']}<br>{figures_line(row, lang)}" for row in frame.to_dict("records")],
        hoverinfo="text",
    )
    return percent(figure).update_xaxes(type="category", categoryorder="array", categoryarray=months)


def _band(figure: go.Figure, frame: pd.DataFrame, beside: pd.DataFrame, lang: str) -> None:
    both = frame[["month", "owed_n"]].merge(beside[["month", "rate"]], on="month")
    words = [say("figure.peer", lang, rate=share(rate)) for rate in both["rate"]]
    many = both[(both["owed_n"] >= choices().compare_from_n) & both["rate"].notna()]
    low, high = pull.limits(many["owed_n"], many["rate"])
    if len(many):
        figure.add_bar(
            x=list(many["month"]),
            base=low / many["owed_n"],
            y=(high - low) / many["owed_n"],
            width=0.7,
            hoverinfo="skip",
            marker={"color": colour("band"), "line": {"width": 0}},
            name=say("figure.band", lang, n=choices().compare_from_n),
        )
    figure.add_scatter(
        x=list(both["month"]),
        y=both["rate"],
        mode="lines",
        line={"color": colour("soft"), "width": 1.4, "dash": "dot"},
        name=say("figure.peers", lang),
        hovertext=words,
        hoverinfo="text",
    )


def _broken(figure: go.Figure, frame: pd.DataFrame, at: str, lang: str) -> pd.DataFrame:
    """A row without a rate before month `at`, which breaks the line, and a mark that says why."""
    gap = dict.fromkeys(frame.columns) | {"month": at, "owed_n": 0}
    figure.add_vline(x=at, line={"color": colour("bad"), "dash": "dash", "width": 1})
    figure.add_annotation(x=at, y=1.02, text=say("figure.break", lang), showarrow=False, xanchor="left", font={"size": 11})
    before, after = frame[frame["month"] < at], frame[frame["month"] >= at]
    return pd.concat([before, pd.DataFrame([gap]), after], ignore_index=True)


def _whose(agent: str | None, area: str | None, lang: str) -> str:
    who = agent or area or say("figure.all", lang)
    return say("figure.trend_note", lang, who=who)


def small_multiples(
    data: pull.Data,
    rule: str,
    *,
    by: str = "area",
    area: str | None = None,
    month: Months = None,
    columns: int = 4,
    lang: str = "zh",
) -> go.Figure:
    """A small trend for each area, town or agent (`by`), all on one scale, with everybody's rate in grey behind each.

    `data`: a book, or a `book.kpi` frame with a column <by>_id. Towns are those of the agents (場镇). Shares of 1.

    >>> figure = rk.figures.small_multiples(book, "complaint_first_reply", by="town")
    >>> [a.text for a in figure.layout.annotations]
    ['乔庄镇', '普安镇', '竹园镇']
    """
    frame = pull.kpi(data, rule, pull.whole(data, month), None, area, "area" if by == "area" else "agent")
    if by == "town" and isinstance(data, Book):
        frame = frame.merge(data.sql("SELECT agent_id, coalesce(town_name, '—') AS town_id FROM agent"), on="agent_id")
    parts, every = pull.summed(frame, f"{by}_id", "month"), pull.summed(frame, "month")
    names = sorted(parts.loc[parts["owed_n"] > 0, f"{by}_id"].unique()) if by != "town" else sorted(parts[f"{by}_id"].unique())
    rows = max(-(-len(names) // columns), 1)
    figure = canvas(rule_label(rule, lang), say("figure.small_note", lang), 90 + 150 * rows)
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
    months = list(every["month"])
    for n, name in enumerate(names):
        place = {"row": n // columns + 1, "col": n % columns + 1}
        own = parts[parts[f"{by}_id"] == name]
        grid.add_scatter(
            x=every["month"],
            y=every["rate"],
            line={"color": colour("soft"), "width": 1, "dash": "dot"},
            mode="lines",
            hoverinfo="skip",
            **place,
        )
        words = [f"{name} {row['month']}<br>{figures_line(row, lang)}" for row in own.to_dict("records")]
        grid.add_scatter(
            x=own["month"],
            y=own["rate"],
            line={"color": colour("good"), "width": 2},
            mode="lines+markers",
            marker={"size": 4},
            hovertext=words,
            hoverinfo="text",
            fill="tozeroy",
            fillcolor=faded("good", 0.08),
            **place,
        )
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
