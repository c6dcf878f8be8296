"""What the sample set is known to hold: the obligations it makes, and the special cases among them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ruralkpi.sample.counties import stories
from ruralkpi.sample.days import Slots, Workdays
from ruralkpi.sample.exempt import exemptions
from ruralkpi.sample.owed import COLUMNS, owed, whole_slots
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story.complaints import HOTLINE
from ruralkpi.sample.story.whole import Story

KEY = ["rule_id", "source_id"]


@dataclass(frozen=True)
class Planted:
    """Answers are drawn anew from the plan when asked: writing a province keeps nothing in memory.

    `dirt`: one row per faulty row written (file, row, kind); row 1 is the header. Dirt is added to the clean
    rows, as copies spoilt in one way, so `obligations` holds for the clean and for the dirty set alike.
    """

    plan: Plan
    dirt: pd.DataFrame

    @cached_property
    def obligations(self) -> pd.DataFrame:
        """One row per obligation of the seven rules, all months, at the cut-off.

        Columns rule_id, agent_id (None: the area's), customer_id, source_id, month, outcome.
        Slots with a partly key customer, and slots begun before the first month, are not listed.
        """
        parts = [_decided(self.plan, *told) for told in stories(self.plan)]
        return pd.concat(parts).sort_values([*KEY, "month"], ignore_index=True)[COLUMNS]

    @property
    def counts(self) -> pd.DataFrame:
        """One row per rule, agent (None: the area's), month and outcome, with its number n."""
        by = ["rule_id", "agent_id", "month", "outcome"]
        return self.obligations.groupby(by, dropna=False).size().rename("n").reset_index()

    @cached_property
    def cases(self) -> pd.DataFrame:
        """One row per special case planted: kind, rule_id, source_id."""
        return pd.concat([_cases(self.plan, *told) for told in stories(self.plan)], ignore_index=True)

    @cached_property
    def not_owed(self) -> pd.DataFrame:
        """One row per record that looks like a duty of an agent and is none: rule_id, source_id, why."""
        return pd.concat([_not_owed(self.plan, *told) for told in stories(self.plan)], ignore_index=True)


def _decided(plan: Plan, story: Story, workdays: Workdays) -> pd.DataFrame:
    frame = owed(plan, story, workdays)
    excused = pd.MultiIndex.from_frame(exemptions(plan, story, workdays)[KEY])
    return frame.assign(outcome=frame["outcome"].mask(pd.MultiIndex.from_frame(frame[KEY]).isin(excused), "exempt"))


def _listed(kind: np.ndarray | pd.Series | str, rule: str, source: pd.Series, name: str = "kind") -> pd.DataFrame:
    return pd.DataFrame({name: kind, "rule_id": rule, "source_id": source})


def _cases(plan: Plan, story: Story, workdays: Workdays) -> pd.DataFrame:
    """The cases that the stories carry, by name."""
    known = {name: story.known(name, plan.as_of) for name in ("complaints", "faults", "agreements", "visits")}
    c, f, a, v = known["complaints"], known["faults"], known["agreements"], known["visits"]
    c = c[c["channel"] != HOTLINE]
    parts = [
        _listed(c["_fate"], "complaint_first_reply", c["complaint_id"]),
        _listed(f["_lodging"], "fault_lodged_with_10000", f["fault_id"]),
        _listed(f["_repair"], "fault_repaired_in_limit", f["fault_id"]),
        _listed(a["_fate"], "agreement_renewed_in_time", a["agreement_id"]),
    ]
    asked = v[v["question_kind"] == "咨询"]
    span = workdays.after(asked["_day"].to_numpy(), 2) - asked["_day"].to_numpy().astype("datetime64[D]")
    over = asked[span > np.timedelta64(5, "D")]
    parts.append(_listed("over_a_holiday", "visit_question_replied", over["visit_id"]))
    late = c[(c["received_at"].dt.to_period("M") < c["first_reply_at"].dt.to_period("M"))]
    parts.append(_listed("corrected_next_month", "complaint_first_reply", late["complaint_id"]))
    return pd.concat([p[p["kind"] != ""] for p in [*parts, *_slot_cases(plan, story, workdays)]])


def _slot_cases(plan: Plan, story: Story, workdays: Workdays) -> list[pd.DataFrame]:
    halves, weeks = Slots.half_months(plan, workdays), Slots.weeks(plan, workdays)
    frame, visits = whole_slots(story.county, halves), story.known("visits", plan.as_of)
    visits = visits.assign(_slot=np.searchsorted(halves.start, visits["_day"].to_numpy(), "right") - 1)
    done = visits[(visits["mode"] == "上门") & (visits["result"] == "完成")]
    assigned = story.county.agent_on(done["_customer"].to_numpy(), done["_day"].to_numpy())
    groups = {
        "only_not_met": visits[visits["result"] == "未遇"],
        "only_by_phone": visits[visits["mode"] == "电话"],
    }
    owed_slots, seen = frame[frame["_key"] == "all"], pd.MultiIndex.from_frame(done[["_customer", "_slot"]])
    at = pd.MultiIndex.from_frame(owed_slots[["_customer", "_slot"]])
    rule, parts = "key_visit_half_monthly", []
    for kind, rows in groups.items():
        chosen = at.isin(pd.MultiIndex.from_frame(rows[["_customer", "_slot"]])) & ~at.isin(seen)
        parts.append(_listed(kind, rule, owed_slots.loc[chosen, "source_id"]))
    lent = pd.MultiIndex.from_frame(done.loc[done["_agent"].to_numpy() != assigned, ["_customer", "_slot"]])
    parts.append(_listed("by_other_agent", rule, owed_slots.loc[at.isin(lent), "source_id"]))
    parts.append(_listed("agent_changed_inside", rule, owed_slots.loc[owed_slots["agent_id"].isna(), "source_id"]))
    week = whole_slots(story.county, weeks)
    idle = weeks.without_workday[week["_slot"]] & (week["_key"] == "all").to_numpy()
    return [*parts, _listed("week_without_workday", "key_call_weekly", week.loc[idle, "source_id"])]


def _not_owed(plan: Plan, story: Story, workdays: Workdays) -> pd.DataFrame:
    c, f = story.known("complaints", plan.as_of), story.known("faults", plan.as_of)
    a, v = story.known("agreements", plan.as_of), story.known("visits", plan.as_of)
    parts = [
        _listed("taken_by_10000", "complaint_first_reply", c.loc[c["channel"] == HOTLINE, "complaint_id"], "why"),
        _listed("came_through_10000", "fault_lodged_with_10000", f.loc[f["channel"] == HOTLINE, "fault_id"], "why"),
        _listed(
            "renews_itself",
            "agreement_renewed_in_time",
            a.loc[a["is_auto_renew"].astype(bool), "agreement_id"],
            "why",
        ),
        _listed("is_a_complaint", "visit_question_replied", v.loc[v["question_kind"] == "投诉", "visit_id"], "why"),
    ]
    rules = {"key_visit_half_monthly": Slots.half_months, "key_call_weekly": Slots.weeks}
    for rule, make in rules.items():
        frame = whole_slots(story.county, make(plan, workdays))
        parts.append(_listed("partial_slot", rule, frame.loc[frame["_key"] == "some", "source_id"], "why"))
    return pd.concat(parts)[["rule_id", "source_id", "why"]]
