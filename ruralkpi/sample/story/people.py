"""Counties, areas and agents."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ruralkpi.sample.plan import Plan, declared

NAMES = declared("names")
BEHAVIOUR = declared("behaviour")
AREA_SIZE = 12


@dataclass(frozen=True)
class Place:
    """A county: its number in the set, its words, and how it writes ids."""

    no: int
    name: str
    towns: list[str]
    agent_prefix: str
    customer_prefix: str

    @property
    def role(self) -> str:
        """Which spelling table holds for this county."""
        return ("first", "second")[self.no] if self.no < 2 else "other"


def place(no: int) -> Place:
    """The no-th county: two are written out, further ones take names in turn."""
    if no < len(NAMES["county"]):
        return Place(no=no, **NAMES["county"][no])
    more = NAMES["more"]
    turn, at = divmod(no - len(NAMES["county"]), len(more["counties"]))
    name = more["counties"][at] + (str(turn + 1) if turn else "")
    return Place(no, name, more["towns"], f"{no + 1:02d}", f"{no + 1:02d}8")


def person(rng: np.random.Generator, n: int) -> np.ndarray:
    """n names of persons."""
    pick = lambda words: np.array(words, dtype=object)[rng.integers(len(words), size=n)]
    return pick(NAMES["surnames"]) + pick(NAMES["given"])


def agents(plan: Plan, county: Place, size: int) -> pd.DataFrame:
    """One row per agent of a county, by number: the agents export, plus how the agent works."""
    rng = plan.stream(county.no, "agents")
    at = np.arange(size)
    areas = max(min(3, size), round(size / AREA_SIZE))
    area = at * areas // size
    turns = BEHAVIOUR["turns"]
    kind = np.array([turns[i % len(turns)] for i in at], dtype=object)
    width = 3 if county.agent_prefix else 4
    frame = pd.DataFrame({"agent_id": [f"{county.agent_prefix}{i + 1:0{width}d}" for i in at]}, dtype=object)
    frame["area_id"] = _area_names(county, areas)[area]
    frame["agent_name"] = person(rng, size)
    frame["county_id"] = county.name
    frame["town_name"] = np.array(county.towns, dtype=object)[at % len(county.towns)] + "镇"
    frame["manager_name"] = person(rng, areas)[area]
    frame["is_repairer"] = rng.random(size) < 0.55
    frame["hired_on"] = _hired(plan, kind, rng)
    frame["left_on"] = _left(plan, kind)
    return frame.join(_habits(kind, area, areas, rng))


def _area_names(county: Place, areas: int) -> np.ndarray:
    """Area names are unique in the province: beyond the two written counties they carry the county's name."""
    step = max(1, len(county.towns) // min(areas, len(county.towns)))
    town = [county.towns[(i * step) % len(county.towns)] for i in range(areas)]
    round_ = [i * step // len(county.towns) for i in range(areas)]
    short = "" if county.no < 2 else county.name
    return np.array([f"{short}{t}{r + 1 if r else ''}片区" for t, r in zip(town, round_, strict=True)], dtype=object)


def _hired(plan: Plan, kind: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Long ago, but for newcomers: in the middle of a slot, two fifths through the period."""
    long_ago = plan.first - pd.to_timedelta(rng.integers(200, 3000, len(kind)), unit="D")
    new = (plan.first + pd.DateOffset(months=plan.months * 2 // 5)).replace(day=12)
    return np.where(kind == "newcomer", np.datetime64(new, "D"), long_ago.to_numpy().astype("datetime64[D]"))


def _left(plan: Plan, kind: np.ndarray) -> np.ndarray:
    """Leavers go three quarters through the period."""
    left = (plan.first + pd.DateOffset(months=plan.months * 3 // 4)).replace(day=21)
    return np.where(kind == "leaver", np.datetime64(left, "D"), np.datetime64("NaT", "D"))


def _habits(kind: np.ndarray, area: np.ndarray, areas: int, rng: np.random.Generator) -> pd.DataFrame:
    """Per agent the kind's habits, moved a little by area and person. Columns begin with an underscore."""
    habits = pd.DataFrame([BEHAVIOUR["kind"][k] for k in kind]).add_prefix("_")
    level = rng.normal(0, 0.035, areas)[area] + rng.normal(0, 0.02, len(kind))
    for name in ("_visit", "_call", "_renew"):
        habits[name] = np.clip(habits[name] + level, 0.05, 0.995)
    habits["_drift"] += rng.normal(0, 0.05, len(kind))
    habits["_kind"], habits["_area"] = kind, area
    return habits
