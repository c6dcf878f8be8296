"""Customers with their class and assignment history."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ruralkpi.sample.days import DAY
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.people import NAMES, Place, person

NEVER = np.datetime64("9999-01-01", "D")


@dataclass(frozen=True)
class County:
    """One county's people. Customers refer to agents by row position: agent_a, and agent_b from moved_on.

    In the same way key_a holds until graded_on, key_b from that day. A customer has one change at most,
    so that what is expected of it stays easy to see.
    """

    place: Place
    agents: pd.DataFrame
    customers: pd.DataFrame

    def agent_on(self, customer: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Row position of the agent assigned to each customer (by row position) on each day."""
        c = self.customers
        moved = day.astype("datetime64[D]") >= c["moved_on"].to_numpy().astype("datetime64[D]")[customer]
        return np.where(moved, c["agent_b"].to_numpy()[customer], c["agent_a"].to_numpy()[customer])


def settle(plan: Plan, place: Place, agents: pd.DataFrame) -> County:
    """Customers for the agents of a county, key ones first within each agent."""
    rng = plan.stream(place.no, "customers")
    n_key, n_other = rng.integers(6, 13, len(agents)), rng.integers(10, 16, len(agents))
    agent = np.repeat(np.arange(len(agents)), n_key + n_other)
    nth = np.arange(len(agent)) - np.repeat(np.cumsum(n_key + n_other) - (n_key + n_other), n_key + n_other)
    frame = _portrait(rng, agents, agent, nth < n_key[agent])
    frame = _grade_changes(plan, rng, _moves(plan, rng, agents, frame))
    number = pd.Series(rng.permutation(len(frame)) + 1).astype(str).str.zfill(7)
    frame.insert(0, "customer_id", place.customer_prefix + number)
    return County(place, agents, frame)


def _portrait(rng: np.random.Generator, agents: pd.DataFrame, agent: np.ndarray, key: np.ndarray) -> pd.DataFrame:
    n = len(agent)
    draw = rng.random(n)
    kind = np.where(key, np.where(draw < 0.4, "government", np.where(draw < 0.65, "enterprise", "shop")), "person")
    town = agents["town_name"].to_numpy()[agent]
    village = town + np.array(NAMES["villages"], dtype=object)[rng.integers(len(NAMES["villages"]), size=n)]
    short = pd.Series(town).str.removesuffix("镇").to_numpy()
    words = {
        k: np.array(NAMES[k], dtype=object)[rng.integers(len(NAMES[k]), size=n)] for k in ("government", "enterprise", "shop")
    }
    who = person(rng, n)
    surname = np.array(NAMES["surnames"], dtype=object)[rng.integers(len(NAMES["surnames"]), size=n)]
    name = np.select(
        [kind == "government", kind == "enterprise", kind == "shop"],
        [short + words["government"], short + words["enterprise"], short + surname + "记" + words["shop"]],
        who,
    )
    frame = pd.DataFrame({"customer_name": name, "village_name": np.where(kind == "person", village, town)}, dtype=object)
    government = np.isin(kind, ["government", "enterprise"])
    frame["customer_class"] = np.where(government, "政企", np.where((kind == "shop") | (draw < 0.3), "个人", "家庭"))
    frame["_important"] = (kind == "shop") | ((kind == "government") & (rng.random(n) < 0.4))
    frame["is_urban"] = key & (rng.random(n) < 0.25)
    frame["birthday"], frame["is_lunar_birthday"] = _birthdays(rng, n)
    frame["is_ehome"] = (frame["customer_class"] == "家庭") & (rng.random(n) < 0.4)
    frame["status"] = np.where(~key & (rng.random(n) < 0.03), "销户", "正常")
    frame["agent_a"] = frame["agent_b"] = agent
    return frame


