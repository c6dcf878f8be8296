"""What a book says of itself, from what it is given."""

from __future__ import annotations

import datetime as dt
from html import escape

import duckdb
import pandas as pd

from ruralkpi.texts import cut_off, say


def lines(con: duckdb.DuckDBPyConnection, months: list[str], as_of: dt.datetime, version: str) -> list[str]:
    """Months, agents, areas, cut-off, edition and rules of the marts that `con` is on, in words."""
    agents, areas, rules = con.execute(
        "SELECT (SELECT count(*) FROM agent), (SELECT count(*) FROM area), (SELECT count(*) FROM rule)"
    ).fetchall()[0]
    return [
        say("book.months", n=len(months), first=months[0], last=months[-1]),
        say("book.agents", n=agents),
        say("book.areas", n=areas),
        say("card.until", as_of=cut_off(as_of)),
        say("card.edition", version=version),
        say("book.rules", n=rules),
    ]


def text(told: list[str], path: str) -> str:
    """The lines as one, and the file."""
    return " · ".join([*told, path])


def html(told: list[str], path: str, rules: pd.DataFrame) -> str:
    """The same as a small table, with the rules by name; `rules` as Book.catalog gives them."""
    names = "、".join(f"{escape(str(row.label_zh))} <code>{escape(str(row.rule_id))}</code>" for row in rules.itertuples())
    heads = [say(f"book.head_{name}") for name in ("months", "agents", "areas", "until", "edition", "rules", "file")]
    cells = [*map(escape, told[:5]), f"{told[5]}：{names}", escape(path)]
    rows = "".join(
        f"<tr><th style='text-align:left;white-space:nowrap'>{h}</th><td style='text-align:left'>{c}</td></tr>"
        for h, c in zip(heads, cells, strict=True)
    )
    return f"<table>{rows}</table>"
