"""What the shipped set holds of every kind of fault, a little of each, so that a newcomer sees what is made of them.

In the first county's newest month a row of each kind that checks find, and an exemption whose record is mistyped; two months
earlier so many damaged numbers of one agent that the gate holds that agent's card back. In the second county's newest month a
few visits of a mode that is in no list, and an export of faults that was made ten days before the month was over.
"""

from __future__ import annotations

import pandas as pd

from ruralkpi.sample.plan import Plan
from ruralkpi.sample.writing import dirt

_WORDS_N, _DAMAGED_N = 3, 12
_EARLY_DAY = 21  # exported in the night before this day


def kinds(plan: Plan, county: int, export: str, month: str) -> list[str]:
    """The faults to strew among the rows of one file."""
    newest = month == plan.month_names[-1]
    if county == 0 and newest:
        return dirt.KINDS.get(export, [])
    if county == 0 and export == "complaints" and month in plan.month_names[-3:-2]:
        return ["damaged_id"] * _DAMAGED_N
    return [dirt.WORD] * _WORDS_N if county == 1 and newest and export == "visits" else []


def is_of_one_agent(plan: Plan, export: str, month: str) -> bool:
    """Whether the faults of a file are all one agent's, of the one with most rows."""
    return export == "complaints" and month in plan.month_names[-3:-2]


def made_at(plan: Plan, county: int, export: str, month: str, end: pd.Timestamp) -> pd.Timestamp:
    """When a month's export was made: at the month's end, but for one that was made early."""
    is_early = plan.slips and county == 1 and export == "faults" and month == plan.month_names[-1]
    return pd.Timestamp(f"{month}-{_EARLY_DAY}") if is_early else end


def mistyped(exempt: pd.DataFrame) -> pd.DataFrame:
    """The exemptions and one more, for a record whose number lacks a digit."""
    last = exempt.tail(1)
    return pd.concat([exempt, last.assign(source_id=last["source_id"].str[:-1])], ignore_index=True)
