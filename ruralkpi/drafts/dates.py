"""Times whose order of day, month and year nothing in them says: which orders all of them allow, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

ORDERS = ("dmy", "mdy", "ymd")
_SHORT = re.compile(r"(?P<a>\d{1,2})[-/.](?P<b>\d{1,2})[-/.](?P<c>\d{4}|\d{2})(?!\d)")
TIME = re.compile(r"\d{1,4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,4}|^20\d{6}(?:\d{6})?$|[A-Za-z]{3,9}\.? \d{1,2},? \d{4}")
CLOCK = re.compile(r"^\d{1,2}[:：]\d{2}([:：]\d{2})?$")
_MOST = 0.8  # of a column's texts


@dataclass(frozen=True)
class Order:
    """`possible`: the orders that all times allow, none where they contradict each other; the likeliest, which puts most of them
    into the file's month, comes first. `ruled`: for each order that is none, the first row and time that it can't be."""

    possible: tuple[str, ...]
    ruled: dict[str, tuple[int, str]]

    @property
    def is_certain(self) -> bool:
        """Whether there is just one."""
        return len(self.possible) == 1


def order_of(cells: pd.DataFrame, month: str = "") -> Order | None:
    """The orders that the times of a table (grain and columns as Seen.cells) allow; None where none needs one.

    >>> order_of(pd.DataFrame({"place": 0, "text": ["3/10/2026", "25/10/2026"], "n": 1, "row": [2, 3]})).possible
    ('dmy',)
    >>> order_of(pd.DataFrame({"place": 0, "text": ["3/4/2026", "4/3/2026"], "n": 1, "row": [2, 3]}), "2026-03").possible
    ('dmy', 'mdy')
    """
    parts = cells["text"].str.extract(_SHORT).dropna()
    starts = cells["text"].str.match(_SHORT)
    parts = parts[starts.loc[parts.index]]
    of_all = cells.groupby("place")["text"].size()
    short = cells.loc[parts.index].groupby("place")["text"].size()
    places = [place for place in short.index if short[place] >= _MOST * of_all[place]]
    own = cells.loc[parts.index]
    own = own[own["place"].isin(places)].sort_values(by="row")
    if own.empty:
        return None
    a, b, c = (parts.loc[own.index, name].astype(int) for name in "abc")
    is_short = parts.loc[own.index, "c"].str.len() == 2
    is_day = {name: part.between(1, 31) for name, part in (("a", a), ("b", b), ("c", c))}
    is_month = {name: part.between(1, 12) for name, part in (("a", a), ("b", b))}
    fits = {"dmy": is_day["a"] & is_month["b"], "mdy": is_month["a"] & is_day["b"]}
    fits["ymd"] = is_short & is_month["b"] & is_day["c"]
    ruled = {}
    for order, good in fits.items():
        if not good.all():
            first = own.loc[good[~good].index[0]]
            ruled[order] = (int(first["row"]), str(first["text"]))
    wanted = int(month[5:]) if month else 0
    inside = {"dmy": int((b == wanted).sum()), "mdy": int((a == wanted).sum()), "ymd": int((b == wanted).sum())}
    possible = [order for order in ORDERS if order not in ruled]
    return Order(tuple(sorted(possible, key=lambda order: (-inside[order], ORDERS.index(order)))), ruled)


def is_mostly(pattern: re.Pattern[str], texts: list[str]) -> bool:
    """Whether nearly all texts hold the pattern."""
    return bool(texts) and sum(1 for text in texts if pattern.search(text)) >= _MOST * len(texts)
