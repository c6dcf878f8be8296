"""Work at the customer's, spot checks, and what is known about the villages."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.clock import NAT, after, seconds, some
from ruralkpi.sample.days import DAY, Workdays
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.customers import County
from ruralkpi.sample.story.people import NAMES, person

KIT = np.array(["鞋套、防尘布、擦桌布、服务卡、监督表", "防尘布、擦桌布、服务卡、监督表", "鞋套、服务卡"], dtype=object)
NOTICES = np.array(["10000、10001、114、网上客服", "10000、10001", ""], dtype=object)
ITEMS = [
    ("工作装", "1.2.1"),
    ("工号牌", "1.2.1"),
    ("仪容", "1.2.2"),
    ("接听电话", "1.3.1"),
    ("入户礼仪", "1.3.4.2"),
    ("手机24小时畅通", "2.5"),
]
SECTIONS = ["基本信息", "业务信息", "渠道信息", "竞争信息"]


def jobs(plan: Plan, county: County, workdays: Workdays) -> pd.DataFrame:
    """One row per install, move or repair job; only agents who repair have them."""
    rng = plan.stream(county.place.no, "jobs")
    within = workdays.days[workdays.days < np.datetime64(plan.as_of, "D")]
    n = rng.poisson(1.3 * plan.months * len(county.agents))
    customer, day = rng.integers(len(county.customers), size=n), within[rng.integers(len(within), size=n)]
    agent = county.agent_on(customer, day)
    planned = day.astype("datetime64[s]") + seconds(rng.integers(34, 66, n), 900)
    arrived = planned + seconds(rng.normal(-5, 8, n), 60)
    kind = np.array(["装机", "移机", "修机"], dtype=object)[rng.choice(3, n, p=[0.4, 0.15, 0.45])]
    fits = np.where(kind == "修机", "质量监督表", "施工单")
    ehome = county.customers["is_ehome"].to_numpy()[customer]
    frame = pd.DataFrame({"_agent": agent, "job_kind": kind, "planned_at": planned, "arrived_at": arrived})
    frame["finished_at"] = after(rng, arrived, 20, 150)
    frame["kit"], frame["notices"] = (
        KIT[rng.choice(3, n, p=[0.6, 0.3, 0.1])],
        NOTICES[rng.choice(3, n, p=[0.75, 0.15, 0.1])],
    )
    frame["is_ehome_told"], frame["is_line_tested"] = ehome & (rng.random(n) < 0.9), rng.random(n) < 0.8
    frame["is_signed"], frame["is_identity_checked"] = rng.random(n) < 0.93, rng.random(n) < 0.95
    frame["form_kind"] = np.where(rng.random(n) < 0.95, fits, "施工单")
    frame["mismatch_told_at"] = np.where(frame["is_identity_checked"], some(rng, 0.02, after(rng, arrived, 5, 60)), NAT)
    frame["customer_id"] = county.customers["customer_id"].to_numpy()[customer]
    frame["agent_id"] = county.agents["agent_id"].to_numpy()[agent]
    frame = frame[county.agents["is_repairer"].to_numpy()[agent]].sort_values(["planned_at", "customer_id"], ignore_index=True)
    number = pd.Series(np.arange(len(frame)) + 1).astype(str).str.zfill(6)
    return frame.assign(job_id=f"GD{county.place.no + 1:02d}" + number, _born=frame["arrived_at"])


def inspections(plan: Plan, county: County, workdays: Workdays) -> pd.DataFrame:
    """One row per item looked at: about every second month each agent is checked on some items."""
    rng = plan.stream(county.place.no, "inspections")
    n = plan.months * len(county.agents)
    within = workdays.days[workdays.days < np.datetime64(plan.as_of, "D")]
    item = rng.integers(len(ITEMS), size=n)
    frame = pd.DataFrame({"_agent": rng.integers(len(county.agents), size=n), "item": np.array(ITEMS, dtype=object)[item, 0]})
    frame["clause"] = np.array(ITEMS, dtype=object)[item, 1]
    frame["inspected_on"] = within[rng.integers(len(within), size=n)]
    frame["is_passed"] = rng.random(n) < 0.88
    agents = county.agents
    frame["agent_id"], frame["inspector_name"] = (agents[c].to_numpy()[frame["_agent"]] for c in ("agent_id", "manager_name"))
    hired, left = (
        agents["hired_on"].to_numpy()[frame["_agent"]],
        agents["left_on"].to_numpy()[frame["_agent"]],
    )
    frame = frame[(frame["inspected_on"].to_numpy() >= hired) & ~(frame["inspected_on"].to_numpy() > left)]
    frame = frame.drop_duplicates(["agent_id", "inspected_on", "item", "clause"])
    return frame.sort_values(["inspected_on", "agent_id"], ignore_index=True).assign(_born=lambda f: f["inspected_on"])


def village_info(plan: Plan, county: County) -> pd.DataFrame:
    """One row per village or township and section; some sections are old, a few were never filled."""
    rng = plan.stream(county.place.no, "village_info")
    towns = county.agents.drop_duplicates("town_name")[["town_name", "agent_id"]]
    names = [(town + village, agent) for town, agent in towns.itertuples(index=False) for village in ["", *NAMES["villages"][:4]]]
    frame = pd.DataFrame(names, columns=["village_name", "agent_id"]).merge(pd.DataFrame({"section": SECTIONS}), how="cross")
    age = rng.integers(1, 520, len(frame))
    frame["updated_on"] = np.datetime64(plan.as_of, "D") - age * DAY
    return frame[rng.random(len(frame)) < 0.95].reset_index(drop=True)


def approver(plan: Plan, county: County) -> str:
    """Who approves exemptions in a county."""
    return str(person(plan.stream(county.place.no, "approver"), 1)[0])
