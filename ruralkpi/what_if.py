"""What the figures would be if a rule's setting were another: computed aside, the published tables untouched."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from typing import Any

import duckdb
import pandas as pd

from ruralkpi.book import Book
from ruralkpi.errors import UserError
from ruralkpi.kpi import build_figures
from ruralkpi.obligations import build_obligations
from ruralkpi.obligations.rule import rules
from ruralkpi.settings import Settings
from ruralkpi.texts import say

_SHOWN = ("met_n", "owed_n", "rate")


def what_if(book: Book, settings: Settings, changes: Iterable[str], month: str | None = None, **chosen: Any) -> pd.DataFrame:
    """Figures as published beside those with `changes` (each ``rule.setting=value``) in place.

    Grain: that of `Book.kpi`, for the rules whose figures the changes reach. Columns: the key, met_n, owed_n and rate as
    published, the same with _if, and rate_difference. Raises UserError for an unknown rule or setting or a wrong value.
    """
    laid_over = {rule: dict(own) for rule, own in settings.rules.items()}
    for change in changes:
        rule, setting, value = _change(change)
        laid_over.setdefault(rule, {})[setting] = value
    before = {rule.id: rule.settings for rule in rules(settings.rules)}
    reached = [rule for rule in rules(laid_over) if rule.settings != before[rule.id]]
    month = book.month(month)
    published = book.kpi(month, **chosen)
    with duckdb.connect() as con:
        con.execute("ATTACH '" + str(book.path).replace("'", "''") + "' AS book (READ_ONLY)")
        con.execute("SET search_path = 'memory.main,book.main'")
        build_obligations(con, reached, book.as_of, settings.month_by, settings.calendar)
        build_figures(con)
        other = Book.on(con, book).kpi(month, **chosen)
    return _beside(published, other, {rule.id for rule in reached})


def _beside(published: pd.DataFrame, other: pd.DataFrame, reached: set[str]) -> pd.DataFrame:
    key = [name for name in ("rule_id", "agent_id", "area_id", "county_id", "month") if name in published]
    both = published[[*key, *_SHOWN]].merge(other[[*key, *_SHOWN]], on=key, how="left", suffixes=("", "_if"))
    both = both[both["rule_id"].isin(reached)].reset_index(drop=True)
    both["rate_difference"] = both["rate_if"] - both["rate"]
    return both


def _change(text: str) -> tuple[str, str, Any]:
    """``complaint_first_reply.limit="24 hours"`` as rule, setting and value; quotes are optional."""
    name, mark, value = text.partition("=")
    rule, dot, setting = name.strip().partition(".")
    if not mark or not dot:
        raise UserError(say("error.change_form", value=text))
    try:
        return rule, setting, tomllib.loads(f"value = {value.strip()}")["value"]
    except tomllib.TOMLDecodeError:
        return rule, setting, value.strip()
