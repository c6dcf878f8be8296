"""What is owed in a county and how it came out: the generator's own reckoning, without the engine.

Definitions follow STANDARD.md sections 2 to 4. A duty by the day is missed once its day is over, so that
at the cut-off 24:00 nothing due is undecided (X5); a duty by the clock, once the clock is past it.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ruralkpi.sample.days import Slots, Workdays
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.complaints import HOTLINE
from ruralkpi.sample.story.customers import County
from ruralkpi.sample.story.faults import TERMINAL
from ruralkpi.sample.story.whole import Story

COLUMNS = ["rule_id", "agent_id", "customer_id", "source_id", "month", "outcome"]
HOURS_48 = pd.Timedelta(hours=48)
MINUTES_5 = pd.Timedelta(minutes=5)


def owed(plan: Plan, story: Story, workdays: Workdays) -> pd.DataFrame:
    """One row per obligation of the seven rules, exemptions not yet applied; columns COLUMNS."""
    visits, calls = story.known("visits", plan.as_of), story.known("calls", plan.as_of)
    met = visits[(visits["mode"] == "上门") & (visits["result"] == "完成")]
    rung = calls[calls["is_connected"].astype(bool) & (calls["direction"] == "呼出")]
    halves, weeks = Slots.half_months(plan, workdays), Slots.weeks(plan, workdays)
    faults = story.known("faults", plan.as_of)
    parts = [
        slots(plan, story.county, halves, met, np.zeros(len(halves), bool), "key_visit_half_monthly"),
        slots(plan, story.county, weeks, rung, weeks.without_workday, "key_call_weekly"),
        questions(plan, visits, workdays),
        complaints(plan, story.known("complaints", plan.as_of)),
        repairs(plan, story.county, faults),
        lodgings(plan, faults),
        renewals(plan, story.county, story.known("agreements", plan.as_of)),
    ]
    return pd.concat([part[COLUMNS] for part in parts], ignore_index=True)


def whole_slots(county: County, slots: Slots) -> pd.DataFrame:
    """One row per customer and slot; `_key`: 'all' days, 'some', 'none'; agent_id None where it changed."""
    c = county.customers
    who = np.flatnonzero(c["key_a"] | c["key_b"])
    at, slot = np.repeat(who, len(slots)), np.tile(np.arange(len(slots)), len(who))
    start, end = slots.start[slot], slots.end[slot]
    value = {name: c[name].to_numpy()[at] for name in ("key_a", "key_b", "agent_a", "agent_b")}
    graded, moved = (c[name].to_numpy().astype("datetime64[D]")[at] for name in ("graded_on", "moved_on"))
    first = np.where(graded > start, value["key_a"], value["key_b"]).astype(bool)
    last = np.where(graded > end, value["key_a"], value["key_b"]).astype(bool)
    ids = county.agents["agent_id"].to_numpy()
    agent = np.where(moved <= start, ids[value["agent_b"]], np.where(moved > end, ids[value["agent_a"]], None))
    frame = pd.DataFrame({"_customer": at, "_slot": slot, "customer_id": c["customer_id"].to_numpy()[at], "agent_id": agent})
    frame["source_id"] = frame["customer_id"] + "/" + np.datetime_as_string(start)
    return frame.assign(_end=end, _key=np.select([first & last, first | last], ["all", "some"], "none"))


def slots(plan: Plan, county: County, slots: Slots, done: pd.DataFrame, exempt: np.ndarray, rule: str) -> pd.DataFrame:
    """Slots in which the customer was key on every day."""
    frame = whole_slots(county, slots)
    frame = frame[frame["_key"] == "all"]
    kept = pd.DataFrame(
        {
            "_customer": done["_customer"],
            "_slot": np.searchsorted(slots.start, done["_day"].to_numpy(), "right") - 1,
        }
    )
    kept = kept[kept["_slot"] >= 0].drop_duplicates().assign(_kept=True)
    kept_in = frame.merge(kept, how="left", on=["_customer", "_slot"])["_kept"].notna().to_numpy()
    over = (frame["_end"] + pd.Timedelta(days=1) <= plan.as_of).to_numpy()
    outcome = np.select([exempt[frame["_slot"]], kept_in, over], ["exempt", "met", "missed_open"], "pending")
    return frame.assign(rule_id=rule, month=frame["_end"].dt.strftime("%Y-%m"), outcome=outcome)


def questions(plan: Plan, visits: pd.DataFrame, workdays: Workdays) -> pd.DataFrame:
    """Questions left open on a visit; those that are complaints fall under the complaints' rule."""
    frame = visits[visits["question_kind"] == "咨询"]
    due = pd.Series(workdays.after(frame["_day"].to_numpy(), 2), index=frame.index)
    return _by_day(plan, frame, "visit_question_replied", "visit_id", due, frame["question_replied_at"])


