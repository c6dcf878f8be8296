"""Agreements, their reminders and renewals."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.clock import NAT, at_work
from ruralkpi.sample.days import DAY
from ruralkpi.sample.plan import Plan, plant
from ruralkpi.sample.story.customers import County

PRODUCTS = np.array(["宽带", "专线", "固定电话", "综合信息服务"], dtype=object)
FEES = np.array([99, 129, 169, 199, 299, 580, 1200])
# Shares of key customers with 0, 1, 2, 3, 4 agreements.
SPREAD = [0.1, 0.15, 0.25, 0.25, 0.25]
AHEAD_MONTHS = 9
FATES = {
    "on_the_day": 0.05, "day_after": 0.04, "week_after": 0.04, "20_days_after": 0.04, "40_days_after": 0.02,
    "operator_ended": 0.02, "customer_ended": 0.02, "auto": 0.05,
}  # fmt: skip
LATER = {"on_the_day": 0, "day_after": 1, "week_after": 6, "20_days_after": 20, "40_days_after": 40}


def draw(plan: Plan, county: County) -> pd.DataFrame:
    """One row per agreement, successors included; `_fate` says what was planted."""
    rng = plan.stream(county.place.no, "agreements")
    who = np.flatnonzero(county.customers["key_a"])
    each = rng.choice(len(PRODUCTS) + 1, len(who), p=SPREAD)
    customer = np.repeat(who, each)
    frame = pd.DataFrame({"_customer": customer})
    n = len(frame)
    # One agreement per customer and product: a second one could be taken for the first one's successor.
    nth = frame.groupby("_customer").cumcount().to_numpy() + np.repeat(rng.integers(len(PRODUCTS), size=len(who)), each)
    frame["product"] = PRODUCTS[nth % len(PRODUCTS)]
    span = (plan.as_of + pd.DateOffset(months=AHEAD_MONTHS) - plan.first).days
    expires = np.datetime64(plan.first, "D") + rng.integers(0, span, n) * DAY
    frame["expires_on"] = expires
    frame["starts_on"] = _plus_years(expires, -rng.integers(1, 3, n)) + DAY
    frame["monthly_yuan"] = FEES[rng.integers(len(FEES), size=n)]
    frame["_fate"] = plant(rng, n, FATES)
    agent = county.agent_on(customer, expires)
    renews = rng.random(n) < county.agents["_renew"].to_numpy()[agent]
    frame.loc[~renews & (frame["_fate"] == ""), "_fate"] = "never"
    frame = _outcome(rng, frame)
    frame["agreement_id"] = f"XY{county.place.no + 1:02d}" + pd.Series(np.arange(n) + 1).astype(str).str.zfill(6)
    frame = pd.concat([frame, _successors(plan, rng, frame)], ignore_index=True)
    frame["customer_id"] = county.customers["customer_id"].to_numpy()[frame["_customer"]]
    return frame


def _plus_years(day: np.ndarray, years: np.ndarray | int) -> np.ndarray:
    return (day.astype("datetime64[M]") + 12 * np.asarray(years)).astype("datetime64[D]") + (day - day.astype("datetime64[M]"))


def _outcome(rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    n, fate, expires = (
        len(frame),
        frame["_fate"].to_numpy(),
        frame["expires_on"].to_numpy().astype("datetime64[D]"),
    )
    lag = -rng.integers(1, 41, n)
    for name, days in LATER.items():
        lag = np.where(fate == name, days, lag)
    renewed = (expires + lag * DAY).astype("datetime64[s]")
    frame["renewed_at"] = np.where(np.isin(fate, ["never", "operator_ended", "customer_ended", "auto"]), NAT, renewed)
    remind = (expires - rng.choice([45, 38, 33, 30, 25, 12], n, p=[0.25, 0.25, 0.2, 0.1, 0.1, 0.1]) * DAY).astype("datetime64[s]")
    frame["reminded_at"] = np.where(rng.random(n) < 0.85, np.minimum(remind, np.where(np.isnat(renewed), remind, renewed)), NAT)
    frame["reminded_at"] = np.maximum(frame["reminded_at"].to_numpy(), frame["starts_on"].to_numpy().astype("datetime64[s]"))
    ended = np.isin(fate, ["operator_ended", "customer_ended"])
    frame["_ended_at"] = np.where(ended, (expires - 15 * DAY).astype("datetime64[s]"), NAT)
    frame["end_reason"] = np.select([fate == "operator_ended", fate == "customer_ended"], ["运营商终止", "客户终止"], "")
    frame["is_auto_renew"] = fate == "auto"
    frame["_born"] = frame["starts_on"].to_numpy().astype("datetime64[s]")
    stale = frame["_born"].to_numpy() + rng.integers(0, 120, n) * DAY
    newest = np.fmax(np.fmax(stale, frame["renewed_at"].to_numpy()), frame["_ended_at"].to_numpy())
    frame["updated_at"] = at_work(rng, newest.astype("datetime64[D]"))
    return frame


def _successors(plan: Plan, rng: np.random.Generator, frame: pd.DataFrame) -> pd.DataFrame:
    """The new agreement of each renewal known at the cut-off; it outlasts the period."""
    old = frame[frame["renewed_at"] < plan.as_of]
    new = old[["_customer", "product"]].assign(_fate="successor", end_reason="", is_auto_renew=False)
    begin = np.maximum(old["expires_on"].to_numpy() + DAY, old["renewed_at"].to_numpy()).astype("datetime64[D]")
    new["starts_on"], new["expires_on"] = begin, _plus_years(begin, 1 + -(-plan.months // 12)) - DAY
    new["monthly_yuan"] = np.maximum(59, old["monthly_yuan"] + rng.choice([-30, 0, 0, 0, 20, 100], len(old)))
    new["_born"] = new["updated_at"] = old["renewed_at"]
    new["agreement_id"] = old["agreement_id"] + "-1"
    # Some successors are not linked: they have to be found by customer and product.
    frame.loc[old.index, "renewal_id"] = np.where(rng.random(len(old)) < 0.93, new["agreement_id"], "")
    return new
