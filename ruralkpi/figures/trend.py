"""A rate over the months: one line with its interval and its peers' band, or a few side by side."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ruralkpi.book.figures import LEVELS
from ruralkpi.book.reading import Ids, Months
from ruralkpi.cards.facts.choices import choices
from ruralkpi.errors import UserError
from ruralkpi.figures import pull
from ruralkpi.figures.look import canvas, colour, empty, figures_line, percent, rule_label, share
from ruralkpi.texts import say

_MOST = 6  # lines that one can tell apart
_PENS = (
    ("good", "solid", "circle"),
    ("bad", "dash", "square"),
    ("ink", "dot", "diamond"),
    ("soft", "solid", "triangle-up"),
    ("good", "dash", "x"),
    ("bad", "dot", "cross"),
)


def trend(
    data: pull.Data,
    rule: str,
    *,
    agent: Ids = None,
    area: Ids = None,
    county: Ids = None,
    by: str | None = None,
    month: Months = None,
    lang: str = "zh",
) -> go.Figure:
    """A rate over the months (all of the book's by default): dots and line, the Wilson 95 % interval as thin bars.

    A line for each agent, area or county asked for, six at most; `by` says whose lines, such as the areas' of a county.
    `data`: a book, or a `book.kpi` frame. Beside one line of a book the band is the range that fits the area's rate (for
    an agent) or the county's (for an area) at the number owed (95 %), from 20 owed up. The line breaks where nothing was
    owed and where a dated setting of the rule changed; a ring is a rate as published, where it is another now. Shares of 1.
    Raises UserError for more lines.

    >>> figure = rk.figures.trend(book, "complaint_first_reply", agent="007")
    >>> list(figure.data[-1].x), float(figure.data[-1].y[1])
    (['2026-01', '2026-02', '2026-03'], 0.5)
    >>> [line.name for line in rk.figures.trend(book, "complaint_first_reply", by="county").data]
    ['剑阁县', '青川县']
    """
    rule, month = pull.rule_id(data, rule), pull.whole(data, month)
    where = {"agent": agent, "area": area, "county": county}
    level = by or next((kind for kind, wanted in where.items() if wanted is not None), "province")
    frame = pull.kpi(data, rule, month, level, **where)
    lines = _lines(frame, by, lang)
    figure = canvas(rule_label(rule, lang), say("figure.trend_note", lang, who=_whose(data, lines, level, where, lang)))
    if not frame["owed_n"].sum():
        return empty(figure, lang)
    if len(lines) == 1:
        (own,) = lines.values()
        if (beside := pull.peers(data, rule, month, agent, area)) is not None:
            _band(figure, own, beside, lang)
    months = sorted(frame["month"].unique())
    changed = pull.breaks(data, rule, months)
    for at in changed:
        _mark_change(figure, at, lang)
    for n, (name, own) in enumerate(lines.items()):
        _line(figure, _broken(own, changed), name, n, lang)
    if level in LEVELS:  # editions keep no others
        _mark_restated(figure, data, rule, level, lines, lang)
    return percent(figure).update_xaxes(type="category", categoryorder="array", categoryarray=months)


def _lines(frame: pd.DataFrame, by: str | None, lang: str) -> dict[str, pd.DataFrame]:
    """Name → its months in order. Raises UserError for more than can be told apart."""
    key = pull.key(frame, by if by != "province" else None)
    parts = {say("figure.all", lang): frame} if key is None else {str(name): own for name, own in frame.groupby(key, sort=True)}
    if len(parts) > _MOST or any(own["month"].duplicated().any() for own in parts.values()):
        raise UserError(say("figure.few_lines", lang, n=_MOST))
    return {name: own.sort_values("month") for name, own in parts.items()}


def _whose(data: pull.Data, lines: dict[str, pd.DataFrame], level: str, where: dict[str, Ids], lang: str) -> str:
    """Whom the lines are about: those drawn, with whose part they are where that is more."""
    drawn = pull.who(data, lang, **{level: list(lines)}) if level in where else say("card.comma", lang).join(lines)
    others = {kind: wanted for kind, wanted in where.items() if kind != level and wanted is not None}
    return f"{pull.who(data, lang, **others)}{say('figure.colon', lang)}{drawn}" if others else drawn


def _line(figure: go.Figure, frame: pd.DataFrame, name: str, n: int, lang: str) -> None:
    paint, dash, symbol = _PENS[n]
    figure.add_scatter(
        x=list(frame["month"]),
        y=frame["rate"],
        name=name,
        mode="lines+markers",
        connectgaps=False,
        line={"color": colour(paint), "width": 2, "dash": dash},
        marker={"size": 8, "color": colour(paint), "symbol": symbol},
        error_y={
            "type": "data",
            "array": frame["high"] - frame["rate"],
            "arrayminus": frame["rate"] - frame["low"],
            "color": colour(paint if n else "ink"),
            "thickness": 1,
            "width": 3,
        },
        hovertext=[f"{name} {row['month']}<br>{figures_line(row, lang)}" for row in frame.to_dict("records")],
        hoverinfo="text",
    )


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


def _mark_change(figure: go.Figure, at: str, lang: str) -> None:
    """A mark that says why the lines break before month `at`."""
    figure.add_vline(x=at, line={"color": colour("bad"), "dash": "dash", "width": 1})
    figure.add_annotation(x=at, y=1.02, text=say("figure.break", lang), showarrow=False, xanchor="left", font={"size": 11})


def _mark_restated(figure: go.Figure, data: pull.Data, rule: str, level: str, lines: dict[str, pd.DataFrame], lang: str) -> None:
    """Rings at the published rates of months whose figure is another now; a frame knows of no editions."""
    asked = getattr(data, "restated", None)
    if asked is None:
        return
    was: pd.DataFrame = asked(by=level)
    months = {month for own in lines.values() for month in own["month"]}
    was = was[(was["rule_id"] == rule) & (was["owed_from"] > 0) & was["month"].isin(months)]
    was = was if level == "province" else was[was["place_id"].isin(list(lines))]
    if len(was):
        figure.add_scatter(
            x=list(was["month"]),
            y=was["met_from"] / was["owed_from"],
            mode="markers",
            marker={"size": 14, "color": colour("ink"), "symbol": "circle-open", "line": {"width": 2}},
            name=say("figure.as_published", lang),
            hovertext=[
                say(
                    "figure.published_point",
                    lang,
                    place=row.place_id,
                    month=row.month,
                    n=row.edition,
                    met=row.met_from,
                    owed=row.owed_from,
                )
                for row in was.itertuples()
            ],
            hoverinfo="text",
        )


def _broken(frame: pd.DataFrame, changed: list[str]) -> pd.DataFrame:
    """With a row without a rate before each month in which the rule changed, which breaks the line."""
    for at in changed:
        gap = dict.fromkeys(frame.columns) | {"month": at, "owed_n": 0}
        before, after = frame[frame["month"] < at], frame[frame["month"] >= at]
        frame = pd.concat([before, pd.DataFrame([gap]), after], ignore_index=True)
    return frame
