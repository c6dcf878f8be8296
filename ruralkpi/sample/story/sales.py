"""Opportunities, and the weekly nil report where there was none."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.clock import NAT, after, at_work, awake, some
from ruralkpi.sample.days import DAY, Slots, Workdays
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.customers import County

# A nil report names no customer, but the export demands one: the county writes this.
NOBODY = "无"


def draw(plan: Plan, county: County, workdays: Workdays) -> pd.DataFrame:
    """One row per opportunity or nil report."""
    rng = plan.stream(county.place.no, "opportunities")
    slots = Slots.weeks(plan, workdays)
    n_agents = len(county.agents)
    agent, slot = np.repeat(np.arange(n_agents), len(slots)), np.tile(np.arange(len(slots)), n_agents)
    here = _employed(county, agent, slots.start[slot], slots.end[slot])
    agent, slot = agent[here], slot[here]
    found = rng.random(len(agent)) < 0.3
    told = ~found & (rng.random(len(agent)) < county.agents["_call"].to_numpy()[agent])
    frame = pd.concat([_found(rng, county, slots, agent[found], slot[found]), _nil(rng, slots, agent[told], slot[told])])
    frame = frame.sort_values(["created_at", "_agent"], ignore_index=True)
    frame["agent_id"] = county.agents["agent_id"].to_numpy()[frame["_agent"]]
    number = pd.Series(np.arange(len(frame)) + 1).astype(str).str.zfill(6)
    return frame.assign(opportunity_id=f"SJ{county.place.no + 1:02d}" + number, _born=frame["created_at"])


def _employed(county: County, agent: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    hired = county.agents["hired_on"].to_numpy()[agent]
    left = county.agents["left_on"].to_numpy()[agent]
    return (hired <= start) & ~(left < end)


def _found(rng: np.random.Generator, county: County, slots: Slots, agent: np.ndarray, slot: np.ndarray) -> pd.DataFrame:
    created = at_work(rng, slots.pick(slot, rng))
    owner = county.customers["agent_b"].to_numpy()
    order, home = np.argsort(owner, kind="stable"), np.sort(owner, kind="stable")
    low, high = np.searchsorted(home, agent), np.searchsorted(home, agent, side="right")
    at = np.minimum(low + (rng.random(len(agent)) * (high - low)).astype(int), len(order) - 1)
    stage = np.array(["跟进中", "成交", "失败"], dtype=object)[rng.choice(3, len(agent), p=[0.4, 0.4, 0.2])]
    closed = np.where(stage == "跟进中", NAT, awake(after(rng, created, 3, 80, 86400)))
    frame = pd.DataFrame({"_agent": agent, "created_at": created, "closed_at": closed, "stage": stage})
    frame["customer_id"] = county.customers["customer_id"].to_numpy()[order[at]]
    frame["amount_yuan"] = rng.integers(5, 400, len(agent)) * 20
    frame["reported_at"] = some(rng, 0.9, awake(after(rng, created, 0.5, 96, 3600)))
    return frame.assign(is_nil_report=False)


def _nil(rng: np.random.Generator, slots: Slots, agent: np.ndarray, slot: np.ndarray) -> pd.DataFrame:
    reported = at_work(rng, slots.end[slot] - rng.integers(0, 3, len(slot)) * DAY)
    return pd.DataFrame(
        {
            "_agent": agent,
            "created_at": reported,
            "reported_at": reported,
            "customer_id": NOBODY,
            "is_nil_report": True,
        }
    )