def renewals(plan: Plan, county: County, agreements: pd.DataFrame) -> pd.DataFrame:
    """Renewable agreements, in the month of their expiry, for whoever has the customer on that day."""
    frame = agreements[~agreements["is_auto_renew"].astype(bool)]
    agent = county.agent_on(frame["_customer"].to_numpy(), frame["expires_on"].to_numpy())
    frame = frame.assign(agent_id=county.agents["agent_id"].to_numpy()[agent])
    rows = _by_day(plan, frame, "agreement_renewed_in_time", "agreement_id", frame["expires_on"], frame["renewed_at"])
    return rows.assign(outcome=rows["outcome"].mask(frame["end_reason"] == "运营商终止", "void"))


def _by_day(plan: Plan, frame: pd.DataFrame, rule: str, key: str, due: pd.Series, done: pd.Series) -> pd.DataFrame:
    """Duties until 24:00 of a day."""
    end = due + pd.Timedelta(days=1)
    outcome = np.select([done < end, done.notna(), end <= plan.as_of], ["met", "missed_late", "missed_open"], "pending")
    return frame.assign(rule_id=rule, source_id=frame[key], month=due.dt.strftime("%Y-%m"), outcome=outcome)


def _by_clock(plan: Plan, frame: pd.DataFrame, rule: str, key: str, due: pd.Series, done: pd.Series) -> pd.DataFrame:
    """Duties within hours or minutes; exactly on the limit is met."""
    outcome = np.select([done <= due, done.notna(), due < plan.as_of], ["met", "missed_late", "missed_open"], "pending")
    return frame.assign(rule_id=rule, source_id=frame[key], month=due.dt.strftime("%Y-%m"), outcome=outcome)


def complaints(plan: Plan, known: pd.DataFrame) -> pd.DataFrame:
    """First replies owed by agents; what 10000 took is 10000's."""
    frame = known[known["channel"] != HOTLINE]
    due, received = frame["received_at"] + HOURS_48, frame["received_at"]
    reply = frame["first_reply_at"].mask(frame["reply_kind"] == "自动回复")
    rows = _by_clock(plan, frame, "complaint_first_reply", "complaint_id", due, reply)
    apart = (reply.dt.normalize() - received.dt.normalize()).dt.days
    dated = frame["first_reply_at~day"].astype(bool) & reply.notna()
    unanswered = reply.isna()
    outcome = np.select(
        [
            (frame["repeat_of"] != "") | (frame["withdrawn_at"] <= due),
            frame["is_on_spot"].astype(bool),
            dated & (apart <= 1),
            dated & (apart == 2),
            dated,
            unanswered & (frame["confirmed_at"] <= due),
            unanswered & frame["closed_at"].notna(),
        ],
        ["void", "met", "met", "unknown", "missed_late", "met", "unknown"],
        rows["outcome"],
    )
    return rows.assign(outcome=outcome)


def repairs(plan: Plan, county: County, faults: pd.DataFrame) -> pd.DataFrame:
    """Repairs; on the agent only where the agent does them, else on the area."""
    repairs_self = county.agents["is_repairer"].to_numpy()[faults["_agent"]]
    frame = faults.assign(agent_id=faults["agent_id"].where(repairs_self, None))
    due = frame["reported_at"] + pd.to_timedelta(frame["_limit_h"], unit="h")
    rows = _by_clock(plan, frame, "fault_repaired_in_limit", "fault_id", due, frame["repaired_at"])
    exempt = (frame["cause"] == TERMINAL) | frame["is_deferred"]
    return rows.assign(outcome=rows["outcome"].mask(exempt, "exempt"))


def lodgings(plan: Plan, faults: pd.DataFrame) -> pd.DataFrame:
    """Faults that an agent took, from the customer's consent, else from acceptance."""
    frame = faults[faults["channel"] != HOTLINE]
    due = frame["consented_at"].fillna(frame["accepted_at"]) + MINUTES_5
    return _by_clock(plan, frame, "fault_lodged_with_10000", "fault_id", due, frame["lodged_at"])
