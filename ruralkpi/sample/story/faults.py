"""Faults: those that agents take and lodge with 10000, and those that reach 10000 by themselves."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.clock import NAT, after, awake, lognormal, seconds, some
from ruralkpi.sample.plan import Plan, plant
from ruralkpi.sample.story.complaints import HOTLINE
from ruralkpi.sample.story.customers import County

A_MONTH = 1.6
URBAN_H, RURAL_H = 48, 72
PRODUCTS = np.array(["宽带", "固定电话", "ITV", "专线"], dtype=object)
SYMPTOMS = np.array(["无法上网", "无拨号音", "频繁掉线", "画面卡顿", "光猫亮红灯"], dtype=object)
CAUSES = np.array(["线路", "局端设备", "外力破坏", "停电"], dtype=object)
TERMINAL = "用户终端"
# What is planted in the lodging, as shares of the faults that agents take.
LODGED = {
    "exactly_5min": 0.03,
    "over_5min": 0.03,
    "never_lodged": 0.05,
    "clock_skew": 0.02,
    "no_consent": 0.12,
}
# What is planted in the repair, as shares of all faults.
REPAIRED = {"terminal": 0.08, "deferred": 0.04, "exactly_at_limit": 0.02, "over_limit": 0.02, "never": 0.02}


def draw(plan: Plan, county: County, step: np.timedelta64) -> pd.DataFrame:
    """One row per fault; `_lodging` and `_repair` say what was planted. `step`: the finest time shown."""
    rng = plan.stream(county.place.no, "faults")
    n = rng.poisson(A_MONTH * plan.months * len(county.agents))
    customer = rng.integers(len(county.customers), size=n)
    day = np.datetime64(plan.first, "D") + rng.integers(0, (plan.as_of - plan.first).days, n)
    reported = day.astype("datetime64[s]") + seconds(rng.uniform(6.5, 22.9, n), 3600)
    frame = pd.DataFrame({"reported_at": cut(reported, step), "_customer": customer})
    frame = frame.sort_values(["reported_at", "_customer"], ignore_index=True)
    customer = frame["_customer"].to_numpy()
    frame["_agent"] = county.agent_on(customer, frame["reported_at"].to_numpy())
    frame["agent_id"] = county.agents["agent_id"].to_numpy()[frame["_agent"]]
    frame["customer_id"] = county.customers["customer_id"].to_numpy()[customer]
    frame["channel"] = np.where(rng.random(n) < 0.3, HOTLINE, "代理人员").astype(object)
    frame["product"] = PRODUCTS[rng.choice(4, n, p=[0.6, 0.15, 0.17, 0.08])]
    frame["symptom"] = SYMPTOMS[rng.integers(len(SYMPTOMS), size=n)]
    frame["is_major"] = rng.random(n) < 0.03
    frame["fault_id"] = f"GZ{county.place.no + 1:02d}" + pd.Series(np.arange(n) + 1).astype(str).str.zfill(7)
    frame["_born"] = frame["reported_at"]
    return _finish(rng, _repair(rng, county, _lodge(rng, county, frame, step), step), step)


def cut(stamp: np.ndarray, step: np.timedelta64) -> np.ndarray:
    """Stamps as the export will show them."""
    unit = "m" if step == np.timedelta64(60, "s") else "s"
    return stamp.astype(f"datetime64[{unit}]").astype("datetime64[s]")


def _lodge(rng: np.random.Generator, county: County, frame: pd.DataFrame, step: np.timedelta64) -> pd.DataFrame:
    """Accepted, consented, lodged. Faults through 10000 are lodged already and only handed to the agent."""
    own = (frame["channel"] != HOTLINE).to_numpy()
    kind = np.full(len(frame), "", dtype=object)
    kind[own] = plant(rng, own.sum(), LODGED)
    accepted = cut(
        np.where(
            own,
            after(rng, frame["reported_at"].to_numpy(), 0, 6),
            after(rng, frame["reported_at"].to_numpy(), 8, 40),
        ),
        step,
    )
    consented = cut(after(rng, accepted, 2.2, 6), step)
    begin = np.where(kind == "no_consent", accepted, consented)
    mean = county.agents["_lodge_min"].to_numpy()[frame["_agent"]]
    lodged = cut(begin + seconds(rng.gamma(2.2, mean / 2.2), 60), step)
    limit = begin + np.timedelta64(300, "s")
    lodged = np.select(
        [kind == "exactly_5min", kind == "over_5min", kind == "clock_skew", kind == "never_lodged"],
        [limit, limit + step, begin - np.timedelta64(60, "s"), np.full(len(frame), NAT)],
        lodged,
    )
    frame["_lodging"] = kind
    frame["accepted_at"] = accepted
    frame["consented_at"] = np.where(own & (kind != "no_consent"), consented, NAT)
    frame["lodged_at"] = np.where(own, lodged, NAT)
    return frame


def _repair(rng: np.random.Generator, county: County, frame: pd.DataFrame, step: np.timedelta64) -> pd.DataFrame:
    kind = plant(rng, len(frame), REPAIRED)
    reported = frame["reported_at"].to_numpy()
    frame["_limit_h"] = np.where(county.customers["is_urban"].to_numpy()[frame["_customer"]], URBAN_H, RURAL_H)
    limit = reported + seconds(frame["_limit_h"].to_numpy(), 3600)
    hours = lognormal(rng, county.agents["_repair_h"].to_numpy()[frame["_agent"]], 0.7)
    deferred = np.where(kind == "deferred", hours + 48, hours)
    usual = cut(awake(reported + seconds(np.clip(deferred, 2, 400), 3600)), step)
    frame["_repair"] = kind
    frame["repaired_at"] = np.select(
        [kind == "exactly_at_limit", kind == "over_limit", kind == "never"],
        [limit, limit + step, np.full(len(frame), NAT)],
        usual,
    )
    frame["is_deferred"] = kind == "deferred"
    frame["cause"] = np.where(kind == "terminal", TERMINAL, CAUSES[rng.choice(4, len(frame), p=[0.55, 0.2, 0.15, 0.1])])
    return frame


def _finish(rng: np.random.Generator, frame: pd.DataFrame, step: np.timedelta64) -> pd.DataFrame:
    """Telling, escalation, confirmation, closing, call-back."""
    reported, repaired = frame["reported_at"].to_numpy(), frame["repaired_at"].to_numpy()
    limit = reported + seconds(frame["_limit_h"].to_numpy(), 3600)
    told = some(rng, 0.9, after(rng, frame["accepted_at"].to_numpy(), 1, 32))
    frame["first_told_at"] = cut(told, step)
    late = ~(repaired <= limit) | frame["is_major"].to_numpy()
    frame["escalated_at"] = cut(np.where(late, some(rng, 0.7, after(rng, limit, -20, 8, 3600)), NAT), step)
    confirmed = some(rng, 0.92, awake(after(rng, repaired, 5, 240)))
    closed = after(rng, np.where(np.isnat(confirmed), repaired, confirmed), -20, 300)
    frame["confirmed_at"] = cut(confirmed, step)
    frame["closed_at"] = cut(np.maximum(closed, repaired), step)
    hotline = (frame["channel"] == HOTLINE).to_numpy()
    frame["called_back_at"] = cut(np.where(hotline, some(rng, 0.85, awake(after(rng, repaired, 6, 70, 3600))), NAT), step)
    answer = np.array(["满意", "满意", "一般", "不满意", "未应答"], dtype=object)[rng.integers(5, size=len(frame))]
    frame["call_back_result"] = np.where(np.isnat(frame["called_back_at"].to_numpy()), "", answer)
    return frame
