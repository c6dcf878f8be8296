"""Why a published rate is another one now."""

from __future__ import annotations

import pandas as pd
import plotly.graph_objects as go

from ruralkpi.errors import UserError
from ruralkpi.figures.compare import stairs
from ruralkpi.figures.look import canvas, points, rule_label
from ruralkpi.texts import say


def restatement(changes: pd.DataFrame, rule: str, *, place: str | None = None, lang: str = "zh") -> go.Figure:
    """From the published rate of a rule to what it is now, by cause, in percentage points that add up exactly.

    `changes`: what `book.changes` gives of one place, or of several with `place` naming one. Raises UserError where that figure
    has not moved, or nothing was owed on one side.

    >>> frame = pd.DataFrame({"rule_id": ["key_call_weekly"] * 2, "place_id": "*", "cause": ["rules", "data"],
    ...     "rate_from": 0.5, "rate_to": 0.75, "points": [20.0, 5.0]})
    >>> [round(y, 2) for y in rk.figures.restatement(frame, "key_call_weekly").data[0].y]
    [0.5, 0.2, 0.05, 0.75]
    """
    mine = changes[changes["rule_id"] == rule]
    mine = mine if place is None else mine[mine["place_id"] == place]
    if mine.empty or mine["place_id"].nunique() > 1 or not mine["points"].notna().all():
        raise UserError(say("figure.not_restated", lang, rule=rule))
    start, end = float(mine["rate_from"].iloc[0]), float(mine["rate_to"].iloc[0])
    steps = {
        say(f"edition.cause.{cause}", lang): float(moved) / 100
        for cause, moved in zip(mine["cause"], mine["points"], strict=True)
    }
    named = say("figure.published", lang), say("edition.now", lang)
    figure = canvas(rule_label(rule, lang), say("figure.restatement_note", lang, change=points(end - start)))
    return stairs(figure, named, (start, end), steps, lang)
