"""Who stands out from the others, and what made a rate change between two months."""

from __future__ import annotations

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ruralkpi.book import Book
from ruralkpi.book.reading import Ids
from ruralkpi.cards.facts.choices import choices
from ruralkpi.errors import UserError
from ruralkpi.figures import pull
from ruralkpi.figures.look import PLACES, canvas, colour, empty, figures_line, percent, points, rule_label, share
from ruralkpi.texts import say


def funnel(
    data: pull.Data,
    rule: str,
    *,
    month: str | None = None,
    area: Ids = None,
    county: Ids = None,
    by: str = "agent",
    lang: str = "zh",
) -> go.Figure:
    """Each agent's (`by`: area's, county's) rate against the number owed, with the range that fits the whole's (95 %, exact).

    `data`: a book, or a `book.kpi` frame of one month. Below 20 owed nobody is compared: hollow marks. With `area` or
    `county` the middle is its own rate, as on the cards. Shares of 1; a triangle is outside the range. No rank.

    >>> figure = rk.figures.funnel(book, "complaint_first_reply", month="2026-02")
    >>> [(trace.name, [int(x) for x in trace.x]) for trace in figure.data if trace.mode == "markers"]
    [('样本少', [2, 1])]
    """
    rule = pull.rule_id(data, rule)
    frame = pull.kpi(data, rule, month, by, area=area, county=county)
    frame = frame[frame["owed_n"] > 0].reset_index(drop=True)
    key = pull.key(frame, by if isinstance(data, Book) else None) or "month"
    shown = data.month(month) if isinstance(data, Book) else say("card.comma", lang).join(sorted(frame["month"].unique()))
    if area is not None or county is not None:
        shown += " " + pull.who(data, lang, area=area, county=county)
    figure = canvas(rule_label(rule, lang), say("figure.funnel_note", lang, month=shown, n=choices().compare_from_n))
    if frame.empty:
        return empty(figure, lang)
    middle = _middle(data, rule, month, area, county, frame)
    _limits(figure, int(frame["owed_n"].max()), middle, lang)
    places = _places(frame, middle)
    for place, (symbol, paint) in PLACES.items():
        part = frame[places == place]
        if len(part):
            words = [f"{row[key]}<br>{figures_line(row, lang)}" for row in part.to_dict("records")]
            figure.add_scatter(
                x=part["owed_n"],
                y=part["rate"],
                mode="markers",
                hovertext=words,
                hoverinfo="text",
                marker={"symbol": symbol, "size": 10, "color": colour(paint), "line": {"width": 1, "color": colour(paint)}},
                name=say("card.few" if place == "few" else f"card.place.{place}", lang),
            )
    return percent(figure).update_xaxes(title=say("figure.owed", lang), rangemode="tozero")


def _middle(data: pull.Data, rule: str, month: str | None, area: Ids, county: Ids, frame: pd.DataFrame) -> float:
    if isinstance(data, Book):
        frame = data.kpi(month, rule=rule, area=area, county=county, by="area")
    return float(frame["met_n"].sum() / frame["owed_n"].sum())


def _limits(figure: go.Figure, most: int, middle: float, lang: str) -> None:
    first = choices().compare_from_n
    if most >= first:
        owed = pd.Series(np.unique(np.linspace(first, most + 1, 400).astype(int)))
        low, high = pull.limits(owed, middle)
        line = {"x": owed, "mode": "lines", "hoverinfo": "skip", "line": {"color": colour("soft"), "width": 0.8, "shape": "hvh"}}
        figure.add_scatter(y=low / owed, showlegend=False, **line)
        figure.add_scatter(y=high / owed, fill="tonexty", fillcolor=colour("band"), name=say("figure.funnel_band", lang), **line)
    figure.add_hline(
        y=middle,
        line={"color": colour("ink"), "width": 1, "dash": "dot"},
        annotation={"text": say("figure.middle", lang, rate=share(middle)), "font": {"size": 11}},
        annotation_position="top left",
    )


def _places(frame: pd.DataFrame, middle: float) -> np.ndarray:
    low, high = pull.limits(frame["owed_n"], middle)
    few = frame["owed_n"] < choices().compare_from_n
    return np.select([few, frame["met_n"] < low, frame["met_n"] > high], ["few", "below", "above"], "within")


