"""Visits: the half-monthly round of key customers, on-demand visits to others, and what customers asked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.clock import NAT, after, at_work, awake, seconds, some
from ruralkpi.sample.days import DAY, Slots, Workdays
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.customers import County

PURPOSES = np.array(["例行走访", "续约沟通", "新业务推介", "宽带使用回访", "缴费提醒"], dtype=object)
QUESTIONS = np.array(
    ["宽带提速资费", "发票抬头变更", "ITV频道缺失", "套餐外流量扣费", "专线IP地址变更", "机房备电改造"],
    dtype=object,
)
PROMISES = np.array(["送资费单页", "协调施工队上门", "代办发票", "查询账单明细"], dtype=object)
NOTES = np.array(["", "", "", "客户满意", "负责人外出，与办公室交谈", "已留名片"], dtype=object)
ON_DEMAND_A_MONTH = 3
# These agents of the first two counties, by position, hand in sheets of their own in the newest months.
SELF_REPORTERS = {0: (1, 8), 1: (4,)}
SELF_REPORT_MONTHS = 3


def draw(plan: Plan, county: County, workdays: Workdays) -> pd.DataFrame:
    """One row per visit. `_customer`, `_agent` are row positions, `_own_sheet` marks self-reported ones."""
    rng = plan.stream(county.place.no, "visits")
    frame = pd.concat([_round(plan, county, workdays, rng), _on_demand(plan, county, workdays, rng)], ignore_index=True)
    frame = frame.drop_duplicates(["_customer", "_day"]).sort_values(["_day", "_customer"], ignore_index=True)
    frame["_agent"] = county.agent_on(frame["_customer"].to_numpy(), frame["_day"].to_numpy())
    frame["_agent"] = _lend(county, frame, rng)
    frame["_own_sheet"] = _own_sheet(plan, county, frame)
    frame = _stamps(rng, _questions(rng, county, workdays, frame))
    frame["agent_id"] = county.agents["agent_id"].to_numpy()[frame["_agent"]]
    frame["customer_id"] = county.customers["customer_id"].to_numpy()[frame["_customer"]]
    number = pd.Series(np.arange(len(frame)) + 1).astype(str).str.zfill(7)
    frame["visit_id"] = f"BF{county.place.no + 1:02d}" + number
    frame["_born"] = frame["visited_at"]
    return frame


def _round(plan: Plan, county: County, workdays: Workdays, rng: np.random.Generator) -> pd.DataFrame:
    """Visits and vain calls at key customers, by half-month."""
    slots, c = Slots.half_months(plan, workdays), county.customers
    who = np.flatnonzero(c["key_a"] | c["key_b"])
    customer, slot = np.repeat(who, len(slots)), np.tile(np.arange(len(slots)), len(who))
    agent = county.agent_on(customer, slots.start[slot] + 7 * DAY)
    # The rounds suffer where holidays take days away.
    ease = np.clip(workdays.within(slots.start, slots.end)[1] / 8, 0.6, 1.0)
    kept = rng.random(len(slot)) < chance(county, "_visit", agent, slot / len(slots)) * ease[slot]
    again = kept & (rng.random(len(slot)) < 0.08)
    vain = rng.random(len(slot)) < county.agents["_away"].to_numpy()[agent]
    phoned = ~kept & (rng.random(len(slot)) < 0.12)
    parts = []
    for chosen, mode, result in (
        (kept, "上门", "完成"),
        (again, "上门", "完成"),
        (vain, "上门", "未遇"),
        (phoned, "电话", "完成"),
    ):
        at = np.flatnonzero(chosen)
        day = slots.pick(slot[at], rng, 0.0 if mode == "电话" else 0.1)
        parts.append(pd.DataFrame({"_customer": customer[at], "_day": day, "mode": mode, "result": result}))
    return pd.concat(parts, ignore_index=True)


def chance(county: County, habit: str, agent: np.ndarray, passed: np.ndarray) -> np.ndarray:
    """The chance that a slot is kept: the agent's habit, which drifts as the period passes (0 to 1)."""
    habits = county.agents
    return habits[habit].to_numpy()[agent] + habits["_drift"].to_numpy()[agent] * (passed - 0.5)


def _on_demand(plan: Plan, county: County, workdays: Workdays, rng: np.random.Generator) -> pd.DataFrame:
    """Visits to households and persons: no duty, no rate."""
    c = county.customers
    others = np.flatnonzero(~(c["key_a"] | c["key_b"]))
    n = ON_DEMAND_A_MONTH * plan.months * len(county.agents)
    within = workdays.days[workdays.days < np.datetime64(plan.as_of, "D")]
    day = within[rng.integers(len(within), size=n)]
    result = np.where(rng.random(n) < 0.1, "未遇", "完成")
    return pd.DataFrame(
        {
            "_customer": others[rng.integers(len(others), size=n)],
            "_day": day,
            "mode": "上门",
            "result": result,
        }
    )


