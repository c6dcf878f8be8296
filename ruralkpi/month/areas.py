"""The managers' pages: written again for the areas whose inputs have changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content, months_before
from ruralkpi.month import places
from ruralkpi.month.area_page import Beside, Page
from ruralkpi.month.bundle import HOME
from ruralkpi.month.heat import links
from ruralkpi.month.planned import Entry, Plan, Planned
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
    members: dict[str, list[Planned]] = defaultdict(list)
    for card in todo.cards:
        members[card.area_id].append(card)
    trend = months_before(todo.month, choices().trend_months - 1)
    own = {row["area_id"]: row["inputs"] for row in fetch(con, "month/area_inputs", month=todo.month, trend=trend)}
    stale = {}
    for area, cards in members.items():
        shown = [(card.agent_id, card.inputs, sorted(links(card, made).items())) for card in cards]
        inputs = inputs_of(todo.recipe, own.get(area, ""), shown)
        if inputs_in(folder / safe(area) / "index.html") != inputs:
            stale[area] = inputs
    if stale:
        _write_stale(con, folder, todo, made, (placed, beside), members, stale, lang)


def _write_stale(
    con: duckdb.DuckDBPyConnection,
    folder: Path,
    todo: Plan,
    made: dict[str, Entry],
    placed: tuple[places.Placed, places.Placed],
    members: dict[str, list[Planned]],
    stale: dict[str, str],
    lang: str,
) -> None:
    areas, last = sorted(stale), months_before(todo.month, 1)
    trend = months_before(todo.month, choices().trend_months - 1)
    until = todo.imprint.as_of + timedelta(days=choices().area_due_within_d)
    measures = _by_area(fetch(con, "month/area_measures", month=todo.month, areas=areas))
    lines = _by_area(fetch(con, "month/area_figures", month=todo.month, last=last, trend=trend, areas=areas))
    about = {row["area_id"]: row for row in fetch(con, "month/areas")}
    rules = {row["rule_id"]: row for row in fetch(con, "cards/facts/rules")}
    meta = {row["key"]: row["value"] for row in fetch(con, "cards/facts/meta")} | {"standing": todo.imprint.standing}
    beside = Beside(
        {row["agent_id"]: row["key_n"] for row in fetch(con, "month/area_keys")},
        {(row["agent_id"], row["rule_id"]): place for row, place in placed[0]},
        {(row["area_id"], row["rule_id"]): row for row, _ in placed[1]},
    )
    rows = _streamed(con, month=todo.month, until=until, areas=areas, as_of=todo.imprint.as_of)
    seen, ahead = "", next(rows, ("", []))
    for area in areas:
        while ahead[0] and ahead[0] < area:
            ahead = next(rows, ("", []))
        seen = ahead[0]
        content = Content(todo.month, about.get(area, {}), lines.get(area, []), ahead[1] if seen == area else [], meta)
        page = Page(content, area, members[area], made, measures.get(area, []), rules, beside, lang)
        renew(folder / safe(area) / "index.html", stale[area], partial(page.html, stale[area]))


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


def _by_area(rows: list[Row]) -> dict[str, list[Row]]:
    return {area: list(group) for area, group in groupby(rows, key=lambda row: str(row["area_id"]))}


def _streamed(con: duckdb.DuckDBPyConnection, **values: Any) -> Iterator[tuple[str, list[Row]]]:
    """(area, its rows) one after another, without all rows in memory at once."""
    found = con.execute(query("month/area_rows"), values)
    columns = [column[0] for column in found.description or []]

    def rows() -> Iterator[Row]:
        while batch := found.fetchmany(5000):
            yield from (dict(zip(columns, row, strict=True)) for row in batch)

    for area, group in groupby(rows(), key=lambda row: str(row["area_id"])):
        yield area, list(group)
