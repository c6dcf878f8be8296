"""What the figures would be if a rule's setting were another: computed aside, the published tables untouched."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from typing import Any

import duckdb
import pandas as pd

from ruralkpi import settings as configuration
from ruralkpi.book.figures import Figures
from ruralkpi.book.reading import Months
from ruralkpi.errors import UserError
from ruralkpi.kpi import build_figures
from ruralkpi.obligations import build_obligations
from ruralkpi.obligations.declared import rules_of
from ruralkpi.settings import Settings
from ruralkpi.sql import first_row
from ruralkpi.texts import say

_SHOWN = ("met_n", "owed_n", "rate")


class WhatIf(Figures):
    """Other settings."""

    def what_if(self, *changes: str, month: str | None = None, settings: Settings | None = None, **chosen: Any) -> pd.DataFrame:
        """Figures as published beside those with other settings, each ``rule.setting=value``; the book stays as it is.

        Grain: that of `kpi`, which also takes `chosen`, of the rules that `changes` name or reach; of all without any. Columns:
        the key, met_n, owed_n and rate as published, the same with _if, and rate_difference. What is not changed is as the book
        was built under. `settings`: calendar and own rules, those of ruralkpi.toml unless given. Raises UserError for what is
        unknown.

        >>> frame = book.what_if("complaint_first_reply.limit=60 hours", month="2026-02", by="area", area="甲片区")
        >>> frame[["met_n", "owed_n", "met_n_if", "owed_n_if"]].values.tolist()
        [[1, 3, 2, 3]]
        """
        settings = self._built_under(settings or configuration.load())
        before = {rule.id: rule.settings for rule in rules_of(settings)}
        laid_over = {rule: dict(own) for rule, own in settings.rules.items()}
        named = set()
        for change in changes:
            rule_id, setting, value = _change(change)
            laid_over.setdefault(rule_id, {})[setting] = value
            named.add(rule_id)
        rules = rules_of(replace(settings, rules=laid_over))
        reached = [rule for rule in rules if not changes or rule.id in named or rule.settings != before[rule.id]]
        month = self.month(month)
        published = self.kpi(month, **chosen)
        with duckdb.connect() as con:
            con.execute("ATTACH '" + str(self.path).replace("'", "''") + "' AS book (READ_ONLY)")
            con.execute("SET search_path = 'memory.main,book.main'")
            build_obligations(con, reached, self.as_of, settings.month_by, settings.calendar)
            build_figures(con)
            other = _Aside.on(con, self).kpi(month, **chosen)
        return _beside(published, other, {rule.id for rule in reached})

    def _built_under(self, settings: Settings) -> Settings:
        """`settings` with the months and the rules' values that the book was built under; later editions bring their own."""
        rules = {rule.id: rule for rule in rules_of(settings)}
        values: dict[str, dict[str, Any]] = {}
        for rule_id, setting, value in self.settings()[["rule_id", "setting", "value"]].itertuples(index=False):
            rule = rules.get(rule_id)
            if rule is not None and not rule.later and "same_as" not in rule.words["settings"].get(setting, {"same_as": ""}):
                values.setdefault(rule_id, {})[setting] = _undated(value)
        month_by = first_row(self.con, "SELECT value FROM setting_in_force WHERE name = 'month_by'")[0]
        return replace(settings, rules=values, month_by=month_by)


class _Aside(Figures):
    """Figures of rules that may owe nothing in a month that the book has looked at already."""

    def span(self, month: Months) -> tuple[str, str]:
        """The month."""
        return str(month), str(month)


def _undated(value: Any) -> Any:
    """A setting's value as one writes it: lines by the day as such, a table of limits as it is."""
    is_dated = isinstance(value, list) and all(set(line) == {"since", "value"} for line in value)
    return {line["since"]: line["value"] for line in value} if is_dated else value


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
