"""The managers' pages: written again for the areas whose inputs have changed."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.calendar.months import months_before
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content
from ruralkpi.month import places
from ruralkpi.month.area_page import Beside, Page
from ruralkpi.month.bundle import HOME
from ruralkpi.month.heat import links
from ruralkpi.month.planned import Entry, Plan, Planned, by_area
from ruralkpi.month.stale import inputs_in, inputs_of, renew
from ruralkpi.pages.paths import safe
from ruralkpi.sql import Row, fetch, query


def write_pages(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    todo: Plan,
    made: dict[str, Entry],
    placed: places.Placed,
    beside: places.Placed,
    lang: str,
) -> None:
    """Write <area>/index.html for every area whose inputs have changed since its page was made; `placed`, `beside`: where each
    agent's rules stand, and each area's."""
    members = by_area(todo.cards)
    trend = months_before(todo.month, choices().trend_months - 1)
    own = {row["area_id"]: row["inputs"] for row in fetch(con, "month/area_inputs", month=todo.month, trend=trend)}
    stale = {}
    for area, cards in sorted(members.items()):
        shown = [(card.agent_id, card.inputs, sorted(links(card, made).items())) for card in cards]
        inputs = inputs_of(todo.recipe, own.get(area, ""), shown)
        if inputs_in(folder / safe(area) / "index.html") != inputs:
            stale[area] = inputs
    if stale:
        asked = {area: members[area] for area in stale}
        for page in _pages(con, todo, asked, made, _beside(con, placed, beside), lang):
            inputs = stale[page.area_id]
            renew(folder / safe(page.area_id) / "index.html", inputs, partial(page.html, inputs))


def _beside(con: duckdb.DuckDBPyConnection, agents: places.Placed, areas: places.Placed) -> Beside:
    return Beside(
        {row["agent_id"]: row["key_n"] for row in fetch(con, "month/area_keys")},
        {(row["agent_id"], row["rule_id"]): place for row, place in agents},
        {(row["area_id"], row["rule_id"]): row for row, _ in areas},
    )


def _pages(
    con: duckdb.DuckDBPyConnection,
    todo: Plan,
    members: dict[str, list[Planned]],
    made: dict[str, Entry],
    beside: Beside,
    lang: str,
) -> Iterator[Page]:
    """The page of each area of `members`, in their order: that of their ids."""
    areas, last = list(members), months_before(todo.month, 1)
    trend = months_before(todo.month, choices().trend_months - 1)
    until = todo.imprint.as_of + timedelta(days=choices().area_due_within_d)
    measures = _of_areas(fetch(con, "month/area_measures", month=todo.month, areas=areas))
    lines = _of_areas(fetch(con, "month/area_figures", month=todo.month, last=last, trend=trend, areas=areas))
    about = {row["area_id"]: row for row in fetch(con, "month/areas")}
    rules = {row["rule_id"]: row for row in fetch(con, "cards/facts/rules")}
    meta = {row["key"]: row["value"] for row in fetch(con, "cards/facts/meta")} | {"standing": todo.imprint.standing}
    for area, rows in _rows_in_turn(con, areas, month=todo.month, until=until, as_of=todo.imprint.as_of):
        content = Content(todo.month, about.get(area, {}), lines.get(area, []), rows, meta)
        yield Page(content, area, members[area], made, measures.get(area, []), rules, beside, lang)


def sweep(folder: Path, todo: Plan) -> list[str]:
    """Remove pages that bear our mark, and bundles, of areas that the month no longer has; returns their paths, sorted."""
    known = {safe(card.area_id) for card in todo.cards}
    pages = [path for path in folder.glob("*/index.html") if path.parent.name not in known and inputs_in(path)]
    bundles = [path for path in (folder / HOME).glob("*.zip") if path.stem not in known]
    for path in (*pages, *bundles):
        path.unlink()
        if path in pages and not any(path.parent.iterdir()):
            path.parent.rmdir()
    return sorted(str(path.relative_to(folder)) for path in (*pages, *bundles))


def _of_areas(rows: list[Row]) -> dict[str, list[Row]]:
    return {area: list(group) for area, group in groupby(rows, key=lambda row: str(row["area_id"]))}


def _rows_in_turn(con: duckdb.DuckDBPyConnection, areas: list[str], **values: Any) -> Iterator[tuple[str, list[Row]]]:
    """(area, its rows) of each of `areas`, which are in the order of the rows; not all rows are in memory at once."""
    found = con.execute(query("month/area_rows"), {"areas": areas, **values})
    columns = [column[0] for column in found.description or []]

    def rows() -> Iterator[Row]:
        while batch := found.fetchmany(5000):
            yield from (dict(zip(columns, row, strict=True)) for row in batch)

    groups = groupby(rows(), key=lambda row: str(row["area_id"]))
    ahead = next(groups, None)
    for area in areas:
        if ahead and ahead[0] == area:
            yield area, list(ahead[1])
            ahead = next(groups, None)
        else:
            yield area, []
