"""What the figures read: a book is asked, a frame is taken as it is."""

from __future__ import annotations

import pandas as pd

from ruralkpi.book import Book
from ruralkpi.book.reading import Months, Where
from ruralkpi.cards.facts.figures import changes
from ruralkpi.cards.facts.limits import limits as card_limits
from ruralkpi.sql import literal
from ruralkpi.texts import say

Data = Book | pd.DataFrame


def kpi(data: Data, rule: str, month: Months, agent: str | None, area: str | None, by: str) -> pd.DataFrame:
    """Figures of one rule: from the book, or the frame's rows of that rule."""
    if isinstance(data, Book):
        return data.kpi(month, agent=agent, area=area, rule=rule, by=by)
    return data[data["rule_id"] == rule].reset_index(drop=True)


def whole(data: Data, month: Months = None) -> Months:
    """The book's whole span where no months are asked for."""
    return (data.months[0], data.months[-1]) if month is None and isinstance(data, Book) else month


def peers(data: Data, rule: str, month: Months, agent: str | None, area: str | None) -> pd.DataFrame | None:
    """The figures that an agent (his area's) or an area (its county's) is held against; None where there are none."""
    if not isinstance(data, Book) or agent is None and area is None:
        return None
    if agent is not None:
        own = data.sql("SELECT area_id FROM agent WHERE agent_id = ?", [agent])["area_id"]
        return data.kpi(month, rule=rule, area=own[0], by="area")
    county = data.sql("SELECT county_id FROM area WHERE area_id = ?", [area])["county_id"]
    every = data.kpi(month, rule=rule, by="county")
    return every[every["county_id"].isin(county)]


def summed(frame: pd.DataFrame, *key: str) -> pd.DataFrame:
    """met_n and owed_n added up by `key`, with the rate of the sum and its Wilson interval. Grain: `key`."""
    from statsmodels.stats.proportion import proportion_confint

    made = frame.groupby(list(key), sort=True)[["met_n", "owed_n", "late_n", "open_n"]].sum().reset_index()
    owed = made["owed_n"].where(made["owed_n"] > 0)
    made["rate"] = made["met_n"] / owed
    made["low"], made["high"] = proportion_confint(made["met_n"], owed, method="wilson")
    return made


def limits(owed: pd.Series, rate: pd.Series | float) -> tuple[pd.Series, pd.Series]:
    """The fewest and the most kept of `owed` that still fit `rate`: exact binomial limits, as on the cards."""
    rates = rate if isinstance(rate, pd.Series) else pd.Series(rate, index=owed.index)
    pairs = [card_limits(int(n), float(one)) for n, one in zip(owed, rates, strict=True)]
    low, high = zip(*pairs, strict=True) if pairs else ((), ())
    return pd.Series(low, index=owed.index, dtype=float), pd.Series(high, index=owed.index, dtype=float)


def by_agent(book: Book, rule: str, before: str, after: str, area: str | None, lang: str) -> pd.DataFrame:
    """Counts of two months by agent, with what only the area owes as nobody's, so that they add up to the area's figures."""
    where = Where().add("month IN (?, ?)", book.month(before), book.month(after)).among("rule_id", rule).among("area_id", area)
    return book.sql(
        f"""SELECT coalesce(agent_id, {literal(say("figure.nobody", lang))}) AS agent_id, month,
            count_if(outcome = 'met') AS met_n, count_if(outcome IN ('met', 'missed_late', 'missed_open')) AS owed_n,
            count_if(outcome = 'missed_late') AS late_n, count_if(outcome = 'missed_open') AS open_n
        FROM obligation WHERE {where} GROUP BY ALL ORDER BY ALL""",
        where.values,
    )


def breaks(data: Data, rule: str, months: list[str]) -> list[str]:
    """Months of the span in which a dated setting of the rule changed: before and after are not compared."""
    if not isinstance(data, Book):
        return []
    rows = data.sql("SELECT settings FROM rule WHERE rule_id = ?", [rule])["settings"]
    return changes(rows[0], months) if len(rows) else []
