"""What the figures read: a book is asked, a frame is taken as it is."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ruralkpi.book import Book
from ruralkpi.book.reading import Ids, Months, Where, areas, listed
from ruralkpi.cards.facts.figures import changes
from ruralkpi.cards.facts.limits import limits as card_limits
from ruralkpi.errors import UserError
from ruralkpi.masking import mask_person
from ruralkpi.obligations.outcomes import DECIDED
from ruralkpi.sql import literal, literals
from ruralkpi.texts import say

Data = Book | pd.DataFrame
_KEYS = ("agent", "town", "area", "county")
_NAMED = 3  # of several, those that a title names


def kpi(data: Data, rule: str, month: Months, by: str, **where: Any) -> pd.DataFrame:
    """Figures of one rule: from the book, or the frame's rows of that rule."""
    if isinstance(data, Book):
        return data.kpi(month, rule=rule, by=by, **where)
    return data[data["rule_id"] == rule].reset_index(drop=True)


def rule_id(data: Data, rule: str) -> str:
    """The rule's id, where a book is asked by its name."""
    return data.known_rule(rule) if isinstance(data, Book) else rule


def key(frame: pd.DataFrame, by: str | None = None) -> str | None:
    """The column that says whose a row is: of `by`, or the finest; None for a province's. Raises UserError for no such column."""
    if by is not None and f"{by}_id" not in frame:
        known = "、".join(one for one in _KEYS if f"{one}_id" in frame)
        raise UserError(say("book.by", value=by, known=known))
    return next((f"{one}_id" for one in (by, *_KEYS) if one and f"{one}_id" in frame), None)


def who(data: Data, lang: str, **where: Ids) -> str:
    """Whom a figure is about, in words: agents with their masked names, areas, counties; everybody where none is asked for."""
    for kind in ("agent", "area", "county"):
        if where.get(kind) is not None:
            ids = listed(where[kind])
            names = _people(data) if kind == "agent" else {}
            shown = [f"{one} {names[one]}" if names.get(one) else one for one in ids[:_NAMED]]
            more = [say("figure.others", lang, n=len(ids) - _NAMED)] if len(ids) > _NAMED else []
            return say("card.comma", lang).join(shown + more)
    return say("figure.all", lang)


def of(data: Data, note: str, lang: str, **where: Ids) -> str:
    """A figure's note, begun by whom it is about where somebody is asked for."""
    is_part = any(wanted is not None for wanted in where.values())
    return say("figure.of", lang, who=who(data, lang, **where), note=note) if is_part else note


def _people(data: Data) -> dict[str, str]:
    if not isinstance(data, Book):
        return {}
    rows = data.sql("SELECT agent_id, agent_name FROM agent WHERE agent_name IS NOT NULL")
    return {one: mask_person(name) for one, name in zip(rows["agent_id"], rows["agent_name"], strict=True)}


def whole(data: Data, month: Months = None) -> Months:
    """The book's whole span where no months are asked for."""
    return (data.months[0], data.months[-1]) if month is None and isinstance(data, Book) else month


def peers(data: Data, rule: str, month: Months, agent: Ids, area: Ids) -> pd.DataFrame | None:
    """The figures that one agent (his area's) or one area (its county's) is held against; None where there are none."""
    if not isinstance(data, Book) or agent is None and area is None:
        return None
    if agent is not None:
        own = data.sql("SELECT area_id FROM agent WHERE agent_id = ?", listed(agent))["area_id"]
        return data.kpi(month, rule=rule, area=own[0], by="area")
    county = data.sql("SELECT county_id FROM area WHERE area_id = ?", listed(area))["county_id"]
    return data.kpi(month, rule=rule, county=county[0], by="county")


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


def by_agent(book: Book, rule: str, before: str, after: str, area: Ids, county: Ids, lang: str) -> pd.DataFrame:
    """Counts of two months by agent, with what only the area owes as nobody's, so that they add up to the area's figures."""
    where = Where().add("month IN (?, ?)", book.month(before), book.month(after)).among("rule_id", rule)
    where.among("area_id", areas(book.con, area, county))
    return book.sql(
        f"""SELECT coalesce(agent_id, {literal(say("figure.nobody", lang))}) AS agent_id, month,
            count_if(outcome = 'met') AS met_n, count_if(outcome IN {literals(DECIDED)}) AS owed_n,
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
