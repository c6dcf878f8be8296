"""The figures' looks: colours and typeface are read from the card's style sheet, so that both speak one language."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import plotly.graph_objects as go

from ruralkpi.figures.offline import stay
from ruralkpi.obligations.declared import rules
from ruralkpi.texts import known_language, say

_PAINT = {  # name → (class of card.css, its property)
    "good": ("rk-kept", "fill"),
    "bad": ("rk-missed", "stroke"),
    "band": ("rk-band", "fill"),
    "ink": ("rk-line", "stroke"),
    "soft": ("rk-exempt", "stroke"),
    "rule": ("rk-faint", "stroke"),
}
# states differ by shape as well, so that a black-and-white print can be read
SHAPES = {
    "kept": ("{}", "good"),
    "missed": ("{}-open", "bad"),
    "pending": ("{}-open-dot", "good"),
    "unknown": ("diamond", "soft"),
    "exempt": ("x-thin-open", "soft"),
    "partial": ("{}-open", "soft"),
}
PLACES = {
    "above": ("triangle-up", "good"),
    "within": ("circle", "good"),
    "below": ("triangle-down", "bad"),
    "few": ("circle-open", "soft"),
}


@cache
def _sheet() -> str:
    return resources.files("ruralkpi.pages").joinpath("templates", "card.css").read_text(encoding="utf-8")


@cache
def colour(name: str) -> str:
    """A colour of the card: good, bad, band, ink, soft or rule. Raises KeyError when the style sheet has lost it."""
    kind, prop = _PAINT[name]
    found = re.search(rf"\.{kind}\b[^{{]*{{[^}}]*\b{prop}:(#[0-9a-f]{{3,6}})", _sheet())
    if not found:
        raise KeyError(f".{kind} {prop}")
    return found[1]


def faded(name: str, share: float) -> str:
    """The same colour, let through to `share`."""
    red, green, blue = (int(colour(name)[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red},{green},{blue},{share})"


@cache
def template() -> go.layout.Template:
    """White ground, thin rules, the card's typeface."""
    family = re.search(r"font-family:([^;]+);", _sheet())
    axis: dict[str, Any] = {
        "gridcolor": colour("rule"),
        "linecolor": colour("ink"),
        "ticks": "outside",
        "tickcolor": colour("rule"),
        "zeroline": False,
        "title": {"font": {"size": 12}},
    }
    layout = go.Layout(
        font={"family": family[1] if family else "sans-serif", "size": 13, "color": colour("ink")},
        title={
            "x": 0,
            "xref": "container",
            "xanchor": "left",
            "y": 1,
            "yref": "container",
            "yanchor": "top",
            "pad": {"l": 14, "t": 14},
        },
        paper_bgcolor="#fff",
        plot_bgcolor="#fff",
        colorway=[colour("good"), colour("bad"), colour("soft"), colour("ink")],
        xaxis=axis,
        yaxis={**axis, "automargin": True},
        hoverlabel={"align": "left", "bgcolor": "#fff"},
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": -0.2, "yanchor": "top", "traceorder": "normal"},
        margin={"l": 60, "r": 24, "t": 74, "b": 72},
    )
    return go.layout.Template(layout=layout)


def canvas(title: str, note: str = "", height: int = 400) -> go.Figure:
    """An empty figure with a title, and a smaller line under it."""
    words = f"<b>{title}</b>" + (f"<br><span style='font-size:12px;color:{colour('soft')}'>{note}</span>" if note else "")
    stay()
    return go.Figure(layout={"template": template(), "title": {"text": words, "font": {"size": 16}}, "height": height})


def empty(figure: go.Figure, lang: str) -> go.Figure:
    """The figure with a word instead of a picture: there is nothing to draw."""
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure.add_annotation(text=say("figure.empty", lang), showarrow=False, xref="paper", yref="paper", x=0.5, y=0.5)


def percent(figure: go.Figure) -> go.Figure:
    """A scale from 0 to 100 %, with a little room for the marks at both ends."""
    return figure.update_layout(yaxis={"range": [-0.02, 1.03], "tickformat": ".0%", "dtick": 0.2})


def share(value: float | None) -> str:
    """0.812 as 81 %; n/a for none."""
    return "n/a" if value is None or value != value else f"{100 * value:.0f} %"


def points(value: float) -> str:
    """A difference of two shares in percentage points, signed; a rounded nothing has no sign."""
    return f"{100 * value:+.1f}".replace("-0.0", "0.0").replace("+0.0", "0.0").replace("-", "−")


def tinted(name: str, share: float) -> str:
    """The colour mixed with white, so that ink stays legible on it."""
    parts = (int(colour(name)[n : n + 2], 16) for n in (1, 3, 5))
    return "#" + "".join(f"{round(255 - share * (255 - part)):02x}" for part in parts)


def rule_label(rule: str, lang: str) -> str:
    """A rule's name as the cards print it; the id for one that is not declared."""
    known_language(lang)
    return next((made.text("label", lang) for made in rules() if made.id == rule), rule)


def figures_line(row: Mapping[Any, Any], lang: str) -> str:
    """按时 4 / 应办 5 = 80 %（95 % 区间 38–96 %）, of a row with met_n, owed_n, rate, low and high."""
    if not row["owed_n"]:
        return say("figure.none_owed", lang)
    ends = {name: f"{100 * row[name]:.0f}" for name in ("low", "high")}
    return say("figure.counts", lang, met=f"{row['met_n']:.0f}", owed=f"{row['owed_n']:.0f}", rate=share(row["rate"]), **ends)
