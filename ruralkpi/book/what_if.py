"""What the figures would be if a rule's setting were another: computed aside, the published tables untouched."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import duckdb
import pandas as pd

from ruralkpi import settings as configuration
from ruralkpi.book.figures import Figures
from ruralkpi.errors import UserError
from ruralkpi.kpi import build_figures
from ruralkpi.obligations import build_obligations
from ruralkpi.obligations.declared import rules_of
from ruralkpi.settings import Settings
from ruralkpi.texts import say

_SHOWN = ("met_n", "owed_n", "rate")


class WhatIf(Figures):
    """Other settings."""

    def what_if(self, *changes: str, month: str | None = None, settings: Settings | None = None, **chosen: Any) -> pd.DataFrame:
        """Figures as published beside those with other settings, each ``rule.setting=value``; the book stays as it is.

        Grain: that of `kpi`, which also takes `chosen`. Columns: the key, met_n, owed_n and rate as published, the same with
        _if, and rate_difference. `settings`: those of ruralkpi.toml unless given. Raises UserError for what is unknown.

        >>> frame = book.what_if("complaint_first_reply.limit=60 hours", month="2026-02", by="area", area="甲片区")
        >>> frame[["met_n", "owed_n", "met_n_if", "owed_n_if"]].values.tolist()
        [[1, 3, 2, 3]]
        """
        settings = settings or configuration.load()
        laid_over = {rule: dict(own) for rule, own in settings.rules.items()}
        for change in changes:
            rule, setting, value = _change(change)
            laid_over.setdefault(rule, {})[setting] = value
        before = {rule.id: rule.settings for rule in rules_of(settings)}
        reached = [rule for rule in rules_of(replace(settings, rules=laid_over)) if rule.settings != before[rule.id]]
        month = self.month(month)
        published = self.kpi(month, **chosen)
        with duckdb.connect() as con:
            con.execute("ATTACH '" + str(self.path).replace("'", "''") + "' AS book (READ_ONLY)")
            con.execute("SET search_path = 'memory.main,book.main'")
            build_obligations(con, reached, self.as_of, settings.month_by, settings.calendar)
            build_figures(con)
            other = Figures.on(con, self).kpi(month, **chosen)
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