def _lend(county: County, frame: pd.DataFrame, rng: np.random.Generator) -> np.ndarray:
    """Now and then a colleague of the same area goes instead."""
    agents = county.agents
    steady = ~agents["_kind"].isin(["newcomer", "leaver"]).to_numpy()
    colleague = np.arange(len(agents))
    for _, rows in agents[steady].groupby("_area"):
        colleague[rows.index] = np.roll(rows.index, 1)
    lent = (rng.random(len(frame)) < 0.025) & (frame["mode"] == "上门")
    return np.where(lent, colleague[frame["_agent"]], frame["_agent"])


def _own_sheet(plan: Plan, county: County, frame: pd.DataFrame) -> np.ndarray:
    since = (plan.as_of - pd.DateOffset(months=SELF_REPORT_MONTHS)).to_datetime64()
    return (frame["_agent"].isin(SELF_REPORTERS.get(county.place.no, ())) & (frame["_day"] >= since)).to_numpy()


def _questions(rng: np.random.Generator, county: County, workdays: Workdays, frame: pd.DataFrame) -> pd.DataFrame:
    """Questions left open, and when they were answered; some are complaints and go the complaints' way.

    Own sheets have no number to tie an answer to, so nothing is left open there.
    """
    n = len(frame)
    asked = (frame["result"] == "完成") & (frame["mode"] == "上门") & ~frame["_own_sheet"] & (rng.random(n) < 0.22)
    complaint = asked & (rng.random(n) < 0.03)
    mean = county.agents["_answer_wd"].to_numpy()[frame["_agent"]]
    lag = np.minimum(rng.poisson(mean), 9)
    never = rng.random(n) < 0.015 * mean**2
    day = workdays.after(frame["_day"].to_numpy(), lag)
    frame["question"] = np.where(asked, QUESTIONS[rng.integers(len(QUESTIONS), size=n)], "")
    frame["question_kind"] = np.select([complaint, asked], ["投诉", "咨询"], "")
    replied = asked & ~complaint & ~never
    frame["_answer_lag"] = np.where(replied, lag, -1)
    frame["question_replied_at"] = np.where(replied, at_work(rng, day), NAT)
    return frame


def _round_of_day(rng: np.random.Generator, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Planned times, one after the other through the agent's day, and the minutes that each visit has."""
    day = frame.groupby(["_agent", "_day"])
    room = 540 / day["_customer"].transform("size").to_numpy()
    start = 8.5 * 60 + room * (day.cumcount().to_numpy() + rng.uniform(0, 0.2, len(frame)))
    return frame["_day"].to_numpy().astype("datetime64[s]") + seconds(np.round(start / 5) * 5, 60), room


def _stamps(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    n, day = len(frame), frame["_day"].to_numpy().astype("datetime64[D]")
    planned, room = _round_of_day(rng, frame)
    visited = planned + seconds(np.clip(rng.normal(-5, 5, n), -12, 8), 60)
    onsite, done = (frame["mode"] == "上门").to_numpy(), (frame["result"] == "完成").to_numpy()
    left = visited + seconds(np.minimum(room, 110) * rng.uniform(0.2, 0.5, n), 60)
    # Answered the same day means after the visit, not before.
    same_day = frame.pop("_answer_lag").to_numpy() == 0
    frame["question_replied_at"] = np.where(same_day, after(rng, left, 20, 180), frame["question_replied_at"])
    booked = at_work(rng, day - rng.choice([0, 1, 2, 3], n, p=[0.08, 0.52, 0.28, 0.12]) * DAY)
    frame["visited_at"] = visited
    frame["planned_at"] = np.where(onsite, planned, NAT)
    frame["booked_at"] = np.where(onsite & (booked < visited), some(rng, 0.93, booked), NAT)
    frame["arrived_at"] = np.where(onsite, visited, NAT)
    frame["left_at"] = np.where(onsite & done, left, NAT)
    frame["purpose"] = PURPOSES[rng.integers(len(PURPOSES), size=n)]
    promised = done & (rng.random(n) < 0.06)
    due = at_work(rng, day + rng.integers(2, 9, n) * DAY)
    frame["promise"] = np.where(promised, PROMISES[rng.integers(len(PROMISES), size=n)], "")
    frame["promised_at"] = np.where(promised, some(rng, 0.9, due), NAT)
    frame["promise_done_at"] = np.where(promised, some(rng, 0.85, awake(after(rng, due, -30, 14, 3600))), NAT)
    frame["entered_at"] = at_work(rng, day + rng.choice([1, 2, 3, 6], n, p=[0.5, 0.25, 0.18, 0.07]) * DAY)
    frame["file_updated_at"] = some(rng, 0.9, after(rng, frame["entered_at"].to_numpy(), 5, 90))
    frame["note"] = NOTES[rng.integers(len(NOTES), size=n)]
    return frame
