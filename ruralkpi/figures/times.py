"""How long things took, against their limit."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ruralkpi.book import Book
from ruralkpi.book.reading import Ids, Months
from ruralkpi.errors import UserError
from ruralkpi.figures import pull
from ruralkpi.figures.look import canvas, colour, empty, rule_label
from ruralkpi.obligations.limits import SECONDS
from ruralkpi.obligations.limits import limit as parsed
from ruralkpi.texts import say

_HOURS = {unit: seconds / 3600 for unit, seconds in {**SECONDS, "day": 86400}.items()}


def reply_times(
    data: pull.Data,
    rule: str,
    *,
    month: Months = None,
    agent: Ids = None,
    area: Ids = None,
    county: Ids = None,
    limit: float | str | None = None,
    bins: int = 24,
    lang: str = "zh",
) -> go.Figure:
    """How long it took until it was done, in hours, with the limit drawn: solid in time, hatched late.

    From the start where the limit is the same for all, else from the deadline (working days), in bars of a day. The
    outermost bars hold everything beyond. Date-only stamps are left out, and what is still open stands in the note.
    `data`: a book, or `book.obligations`. `limit`: another limit, in hours or as "24 hours", drawn
    beside the one in force (what if). Raises UserError where times have no one limit, as with working days.

    >>> figure = rk.figures.reply_times(book, "complaint_first_reply", month="2026-02")
    >>> [(trace.name, int(sum(trace.y))) for trace in figure.data]
    [('按时', 1), ('迟办', 1)]
    """
    rule, other = pull.rule_id(data, rule), _in_hours(limit)
    rows = (
        data.obligations(rule, month, agent=agent, area=area, county=county, lang=None)
        if isinstance(data, Book)
        else data[data["rule_id"] == rule]
    )
    timed = rows[rows["done_at"].notna() & (rows["start_precision"] != "day") & (rows["done_precision"] != "day")]
    dated = int(rows["done_at"].notna().sum()) - len(timed)
    note = say("figure.times_note", lang, n=len(timed), open=int(rows["done_at"].isna().sum()), dated=dated)
    figure = canvas(rule_label(rule, lang), pull.of(data, note, lang, agent=agent, area=area, county=county))
    if timed.empty:
        return empty(figure, lang)
    allowed = _hours(timed["due_at"] - timed["start_at"])
    is_one = allowed.max() - allowed.min() < 1e-6
    hours, limit = (
        (_hours(timed["done_at"] - timed["start_at"]), allowed.iloc[0])
        if is_one
        else (_hours(timed["done_at"] - timed["due_at"]), 0.0)
    )
    _bars(figure, hours, timed["outcome"] == "met", limit, bins if is_one else 0, lang)
    figure.add_vline(
        x=limit,
        line={"color": colour("bad"), "width": 2},
        annotation={"text": say("figure.limit", lang, n=f"{limit:g}") if is_one else say("figure.deadline", lang), "yshift": 4},
    )
    if other is not None:
        if not is_one:
            raise UserError(say("figure.no_one_limit", lang))
        figure.add_vline(
            x=other,
            line={"color": colour("ink"), "width": 2, "dash": "dash"},
            annotation={"text": say("figure.limit_if", lang, n=f"{other:g}"), "yshift": -14, "xanchor": "right"},
        )
    return figure.update_xaxes(title=say("figure.hours" if is_one else "figure.hours_from_due", lang)).update_yaxes(
        title=say("figure.items", lang)
    )


def _in_hours(limit: float | str | None) -> float | None:
    """A limit in hours, of a number or of "24 hours". Raises UserError for one in working days or months."""
    if not isinstance(limit, str):
        return limit
    asked = parsed(limit)
    if asked.unit not in _HOURS:
        raise UserError(say("figure.no_one_limit"))
    return asked.number * _HOURS[asked.unit]


def _hours(span: pd.Series) -> pd.Series:
    return span.dt.total_seconds() / 3600


def _bars(figure: go.Figure, hours: pd.Series, is_met: pd.Series, limit: float, bins: int, lang: str) -> None:
    """Bars whose edges meet the limit, so that none holds both sides; exactly on the limit is in time."""
    low, high = min(float(hours.quantile(0.02)), limit), max(float(hours.quantile(0.98)), limit)
    wide = max((high - low) / bins, 1e-6) if bins else 24.0
    if bins and low < limit:
        wide = (limit - low) / max(round((limit - low) / wide), 1)
    first = -int(np.ceil((limit - low) / wide - 1e-9))
    last = max(int(np.ceil((high - limit) / wide)), first + 1)
    place = np.clip(np.ceil((hours - limit) / wide).astype(int), first + 1, last + 1)
    # minute stamps are compared in whole minutes: the outcome says which side it is
    place = np.where(is_met, np.minimum(place, 0), np.maximum(place, 1))
    place = pd.Series(place, index=hours.index)
    for name, mask, paint, pattern in (("met", is_met, "good", ""), ("missed_late", ~is_met, "bad", "/")):
        n = place[mask].value_counts().sort_index()
        if n.empty:
            continue
        edges = [(limit + (k - 1) * wide, limit + k * wide) for k in n.index]
        words = [
            say("figure.bin", lang, low=f"{a:.1f}" if k > first + 1 else "…", high=f"{b:.1f}" if k <= last else "…", n=c)
            for (a, b), k, c in zip(edges, n.index, n, strict=True)
        ]
        figure.add_bar(
            x=[(a + b) / 2 for a, b in edges],
            y=n.to_numpy(),
            width=wide,
            name=say(f"outcome.{name}", lang),
            hovertext=words,
            hoverinfo="text",
            marker={
                "color": colour(paint) if not pattern else "#fff",
                "line": {"color": colour(paint) if pattern else "#fff", "width": 1},
                "pattern": {"shape": pattern, "fgcolor": colour(paint), "bgcolor": "#fff", "size": 6},
            },
        )
    figure.update_layout(barmode="stack", bargap=0)
