"""What a run of cards is to make: which agents, which figures to expect, from which inputs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import datetime
from importlib import metadata
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.calendar.months import month_first, months_before
from ruralkpi.cards.facts.content import hashes
from ruralkpi.cards.facts.figures import rank
from ruralkpi.databases import reading
from ruralkpi.errors import NothingToDo, UserError, nearest
from ruralkpi.masking import unmasked
from ruralkpi.month.planned import Expected, Plan, Planned, Task
from ruralkpi.pages.imprint import Imprint
from ruralkpi.pages.paths import safe
from ruralkpi.recipe import recipe
from ruralkpi.sql import fetch
from ruralkpi.texts import say
from ruralkpi.whole import hash_of


def plan(
    marts: Path,
    month: str,
    agents: list[str] | None,
    notebook: Path,
    lang: str = "zh",
    held: frozenset[str] = frozenset(),
    standing: str = "",
    moved: Mapping[str, str] | None = None,
    has_changes: bool = False,
) -> Plan:
    """Read the marts once and let go of them. Raises UserError as `reading`, for unknown agents and months without figures."""
    with reading(marts) as con:
        meta = {row["key"]: row["value"] for row in fetch(con, "cards/facts/meta")}
        _refuse_empty(con, month, meta)
        rows = fetch(con, "press/plan", month=month, first=month_first(month), after=month_first(months_before(month, -1)))
        inputs = hashes(con, [row["agent_id"] for row in rows], month)
        words = fetch(con, "cards/facts/rules")
    imprint = Imprint(datetime.fromisoformat(meta["as_of"]), meta.get("rules_version", "—"), standing, moved or {}, has_changes)
    common = _digest(
        lang, standing, str(sorted(item for item in meta.items() if item[0] != "held_agents")), str(words), _recipe(notebook)
    )
    told = meta.get("held_agents", "").split("\n")  # by the quality gate: their cards say so
    cards = [
        Planned(
            _task(row, month),
            row,
            _digest(
                common,
                inputs[row["agent_id"]],
                str(f"{month}/{row['agent_id']}" in told),
                imprint.moved.get(row["agent_id"], ""),
                str(row["agent_id"] in imprint.moved and has_changes),
            ),
        )
        for row in rows
        if row["agent_id"] not in held
    ]
    return Plan(month, imprint, cards, _chosen(cards, agents), common, words, month > meta.get("month_last", month))


def hangs_on(marts: Path, notebook: Path, *asked: object) -> str:
    """One hash of all that a month's cards and pages hang on: the marts' bytes, what makes pages of them, and what is asked for;
    '' where the marts can't be read."""
    try:
        content = hash_of(marts)
    except OSError:
        return ""
    return _digest(content, _recipe(notebook), repr(asked))


def _task(row: dict[str, Any], month: str) -> Task:
    figures = sorted(row["figures"] or [], key=lambda one: rank(one, one["met_n"], one["owed_n"]))
    owed = [(figure["met_n"], figure["owed_n"]) for figure in figures if figure["owed_n"]]
    expected = Expected(row["agent_id"], month, owed, sum(n - met for met, n in owed))
    return Task(expected, f"{safe(row['area_id'] or '—')}/{safe(row['agent_id'])}")


def _chosen(cards: list[Planned], agents: list[str] | None) -> list[Planned]:
    if agents is None:
        return cards
    known = {card.task.expected.agent_id: card for card in cards}
    for agent in agents:
        if agent not in known:
            raise UserError(say("error.agent_unknown", name=agent, near="、".join(nearest(agent, known)) or "—"))
    return [known[agent] for agent in sorted(set(agents))]


def _refuse_empty(con: duckdb.DuckDBPyConnection, month: str, meta: dict[str, str]) -> None:
    if con.execute("SELECT 1 FROM kpi_agent_month WHERE month = ? LIMIT 1", [month]).fetchone() is None:
        first, last = meta.get("month_first", "—"), meta.get("month_last", "—")
        raise NothingToDo(say("card.no_agents", month=month, first=first, last=last))


def _recipe(notebook: Path) -> str:
    """The hash of all that turns content into a card and what stands around it: the notebook, the program, whether it masks,
    the version of the PDF maker."""
    return _digest(str(unmasked.is_on()), metadata.version("plutoprint"), recipe(), notebook.read_text(encoding="utf-8"))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
