"""The share of faults still unrepaired after so many hours; open faults count as long as they have been open."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from ruralkpi.book import Book
from ruralkpi.book.reading import Ids, Months, Where, areas
from ruralkpi.errors import UserError
from ruralkpi.figures import pull
from ruralkpi.figures.look import canvas, colour, empty, faded
from ruralkpi.obligations.limits import SECONDS
from ruralkpi.sql import name as quoted
from ruralkpi.texts import say


def repairs(
    data: pull.Data,
    *,
    month: Months = None,
    area: Ids = None,
    county: Ids = None,
    by: str | None = None,
    lang: str = "zh",
) -> go.Figure:
    """Kaplan–Meier: the share of reported faults still unrepaired after so many hours, 95 % band, open ones as censored (+).

    Month is that of the report. `by`: a column of `fault` to split by, such as "product" or
    "is_urban", or "county". `data`: a book, or a
    frame with hours, is_repaired and (`by`) a group, as `fault_hours` gives it. The median is marked where it is reached.

    >>> figure = rk.figures.repairs(book, month=("2026-01", "2026-03"))
    >>> steps = figure.data[-1]
    >>> [(float(x), round(float(y), 2)) for x, y in zip(steps.x, steps.y)]
    [(0.0, 1.0), (24.0, 0.67), (96.0, 0.0)]
    """
    frame = fault_hours(data, month=month, area=area, county=county, by=by) if isinstance(data, Book) else data
    done = int(frame["is_repaired"].sum())
    note = say("figure.repairs_note", lang, n=len(frame), open=len(frame) - done)
    figure = canvas(say("figure.repairs", lang), pull.of(data, note, lang, area=area, county=county))
    if not done:
        return empty(figure, lang)
    groups = [("", frame)] if by is None else [(str(name), part) for name, part in frame.groupby(by, sort=True)]
    paints = ("good", "bad", "soft", "ink")
    for n, (name, part) in enumerate(groups):
        if part["is_repaired"].any():
            _curve(figure, part, _group(name, by, lang), paints[n % 4], ("solid", "dash", "dot", "longdash")[n % 4], lang)
    for hours in _limits(data):
        figure.add_vline(
            x=hours,
            line={"color": colour("bad"), "width": 1.4},
            annotation={"text": say("figure.limit", lang, n=f"{hours:g}"), "font": {"size": 11}},
        )
    reach = 1.5 * max(frame.loc[frame["is_repaired"], "hours"].quantile(0.975), *_limits(data), 0.0)
    figure.update_yaxes(range=[-0.02, 1.03], tickformat=".0%", title=say("figure.unrepaired", lang))
    return figure.update_xaxes(title=say("figure.hours", lang), range=[0, reach])


def _limits(data: pull.Data) -> list[float]:
    """The repair limits in force, in hours: the newest for each place."""
    if not isinstance(data, Book):
        return []
    found = data.sql("SELECT settings FROM rule WHERE rule_id = 'fault_repaired_in_limit'")["settings"]
    lines = [line for text in found for setting in json.loads(text) if setting["name"] == "limit" for line in setting["value"]]
    newest = {line["when"]: line["limit"] for line in sorted(lines, key=lambda line: line["since"])}
    return sorted(
        {{**SECONDS, "day": 86400}[unit.rstrip("s")] * int(n) / 3600 for n, unit in (words.split() for words in newest.values())}
    )


def fault_hours(book: Book, *, month: Months = None, area: Ids = None, county: Ids = None, by: str | None = None) -> pd.DataFrame:
    """Hours from report to repair, or to the cut-off for open faults (is_repaired False). Grain: one fault with times of day.

    reported_on: the day of the report. `by`: a column of `fault`, or "county". Raises UserError for another.

    >>> rk.figures.fault_hours(book, month=("2026-01", "2026-03"))["hours"].tolist()
    [24.0, 96.0, 40.0]
    """
    held = [*book.con.execute("SELECT * FROM fault LIMIT 0").df(), "county"]
    if by is not None and by not in held:
        raise UserError(say("book.by", value=by, known="、".join(held)))
    where = Where().add("strftime(reported_at, '%Y-%m') BETWEEN ? AND ?", *book.span(month))
    where.among("repair_area_id", areas(book.con, area, county))
    extra = "" if by is None else ", county_id AS county" if by == "county" else f", {quoted(by)}"
    return book.sql(
        f"""SELECT source_id, CAST(reported_at AS DATE) AS reported_on, repaired_at IS NOT NULL AS is_repaired,
            date_diff('second', reported_at, coalesce(repaired_at, ?)) / 3600.0 AS hours{extra}
        FROM fault LEFT JOIN (SELECT area_id AS repair_area_id, county_id FROM area) AS placed USING (repair_area_id)
        WHERE reported_precision <> 'day' AND coalesce(repaired_precision, '') <> 'day' AND {where}
        ORDER BY source_id""",
        [book.as_of, *where.values],
    )


def _curve(figure: go.Figure, part: pd.DataFrame, name: str, paint: str, dash: str, lang: str) -> None:
    from statsmodels.duration.survfunc import SurvfuncRight

    curve = SurvfuncRight(part["hours"].to_numpy(), part["is_repaired"].to_numpy().astype(int))
    x, y = np.r_[0.0, curve.surv_times], np.r_[1.0, curve.surv_prob]
    wide = 1.96 * np.r_[0.0, np.nan_to_num(curve.surv_prob_se)]
    if (last := part["hours"].max()) > x[-1]:  # the open ones carry the curve on
        x, y, wide = np.r_[x, last], np.r_[y, y[-1]], np.r_[wide, wide[-1]]
    band = {"mode": "lines", "line": {"width": 0, "shape": "hv"}, "hoverinfo": "skip", "showlegend": False, "x": x}
    figure.add_scatter(y=np.clip(y - wide, 0, 1), **band)
    figure.add_scatter(y=np.clip(y + wide, 0, 1), fill="tonexty", fillcolor=faded(paint, 0.15), **band)
    censored = part.loc[~part["is_repaired"], "hours"].sort_values()
    if len(censored):
        left = y[np.searchsorted(x, censored, side="right") - 1]
        figure.add_scatter(
            x=censored,
            y=left,
            mode="markers",
            marker={"symbol": "cross-thin-open", "size": 8, "color": colour(paint)},
            name=say("figure.censored", lang),
            showlegend=False,
            hoverinfo="skip",
        )
    words = [say("figure.still_open", lang, hours=f"{h:.1f}", share=f"{100 * s:.0f}") for h, s in zip(x, y, strict=True)]
    reached = np.flatnonzero(y <= 0.5 + 1e-12)
    middle = say("figure.median", lang, hours=f"{x[reached[0]]:.1f}") if len(reached) else say("figure.no_median", lang)
    figure.add_scatter(
        x=x,
        y=y,
        mode="lines",
        line={"shape": "hv", "color": colour(paint), "width": 2, "dash": dash},
        name=f"{name}{middle}",
        showlegend=True,
        hovertext=words,
        hoverinfo="text",
    )


def _group(name: str, by: str | None, lang: str) -> str:
    if by is None:
        return ""
    return say(f"figure.{by}_{name.lower()}" if by == "is_urban" else "figure.group", lang, name=name)
