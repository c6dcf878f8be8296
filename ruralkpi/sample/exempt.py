"""Exemptions: a few misses for which somebody approved a reason."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.days import Workdays
from ruralkpi.sample.owed import owed
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.field import approver
from ruralkpi.sample.story.whole import Story

REASONS = {
    "key_visit_half_monthly": ("ROAD_CLOSED", "山体滑坡道路中断"),
    "key_call_weekly": ("NETWORK_DOWN", "基站停电"),
    "complaint_first_reply": ("CUSTOMER_AWAY", "客户外出无法联系"),
}
AGENTS_EACH = 6


def exemptions(plan: Plan, story: Story, workdays: Workdays) -> pd.DataFrame:
    """One row per exempted obligation: the exemptions export. About one per rule and half a dozen agents."""
    rng = plan.stream(story.county.place.no, "exemptions")
    missed = owed(plan, story, workdays).query("outcome == 'missed_open'")
    parts = []
    for rule, (code, note) in REASONS.items():
        pool = missed.loc[missed["rule_id"] == rule, ["rule_id", "source_id"]]
        size = min(len(pool), max(1, len(story.county.agents) // AGENTS_EACH))
        pick = np.sort(rng.permutation(len(pool))[:size])
        parts.append(pool.iloc[pick].assign(reason_code=code, note=note))
    return pd.concat(parts, ignore_index=True).assign(approver_name=approver(plan, story.county))
