"""Figures that are others now than when their month was last published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ruralkpi.databases import reading
from ruralkpi.editions.opened import attached
from ruralkpi.editions.shelf import Edition
from ruralkpi.editions.told import moved_words
from ruralkpi.marts import STATES
from ruralkpi.sql import literal, literals
from ruralkpi.texts import say

PLACES = {
    "agent": ("kpi_agent_month", "agent_id"),
    "area": ("kpi_area_month", "area_id"),
    "county": ("kpi_area_month", "county_id"),
    "province": ("kpi_area_month", "'*'"),
}
_SHOWN = 4  # rules that a card names
COLUMNS = ["month", "rule_id", "place_id", "edition", "met_from", "owed_from", "met_to", "owed_to"]
_COUNTED = """SELECT {month} AS month, {edition} AS edition, rule_id, {place} AS place_id, CAST(sum(met_n) AS BIGINT) AS met_n,
    CAST(sum(owed_n) AS BIGINT) AS owed_n
FROM {table} WHERE month = {month} GROUP BY ALL HAVING sum(owed_n) > 0"""
# rules on states, of which the book judges the newest month only: what was published of an earlier one stands
_UNJUDGED = """SELECT DISTINCT {month} AS month, rule_id FROM {schema}.main.obligation WHERE source_table IN {states}
EXCEPT SELECT {month}, rule_id FROM book.main.obligation WHERE month = {month}"""


def restated(book: Path, editions: Sequence[Edition], by: str = "agent") -> pd.DataFrame:
    """The figures of the editions, one a month, that the book now gives otherwise. Grain: month, rule and place (`by`: agent,
    area, county, province). edition; met_from and owed_from as published, met_to and owed_to now; 0 of 0: nothing is owed."""
    table, place = PLACES[by]
    was, now, unjudged = [], [], []
    with reading(book) as con:
        for number, one in enumerate(editions):
            schema, month = f"edition_{number}", literal(one.month)
            attached(one, con, schema)
            given = {"month": month, "edition": one.number, "place": place}
            was.append(_COUNTED.format(table=f"{schema}.main.{table}", **given))
            now.append(_COUNTED.format(table=f"book.main.{table}", **given))
            unjudged.append(_UNJUDGED.format(schema=schema, month=month, states=literals(STATES)))
        if not was:
            return pd.DataFrame(columns=COLUMNS)
        sides = ", ".join(
            f"coalesce({side}.{one}_n, 0) AS {one}_{end}"
            for side, end in (("old", "from"), ("new", "to"))
            for one in ("met", "owed")
        )
        return con.execute(f"""
SELECT month, rule_id, place_id, edition, {sides}
FROM ({" UNION ALL ".join(was)}) AS old
FULL OUTER JOIN ({" UNION ALL ".join(now)}) AS new USING (month, edition, rule_id, place_id)
ANTI JOIN ({" UNION ALL ".join(unjudged)}) AS unjudged USING (month, rule_id)
WHERE (old.met_n, old.owed_n) IS DISTINCT FROM (new.met_n, new.owed_n)
ORDER BY month, rule_id, place_id""").df()


def moved_n(book: Path, edition: Edition) -> dict[str, int]:
    """How many figures of agents and of areas are others in the book than in the edition: met or owed."""
    return {f"{by}s": len(restated(book, [edition], by)) for by in ("agent", "area")}


def of_cards(book: Path, editions: Sequence[Edition], month: str, labels: Mapping[str, str], lang: str) -> dict[str, str]:
    """What a card says of its figures that are others than published: by agent, of the month rule by rule in the order of
    `labels`, and how many of earlier months' points in its trend; agents of whom nothing has moved are missing."""
    found = restated(book, editions, "agent")
    told: dict[str, str] = {}
    for agent, rows in found.groupby("place_id", sort=True):
        own = sorted((row for row in rows.to_dict("records") if row["month"] == month), key=lambda row: _place(row, labels))
        given = [(labels.get(row["rule_id"], row["rule_id"]), moved_words(row, lang)) for row in own[:_SHOWN]]
        parts = [say("edition.card_figure", lang, label=label, told=moved) for label, moved in given]
        if len(own) > _SHOWN:
            parts.append(say("edition.card_more", lang, n=len(own) - _SHOWN))
        line = (
            say("edition.card_moved", lang, n=own[0]["edition"], figures=say("card.semicolon", lang).join(parts)) if own else ""
        )
        earlier = rows[rows["month"] < month]
        if len(earlier):
            months = say("card.comma", lang).join(sorted(set(earlier["month"])))
            line += say("edition.card_earlier", lang, n=len(earlier), months=months)
        if line:
            told[str(agent)] = line
    return told


def _place(row: Mapping[Any, Any], labels: Mapping[str, str]) -> int:
    return list(labels).index(row["rule_id"]) if row["rule_id"] in labels else len(labels)
