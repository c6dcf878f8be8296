"""What a book says of itself: what is in it, in a line and a table, and what each table and column means (tables.toml)."""

from __future__ import annotations

import datetime as dt
import tomllib
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

import duckdb
import pandas as pd

from ruralkpi.texts import cut_off, known_language, say

_COLUMNS = """SELECT table_name, column_name, data_type FROM duckdb_columns()
    WHERE NOT internal AND schema_name = 'main' AND database_name = current_database() ORDER BY table_name, column_index"""


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


def tables(con: duckdb.DuckDBPyConnection, lang: str) -> pd.DataFrame:
    """Every table and column that `con` holds: table, grain, column, type, meaning; text, '' where nothing is declared."""
    known_language(lang)
    rows = con.execute(_COLUMNS).fetchall()
    told = [(table, grain(table, lang), column, kind.lower(), meaning(table, column, lang)) for table, column, kind in rows]
    return pd.DataFrame(told, columns=["table", "grain", "column", "type", "meaning"])


def grain(table: str, lang: str) -> str:
    """What a row of a table stands for."""
    return str(declared()["table"].get(table, {}).get(lang, ""))


def meaning(table: str, column: str, lang: str) -> str:
    """What a column of a table says: by the table's own words, by its name, or by its ending."""
    words = declared()
    own = words["of"].get(table, {}).get(column) or words["column"].get(column)
    if own is None:
        ending = next((end for end in words["ending"] if column.endswith(end)), None)
        own = (
            {key: text.format(stem=column.removesuffix(ending)) for key, text in words["ending"][ending].items()}
            if ending
            else {}
        )
    return str(own.get(lang, ""))


@cache
def declared() -> dict[str, Any]:
    """tables.toml."""
    return tomllib.loads(files("ruralkpi.book").joinpath("tables.toml").read_text(encoding="utf-8"))