def waterfall(
    data: pull.Data,
    rule: str,
    before: str,
    after: str,
    *,
    by: str = "agent",
    area: Ids = None,
    county: Ids = None,
    top: int = 8,
    lang: str = "zh",
) -> go.Figure:
    """What made the rate change from month `before` to `after`, in percentage points that add up exactly.

    by="agent", "area" or "county": each one's change of rate, weighted by its mean share of what was owed; the rest, "mix",
    is that shares of what was owed moved between them. by="outcome": more or fewer done late, and more or fewer left undone.
    All but the `top` largest are taken together. What only an area owes stands as nobody's.
    `data`: a book, or a `book.kpi` frame that holds both months.
    Raises UserError when nothing was owed in one of the months or both are the same, or for another `by`.

    >>> figure = rk.figures.waterfall(book, "key_visit_half_monthly", "2026-02", "2026-03", by="outcome")
    >>> [f"{y:.2f}" for y in figure.data[0].y]
    ['0.50', '0.00', '-0.50', '0.00']
    """
    rule = pull.rule_id(data, rule)
    if before == after:
        raise UserError(say("figure.same_month", lang, month=before))
    if isinstance(data, Book) and by == "agent":
        frame = pull.by_agent(data, rule, before, after, area, county, lang)
    else:
        frame = pull.kpi(data, rule, (before, after), "area", area=area, county=county)
    two = pull.summed(frame, "month").set_index("month").reindex([before, after])
    if not (two["owed_n"] > 0).all():
        raise UserError(say("figure.no_change", lang, before=before, after=after))
    start, end = two["rate"]
    steps = _by_outcome(two, lang) if by == "outcome" else _by_part(frame, by, before, after, top, lang)
    note = say("figure.waterfall_note", lang, before=before, after=after, change=points(end - start))
    figure = canvas(rule_label(rule, lang), pull.of(data, note, lang, area=area, county=county))
    return stairs(figure, (before, after), (start, end), steps, lang)


def stairs(
    figure: go.Figure, names: tuple[str, str], rates: tuple[float, float], steps: dict[str, float], lang: str
) -> go.Figure:
    """From one rate to another by steps that add up to their difference; shares of 1."""
    words = [share(rates[0]), *(say("figure.points", lang, n=points(step)) for step in steps.values()), share(rates[1])]
    shown = [names[0], *steps, names[1]]
    figure.add_waterfall(
        x=shown,
        y=[rates[0], *steps.values(), rates[1]],
        measure=["absolute", *["relative"] * len(steps), "total"],
        text=words,
        textposition="outside",
        hovertext=[f"{n}：{w}" for n, w in zip(shown, words, strict=True)],
        hoverinfo="text",
        totals={"marker": {"color": colour("soft")}},
        increasing={"marker": {"color": colour("good")}},
        cliponaxis=False,
        decreasing={"marker": {"color": "#fff", "line": {"color": colour("bad"), "width": 2}}},
        connector={"line": {"color": colour("rule"), "width": 1}},
    )
    reach = np.cumsum([rates[0], *steps.values()])
    room = max(reach.max() - reach.min(), 0.05)
    low, high = max(reach.min() - room, 0), min(reach.max() + room, 1.04)
    return figure.update_yaxes(range=[low, high], tickformat=".0%").update_xaxes(type="category")


def _by_outcome(two: pd.DataFrame, lang: str) -> dict[str, float]:
    """Minus the growth of the share done late, and of the share left undone."""
    return {
        say(f"outcome.{name}", lang): float((two[column] / two["owed_n"]).diff(-1).iloc[0])
        for name, column in (("missed_late", "late_n"), ("missed_open", "open_n"))
    }


def _by_part(frame: pd.DataFrame, by: str, before: str, after: str, top: int, lang: str) -> dict[str, float]:
    """Each part's mean weight × its change of rate, largest first; then the others together; then the mix."""
    if f"{by}_id" not in frame:
        raise UserError(say("book.by", lang, value=by, known="agent、area、county、outcome"))
    parts = pull.summed(frame, f"{by}_id", "month").pivot(index=f"{by}_id", columns="month", values=["met_n", "owed_n"]).fillna(0)
    met, owed = parts["met_n"][[before, after]], parts["owed_n"][[before, after]]
    weight = owed / owed.sum()
    # who owed nothing in one of the months has no rate there to change: all of the effect is in the mix
    rate = met / owed.where(owed > 0)
    rate = rate.T.ffill().bfill().T
    own = (weight.T.mean() * (rate[after] - rate[before])).fillna(0.0)
    total = met[after].sum() / owed[after].sum() - met[before].sum() / owed[before].sum()
    order = own[own != 0].abs().sort_values(ascending=False, kind="stable").index
    steps = {str(name): float(own[name]) for name in order[:top]}
    if len(order) > top:
        steps[say("figure.others", lang, n=len(order) - top)] = float(own[order[top:]].sum())
    return steps | {say("figure.mix", lang): float(total - own.sum())}