def _birthdays(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Month and day as text, some missing; a few by the lunar calendar."""
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 366, n), unit="D")
    lunar = rng.random(n) < 0.2
    text = np.where(lunar & (day.day == 31), day.strftime("%m-30"), day.strftime("%m-%d")).astype(object)
    text[rng.random(n) < 0.3] = None
    return text, lunar


def _moves(plan: Plan, rng: np.random.Generator, agents: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Who takes over whose customers: newcomers', leavers', and some that are passed on in mid-month."""
    kind = agents["_kind"].to_numpy()
    frame["moved_on"] = NEVER
    # A copy: the column itself is written to below.
    owner = frame["agent_a"].to_numpy(copy=True)
    neighbour = _neighbours(rng, agents, owner)
    new, left = kind[owner] == "newcomer", kind[owner] == "leaver"
    frame.loc[new, "agent_a"] = neighbour[new]
    frame.loc[new, "moved_on"] = agents["hired_on"].to_numpy()[owner[new]]
    frame.loc[left, "agent_b"] = neighbour[left]
    frame.loc[left, "moved_on"] = agents["left_on"].to_numpy()[owner[left]] + DAY
    stay = np.flatnonzero(~new & ~left & (frame["customer_class"] == "政企") & (neighbour != owner))
    passed = rng.permutation(stay)[: max(6, len(stay) // 50)]
    frame.loc[passed, "agent_b"] = neighbour[passed]
    anyday = np.datetime64(plan.first, "D") + rng.integers(0, (plan.as_of - plan.first).days, len(passed)) * DAY
    # Half of them in the newest month, where every reader looks first.
    frame.loc[passed, "moved_on"] = np.where(np.arange(len(passed)) % 2 == 0, _in_last_month(plan, 14), anyday)
    frame.loc[frame["agent_a"] == frame["agent_b"], "moved_on"] = NEVER
    return frame


def _in_last_month(plan: Plan, day: int) -> np.datetime64:
    return np.datetime64(plan.last.to_timestamp().replace(day=day), "D")


def _neighbours(rng: np.random.Generator, agents: pd.DataFrame, owner: np.ndarray) -> np.ndarray:
    """For each owner another agent of the area who is there all the time; without one, the owner itself."""
    result = owner.copy()
    steady = ~agents["_kind"].isin(["newcomer", "leaver"]).to_numpy()
    area = agents["_area"].to_numpy()
    for one in range(area.max() + 1):
        pool, rows = np.flatnonzero(steady & (area == one)), np.flatnonzero(area[owner] == one)
        if len(pool) > 1 or (len(pool) == 1 and not steady[owner[rows]].all()):
            pick = rng.integers(len(pool), size=len(rows))
            same = pool[pick] == owner[rows]
            result[rows] = np.where(same, pool[(pick + 1) % len(pool)], pool[pick])
    return result


def _grade_changes(plan: Plan, rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """Persons who became important, and shops that ceased to be; never one whose agent changes."""
    frame["grade_a"] = frame["grade_b"] = np.where(frame.pop("_important"), "重要", "普通")
    frame["graded_on"] = NEVER
    still = (frame["moved_on"] == NEVER) & (frame["status"] == "正常") & (frame["customer_class"] != "政企")
    for before, after, share in (("普通", "重要", 0.03), ("重要", "普通", 0.04)):
        rows = rng.permutation(np.flatnonzero(still & (frame["grade_a"] == before)))
        rows = rows[: max(3, round(share * len(rows)))]
        day = np.datetime64(plan.first, "D") + rng.integers(0, (plan.as_of - plan.first).days, len(rows)) * DAY
        frame.loc[rows, "grade_b"] = after
        frame.loc[rows, "graded_on"] = np.where(np.arange(len(rows)) == 0, _in_last_month(plan, 10), day)
    government = frame["customer_class"] == "政企"
    frame["key_a"] = government | (frame["grade_a"] == "重要")
    frame["key_b"] = government | (frame["grade_b"] == "重要")
    return frame
