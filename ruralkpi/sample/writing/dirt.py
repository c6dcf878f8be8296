"""Faulty rows, as careless hands and spreadsheets make them: copies of good rows, each spoilt in one way."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ruralkpi.sample.plan import Plan
from ruralkpi.sample.writing.spelling import Dialect
from ruralkpi.sample.writing.stamps import stamp_cells

COLUMNS = ["file", "row", "kind"]
KINDS = {
    "visits": [
        "end_before_start",
        "zero_minutes",
        "sentinel_year",
        "unknown_agent",
        "missing_required",
        "duplicated_id",
        "no_date",
    ],
    "calls": [
        "after_as_of",
        "sentinel_year",
        "unknown_agent",
        "missing_required",
        "duplicated_id",
        "no_date",
    ],
    "complaints": [
        "end_before_start",
        "after_as_of",
        "sentinel_year",
        "damaged_id",
        "missing_required",
        "duplicated_id",
        "no_date",
    ],
}
ID = {"visits": "visit_id", "calls": "call_id", "complaints": "complaint_id"}
BEGIN = {"visits": "visited_at", "calls": "called_at", "complaints": "received_at"}
SPAN = {"visits": ("arrived_at", "left_at"), "complaints": ("received_at", "first_reply_at")}
# A copy asks nothing anew: otherwise dirt would add to what is owed.
OF_THE_ORIGINAL = {"question", "question_kind", "question_replied_at"}
SENTINELS = ["1900-01-01", "1970-01-01", "2099-12-31"]
DAMAGED_ID, UNKNOWN_AGENT, NO_DATE = "4.4E+17", "9999999", "下周三"
MADE = {"mode": "上门", "result": "完成"}
WORD, MEETING = "unknown_word", "腾讯会议"  # a mode of visits that is in no list


def drawn(rng: np.random.Generator, plan: Plan, export: str, n: int) -> list[str]:
    """The faults that a file of n rows gets by its share."""
    share = plan.dirty * n
    # The fraction decides by lot, so that small files get their share over the months.
    size = int(share) + (rng.random() < share % 1)
    return [KINDS[export][i] for i in rng.integers(len(KINDS[export]), size=size)]


def add(
    rng: np.random.Generator,
    plan: Plan,
    dialect: Dialect,
    export: str,
    cells: pd.DataFrame,
    kinds: list[str],
    is_of_one_agent: bool = False,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The cells with spoilt copies strewn among them, and where these are (row, kind); copies of one agent's, if asked."""
    header, size, kind = _headers(dialect, export), len(kinds), np.array(kinds, dtype=object)
    usable = _whole(dialect, export, cells, header)
    if is_of_one_agent:
        usable &= cells[header["agent_id"]] == cells.loc[usable, header["agent_id"]].mode().get(0)
    at = np.flatnonzero(usable)
    if not size or not len(at):
        return cells, pd.DataFrame({"row": [], "kind": []})
    copies = cells.iloc[at[rng.integers(len(at), size=size)]].reset_index(drop=True)
    fresh = [f"{cell}9{no:03d}" for no, cell in enumerate(copies[header[ID[export]]])]
    copies[header[ID[export]]] = np.where(kind == "duplicated_id", copies[header[ID[export]]], fresh)
    for name in sorted(OF_THE_ORIGINAL & header.keys()):
        copies.loc[kind != "duplicated_id", header[name]] = ""
    for one in dict.fromkeys(kinds):
        _spoil(rng, plan, dialect, export, copies, np.flatnonzero(kind == one), one)
    mixed = pd.concat([cells.assign(_kind=""), copies.assign(_kind=kind)], ignore_index=True)
    spot = np.concatenate([np.arange(len(cells), dtype=float), rng.uniform(0, len(cells), size)])
    mixed = mixed.iloc[np.argsort(spot, kind="stable")].reset_index(drop=True)
    rows = mixed.index[mixed["_kind"] != ""]
    return mixed.drop(columns="_kind"), pd.DataFrame({"row": rows + 2, "kind": mixed.loc[rows, "_kind"].to_numpy()})


def _headers(dialect: Dialect, export: str) -> dict[str, str]:
    return {name: said["headers"][0] for name, said in dialect.columns(export).items()}


def _whole(dialect: Dialect, export: str, cells: pd.DataFrame, header: dict[str, str]) -> pd.Series:
    """Rows that have both ends of the span, so that every kind of fault can be planted in them, and whose copies decide nothing:
    of visits those at the door that were made, whose slot is met by the original."""
    ends = [header[name] for name in SPAN.get(export, ())]
    there = (cells[ends].notna() & (cells[ends].astype(str) != "")).all(axis=1)
    for name, word in MADE.items() if export == "visits" else ():
        there &= cells[header[name]] == dialect.words(dialect.columns(export)[name]).get(word, word)
    return there


def _spoil(
    rng: np.random.Generator,
    plan: Plan,
    dialect: Dialect,
    export: str,
    copies: pd.DataFrame,
    rows: np.ndarray,
    kind: str,
) -> None:
    """Spoil some rows in place."""
    header = _headers(dialect, export)
    begin, key = header[BEGIN[export]], header[ID[export]]
    first, last = (header[name] for name in SPAN.get(export, (BEGIN[export],) * 2))
    spell = lambda stamp: stamp_cells(np.array(stamp, "datetime64[s]"), dialect.style(export))
    put: dict[str, tuple[str, Any]] = {
        "zero_minutes": (last, copies.loc[rows, first].to_numpy()),
        "sentinel_year": (begin, spell([SENTINELS[i] for i in rng.integers(3, size=len(rows))])),
        "after_as_of": (begin, spell([str(plan.as_of + pd.Timedelta(days=40, hours=9))[:19]] * len(rows))),
        "unknown_agent": (header["agent_id"], UNKNOWN_AGENT),
        "missing_required": (header["customer_id"], ""),
        "damaged_id": (key, DAMAGED_ID),
        "no_date": (begin, NO_DATE),
        WORD: (header.get("mode", ""), MEETING),
    }
    if kind == "end_before_start":
        swapped = copies.loc[rows, [last, first]].to_numpy()
        copies.loc[rows, [first, last]] = swapped
    elif kind in put:
        copies.loc[rows, put[kind][0]] = put[kind][1]
