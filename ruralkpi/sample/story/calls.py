"""Phone visits: the weekly call to key customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.clock import after, at_work, seconds, some
from ruralkpi.sample.days import DAY, Slots, Workdays
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.customers import County
from ruralkpi.sample.story.visits import chance


def draw(plan: Plan, county: County, workdays: Workdays, visits: pd.DataFrame) -> pd.DataFrame:
    """One row per call. A phone visit that stands among the visits was a call too, and is in both exports."""
    rng = plan.stream(county.place.no, "calls")
    frame = pd.concat([_weekly(plan, county, workdays, rng), _incoming(visits, rng)], ignore_index=True)
    day = frame["_day"].to_numpy().astype("datetime64[D]")
    frame["called_at"] = at_work(rng, day, 8.7, 18.3)
    phoned = visits.loc[visits["mode"] == "电话", ["_customer", "_day", "visited_at"]]
    phoned = phoned.rename(columns={"visited_at": "called_at"}).assign(is_connected=True, direction="呼出")
    frame = pd.concat([phoned, frame], ignore_index=True)
    frame = frame.drop_duplicates(["_customer", "_day", "is_connected", "direction"])
    frame = frame.sort_values(["called_at", "_customer"], ignore_index=True)
    agent = county.agent_on(frame["_customer"].to_numpy(), frame["_day"].to_numpy())
    frame["agent_id"] = county.agents["agent_id"].to_numpy()[agent]
    frame["customer_id"] = county.customers["customer_id"].to_numpy()[frame["_customer"]]
    updated = after(rng, frame["called_at"].to_numpy(), 5, 60) + seconds(rng.choice([0, 1, 2, 4], len(frame)), 86400)
    frame["file_updated_at"] = np.where(frame["is_connected"], some(rng, 0.92, updated), np.datetime64("NaT", "s"))
    frame["note"] = np.where(rng.random(len(frame)) < 0.05, "客户要求上门", "")
    frame["call_id"] = f"DH{county.place.no + 1:02d}" + pd.Series(np.arange(len(frame)) + 1).astype(str).str.zfill(8)
    frame["_born"] = frame["called_at"]
    return frame


def _weekly(plan: Plan, county: County, workdays: Workdays, rng: np.random.Generator) -> pd.DataFrame:
    """Outgoing calls by week; none in a week without a working day."""
    slots, c = Slots.weeks(plan, workdays), county.customers
    who = np.flatnonzero(c["key_a"] | c["key_b"])
    open_ = np.flatnonzero(~slots.without_workday)
    customer, slot = np.repeat(who, len(open_)), np.tile(open_, len(who))
    agent = county.agent_on(customer, slots.start[slot] + 3 * DAY)
    ease = np.clip(workdays.within(slots.start, slots.end)[1] / 4, 0.5, 1.0)
    kept = rng.random(len(slot)) < chance(county, "_call", agent, slot / len(slots)) * ease[slot]
    unanswered = rng.random(len(slot)) < np.where(kept, 0.06, 0.25)
    parts = []
    for chosen, connected in ((kept, True), (unanswered, False)):
        at = np.flatnonzero(chosen)
        day = slots.pick(slot[at], rng, 0.04)
        parts.append(pd.DataFrame({"_customer": customer[at], "_day": day, "is_connected": connected, "direction": "呼出"}))
    return pd.concat(parts, ignore_index=True)


def _incoming(visits: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Customers who ring the agent on the day after a vain call at the door: no phone visit."""
    vain = visits[(visits["result"] == "未遇") & (rng.random(len(visits)) < 0.5)]
    frame = vain[["_customer", "_day"]].assign(is_connected=True, direction="呼入")
    return frame.assign(_day=frame["_day"] + pd.Timedelta(days=1))
