"""One county's whole story: every export as it truly is, before it is cut into months and spelled."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ruralkpi.sample.days import Workdays
from ruralkpi.sample.plan import Plan
from ruralkpi.sample.story import (
    agreements,
    calls,
    care,
    complaints,
    customers,
    faults,
    field,
    people,
    sales,
    spans,
    visits,
)
from ruralkpi.sample.story.customers import County

# Words that stand in an export only once the stamp beside them is known.
TOLD_BY = {
    "complaints": {"reply_kind": "first_reply_at", "is_withdrawn": "withdrawn_at"},
    "agreements": {"renewal_id": "renewed_at", "end_reason": "_ended_at"},
    "faults": {"cause": "repaired_at", "call_back_result": "called_back_at"},
    "opportunities": {"stage": "closed_at"},
}
STILL = {"is_withdrawn": False, "stage": "跟进中"}


@dataclass(frozen=True)
class Story:
    """A county's tables by export name, with all that ever happens, even after the cut-off."""

    county: County
    tables: dict[str, pd.DataFrame]

    def known(self, export: str, at: pd.Timestamp) -> pd.DataFrame:
        """The rows of an export as they stood at a moment: later rows absent, later stamps empty."""
        frame = self.tables[export]
        return as_known(export, frame[frame["_born"] < at], at)


def as_known(export: str, frame: pd.DataFrame, at: pd.Timestamp) -> pd.DataFrame:
    """Stamps after `at` are emptied, and with them the words that hang on them."""
    frame = frame.copy()
    for column in stamps(frame):
        frame[column] = frame[column].where(frame[column] < at)
    for word, stamp in TOLD_BY.get(export, {}).items():
        unknown = frame[stamp].isna() & frame[word].notna()
        frame[word] = frame[word].where(~unknown, STILL.get(word, ""))
    return frame


def stamps(frame: pd.DataFrame) -> list[str]:
    """The columns that say when something happened; plans, promises and days of validity may lie ahead."""
    ahead = ("planned_at", "promised_at", "_born")
    return [c for c in frame.columns if c.split("#")[0].endswith(("_at", "_ats")) and c not in ahead]


def tell(plan: Plan, no: int, size: int, workdays: Workdays, step: np.timedelta64) -> Story:
    """Draw one county; `step` is the finest span that its faults' stamps will show."""
    place = people.place(no)
    county = customers.settle(plan, place, people.agents(plan, place, size))
    went = visits.draw(plan, county, workdays)
    complained = complaints.draw(plan, county, went)
    linked = complained.dropna(subset=["_raised_on"]).set_index("_raised_on")["complaint_id"].astype(object)
    tables = {
        "agents": county.agents,
        "customers": spans.export(plan, county),
        "visits": went.assign(complaint_id=went["visit_id"].map(linked).astype(object).fillna("")),
        "calls": calls.draw(plan, county, workdays, went),
        "complaints": complained,
        "faults": faults.draw(plan, county, step),
        "agreements": agreements.draw(plan, county),
        "opportunities": sales.draw(plan, county, workdays),
        "greetings": care.draw(plan, county),
        "jobs": field.jobs(plan, county, workdays),
        "village_info": field.village_info(plan, county),
        "inspections": field.inspections(plan, county, workdays),
    }
    return Story(county, tables)
