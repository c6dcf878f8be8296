"""Greetings at festivals and birthdays."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.clock import at_work
from ruralkpi.sample.days import DAY
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.customers import County
from ruralkpi.sample.story.people import NAMES

CHANNELS = np.array(["短信", "微信", "电话", "上门"], dtype=object)


def draw(plan: Plan, county: County) -> pd.DataFrame:
    """One row per greeting to a key customer."""
    rng = plan.stream(county.place.no, "greetings")
    who = np.flatnonzero(county.customers["key_a"])
    due = pd.concat([_festivals(plan, who), _birthdays(plan, county, who)], ignore_index=True)
    agent = county.agent_on(due["_customer"].to_numpy(), due["_due"].to_numpy())
    due = due[rng.random(len(due)) < county.agents["_call"].to_numpy()[agent]]
    early = np.where(due["occasion"] == "生日", rng.integers(0, 2, len(due)), rng.integers(0, 5, len(due)))
    frame = due.assign(greeted_at=at_work(rng, due["_due"].to_numpy().astype("datetime64[D]") - early * DAY))
    frame = frame.sort_values(["greeted_at", "_customer"], ignore_index=True)
    customer = frame["_customer"].to_numpy()
    frame["agent_id"] = county.agents["agent_id"].to_numpy()[county.agent_on(customer, frame["greeted_at"].to_numpy())]
    frame["customer_id"] = county.customers["customer_id"].to_numpy()[customer]
    frame["channel"] = CHANNELS[rng.choice(4, len(frame), p=[0.45, 0.25, 0.2, 0.1])]
    frame["greeting_id"] = f"GH{county.place.no + 1:02d}" + pd.Series(np.arange(len(frame)) + 1).astype(str).str.zfill(6)
    return frame.assign(_born=frame["greeted_at"])


def _festivals(plan: Plan, who: np.ndarray) -> pd.DataFrame:
    days = [(name, day) for name, dates in NAMES["festivals"].items() for day in dates]
    days += [("元旦", f"{year}-01-01") for year in range(plan.first.year, plan.as_of.year + 1)]
    days = [(name, day) for name, day in days if plan.first <= pd.Timestamp(day) < plan.as_of]
    parts = [pd.DataFrame({"_customer": who, "occasion": name, "_due": np.datetime64(day, "D")}) for name, day in days]
    return (
        pd.concat(parts) if parts else pd.DataFrame({"_customer": who[:0], "occasion": "", "_due": np.array([], "datetime64[s]")})
    )


def _birthdays(plan: Plan, county: County, who: np.ndarray) -> pd.DataFrame:
    """Solar birthdays only: whoever has a lunar one is greeted at the festivals."""
    birthday = county.customers.loc[who][lambda c: c["birthday"].notna() & ~c["is_lunar_birthday"]]["birthday"]
    birthday = birthday.replace("02-29", "02-28")
    years = range(plan.first.year, plan.as_of.year + 1)
    due = pd.concat([pd.to_datetime(f"{year}-" + birthday, format="%Y-%m-%d") for year in years])
    frame = pd.DataFrame(
        {
            "_customer": due.index.to_numpy(),
            "occasion": "生日",
            "_due": due.to_numpy().astype("datetime64[s]"),
        }
    )
    return frame[(frame["_due"] >= plan.first) & (frame["_due"] < plan.as_of)]
