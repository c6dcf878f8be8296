"""Complaints, with every way in which a first reply can come, come late, or not come."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.clock import NAT, after, awake, lognormal, seconds, some
from ruralkpi.sample.plan import Plan, plant
from ruralkpi.sample.story.customers import County

HOTLINE = "10000"
LIMIT = np.timedelta64(48, "h").astype("timedelta64[s]")
SECOND = np.timedelta64(1, "s")
KINDS = np.array(["资费争议", "宽带质量", "服务态度", "装维不及时", "账务"], dtype=object)
# How a complaint goes when it does not go the usual way; shares of all complaints.
FATES = {
    "on_spot": 0.16, "never": 0.05, "exactly_48h": 0.015, "second_over_48h": 0.015, "withdrawn": 0.03,
    "auto_only": 0.02, "closed_confirmed": 0.03, "closed_silent": 0.02,
    "day_1": 0.015, "day_2": 0.02, "day_3": 0.01, "hand_over": 0.06,
}  # fmt: skip
# These only say something once their time is over.
SETTLED = (
    "never",
    "auto_only",
    "closed_silent",
    "closed_confirmed",
    "day_1",
    "day_2",
    "day_3",
    "exactly_48h",
    "second_over_48h",
)


def draw(plan: Plan, county: County, visits: pd.DataFrame) -> pd.DataFrame:
    """One row per complaint; `_fate` says what was planted, `_raised_on` the visit it was raised on."""
    rng = plan.stream(county.place.no, "complaints")
    frame = pd.concat([_received(plan, county, rng), _from_visits(visits)], ignore_index=True)
    frame = frame.sort_values(["received_at", "_customer"], ignore_index=True)
    frame["_fate"] = plant(rng, len(frame), FATES)
    young = frame["received_at"] > plan.as_of - pd.Timedelta(days=12)
    frame.loc[young & frame["_fate"].isin(SETTLED), "_fate"] = ""
    # nobody waits for ever: what was forgotten is found and answered weeks later
    old = frame["received_at"] < plan.as_of - pd.Timedelta(days=60)
    frame.loc[old & frame["_fate"].isin(["never", "auto_only"]), "_fate"] = "long_after"
    frame = _repeated(plan, rng, _progress(rng, _closed(rng, _replied(rng, county, frame))))
    frame["customer_id"] = county.customers["customer_id"].to_numpy()[frame["_customer"]]
    frame["complaint_id"] = _numbers(county, frame)
    frame["repeat_of"] = np.where(frame["_original"] >= 0, frame["complaint_id"].to_numpy()[frame["_original"]], "")
    return _people(county, frame)


def _received(plan: Plan, county: County, rng: np.random.Generator) -> pd.DataFrame:
    """Complaints come to agents at their own rates, from their customers, by day."""
    agents = county.agents
    n = rng.poisson(agents["_complaints"].to_numpy() * plan.months)
    agent = np.repeat(np.arange(len(agents)), n)
    day = np.datetime64(plan.first, "D") + rng.integers(0, (plan.as_of - plan.first).days, len(agent))
    received = day.astype("datetime64[s]") + seconds(rng.uniform(7.5, 21.5, len(agent)), 3600)
    # Customers lie in one block per agent they began with or come to.
    home = np.sort(county.customers["agent_b"].to_numpy(), kind="stable")
    order = np.argsort(county.customers["agent_b"].to_numpy(), kind="stable")
    low, high = np.searchsorted(home, agent), np.searchsorted(home, agent, side="right")
    fallback = rng.integers(len(order), size=len(agent))
    at = np.where(high > low, low + (rng.random(len(agent)) * (high - low)).astype(int), fallback)
    customer = order[at]
    channel = rng.choice(np.array(["上门", "电话", "营业点", HOTLINE], dtype=object), len(agent), p=[0.25, 0.4, 0.2, 0.15])
    frame = pd.DataFrame({"received_at": received, "_customer": customer, "channel": channel})
    return frame.assign(_agent=county.agent_on(customer, received), kind=KINDS[rng.integers(len(KINDS), size=len(agent))])


def _from_visits(visits: pd.DataFrame) -> pd.DataFrame:
    raised = visits[visits["question_kind"] == "投诉"]
    frame = raised[["_customer", "_agent"]].assign(received_at=raised["visited_at"], channel="上门", kind="资费争议")
    return frame.assign(_raised_on=raised["visit_id"])


def _replied(rng: np.random.Generator, county: County, frame: pd.DataFrame) -> pd.DataFrame:
    """First replies. Date-only ones are cut to the day and marked in `first_reply_at~day`."""
    fate, received = frame["_fate"].to_numpy(), frame["received_at"].to_numpy()
    median = county.agents["_reply_h"].to_numpy()[frame["_agent"]]
    usual = awake(received + seconds(np.clip(lognormal(rng, median, 0.6), 0.3, 400), 3600))
    planted = {
        "long_after": awake(after(rng, received, 8 * 24, 25 * 24, 3600)),
        "exactly_48h": received + LIMIT,
        "second_over_48h": received + LIMIT + SECOND,
        "auto_only": received + 60 * SECOND,
    }
    reply = np.select([fate == kind for kind in planted], list(planted.values()), usual)
    for days in (1, 2, 3):
        dated = (received.astype("datetime64[D]") + days).astype("datetime64[s]")
        reply = np.where(fate == f"day_{days}", dated, reply)
    silent = np.isin(fate, ["on_spot", "never", "withdrawn", "closed_confirmed", "closed_silent"])
    frame["first_reply_at"] = np.where(silent, NAT, reply)
    frame["first_reply_at~day"] = np.isin(fate, ["day_1", "day_2", "day_3"])
    way = np.array(["电话", "电话", "上门"], dtype=object)[rng.integers(3, size=len(frame))]
    frame["reply_kind"] = np.where(silent, "", np.where(fate == "auto_only", "自动回复", way))
    frame["is_on_spot"] = fate == "on_spot"
    return frame


def _closed(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    fate, received, reply = (
        frame["_fate"].to_numpy(),
        frame["received_at"].to_numpy(),
        frame["first_reply_at"].to_numpy(),
    )
    base = np.where(frame["first_reply_at~day"], reply + np.timedelta64(86400, "s"), reply)
    usual = awake(after(rng, base, 0.5, 60, 3600))
    quick = after(rng, received, 5, 25)
    confirmed = after(rng, received, 6, 40, 3600)
    silent = after(rng, received, 20, 120, 3600)
    withdrawn = after(rng, received, 3, 40, 3600)
    frame["is_withdrawn"] = fate == "withdrawn"
    frame["withdrawn_at"] = np.where(fate == "withdrawn", withdrawn, NAT)
    frame["confirmed_at"] = np.where(fate == "closed_confirmed", confirmed, NAT)
    frame["closed_at"] = np.select(
        [fate == "on_spot", fate == "closed_confirmed", fate == "closed_silent", fate == "withdrawn"],
        [quick, confirmed, silent, withdrawn],
        np.where(fate == "auto_only", NAT, usual),
    )
    return frame


def _progress(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """News while a complaint stays open past two days, up to two stamps, and what was reported up."""
    received, closed = frame["received_at"].to_numpy(), frame["closed_at"].to_numpy()
    for nth, (low, high) in enumerate(((44, 92), (97, 140)), start=1):
        told = after(rng, received, low, high, 3600)
        frame[f"progress_ats#{nth}"] = np.where((told < closed) | np.isnat(closed), some(rng, 0.6, told), NAT)
    up = some(rng, 0.65, after(rng, received, 5, 110))
    frame["reported_up_at"] = np.where(frame["is_on_spot"] | frame["is_withdrawn"], NAT, up)
    frame["is_escalated"] = ~frame["is_on_spot"] & (rng.random(len(frame)) < 0.03)
    return frame


def _repeated(plan: Plan, rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Some complaints were written down twice; the second one names the first."""
    frame["_original"] = -1
    pool = np.flatnonzero(~frame["is_withdrawn"] & (frame["channel"] != HOTLINE))
    pick = np.sort(rng.permutation(pool)[: max(2, len(frame) // 60)])
    twin = frame.loc[pick, ["received_at", "_customer", "_agent", "channel", "kind"]].assign(_original=pick, _fate="duplicate")
    twin["received_at"] = after(rng, twin["received_at"].to_numpy(), 2, 9, 3600)
    twin = twin[twin["received_at"] < plan.as_of].assign(reply_kind="")
    for flag in ("is_on_spot", "is_withdrawn", "is_escalated", "first_reply_at~day"):
        twin[flag] = False
    return pd.concat([frame, twin], ignore_index=True)


def _numbers(county: County, frame: pd.DataFrame) -> pd.Series:
    """18 digits in the first county (what spreadsheets damage), letters and fewer digits elsewhere."""
    seq = pd.Series(np.arange(len(frame)) + 1).astype(str).str.zfill(6)
    day = frame["received_at"].dt.strftime("%Y%m%d")
    return day + "5108" + seq if county.place.no == 0 else f"TS{county.place.no + 1:02d}" + day.str[2:] + seq


def _people(county: County, frame: pd.DataFrame) -> pd.DataFrame:
    """Who took it, and who works on it now; what the hotline took is the hotline's."""
    ids, area = county.agents["agent_id"].to_numpy(), county.agents["_area"].to_numpy()
    agent = frame["_agent"].to_numpy()
    colleague = np.where(np.roll(area, 1) == area, np.roll(np.arange(len(ids)), 1), np.arange(len(ids)))
    frame["agent_id"] = np.where(frame["channel"] == HOTLINE, HOTLINE, ids[agent])
    frame["owner_id"] = np.where(frame["_fate"] == "hand_over", ids[colleague[agent]], ids[agent])
    frame["_born"] = frame["received_at"]
    return frame
