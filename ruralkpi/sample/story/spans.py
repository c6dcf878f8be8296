"""The customers export: class and assignment history, row by span."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.days import DAY
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.customers import NEVER, County


def export(plan: Plan, county: County) -> pd.DataFrame:
    """One row per customer, class span and assignment span; end days are inclusive, open ends empty."""
    rng = plan.stream(county.place.no, "spans")
    c, ids = county.customers, county.agents["agent_id"].to_numpy()
    since = np.datetime64(plan.first, "D") - rng.integers(100, 2500, len(c)) * DAY
    change = np.minimum(c["moved_on"].to_numpy(), c["graded_on"].to_numpy()).astype("datetime64[D]")
    parts = []
    for late in (False, True):
        part = c.assign(_no=np.arange(len(c)))[(change < NEVER) | (not late)].copy()
        at = part["_no"].to_numpy()
        moved = part["moved_on"].to_numpy().astype("datetime64[D]")
        graded = part["graded_on"].to_numpy().astype("datetime64[D]")
        side = "b" if late else "a"
        part["agent_id"], part["customer_grade"] = ids[part[f"agent_{side}"]], part[f"grade_{side}"]
        part["assigned_from_on"], part["assigned_to_on"] = _span(since[at], moved, late)
        part["grade_from_on"], part["grade_to_on"] = _span(since[at], graded, late)
        parts.append(part)
    return pd.concat(parts).sort_values(["customer_id", "assigned_from_on", "grade_from_on"], ignore_index=True)


def _span(since: np.ndarray, change: np.ndarray, late: bool) -> tuple[np.ndarray, np.ndarray]:
    none = np.datetime64("NaT", "D")
    if late:
        return np.where(change < NEVER, change, since), np.full(len(since), none)
    return since, np.where(change < NEVER, change - DAY, none)
