"""changes.html of a month: what moved since it was published, by cause, county and figure, each opening to its rows."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

from ruralkpi.book import Book
from ruralkpi.editions import told
from ruralkpi.editions.changes import CAUSES, Changes
from ruralkpi.editions.words import side, signed
from ruralkpi.masking import mask_id
from ruralkpi.pages.typography import page_of
from ruralkpi.texts import cut_off
from ruralkpi.whole import write

MOST_FIGURES, MOST_ROWS = 30, 25  # of agents that are shown, and of rows that one opens to; the command lists all
NAME = "changes.html"


def write_page(book: Book, found: Changes, out: Path, lang: str) -> Path:
    """Write out/<month>/changes.html; returns its path."""
    folder = out / found.month
    folder.mkdir(parents=True, exist_ok=True)
    write(folder / NAME, html(book, found, lang))
    return folder / NAME


def html(book: Book, found: Changes, lang: str) -> str:
    """The page."""
    figures = _figures(book, found, lang)
    return page_of(
        "editions",
        "changes",
        lang,
        month=found.month,
        old=side(found.old, lang),
        new=side(found.new, lang),
        as_of=[cut_off(end.inputs.as_of if end is not None else book.as_of) for end in (found.old, found.new)],
        levers=[told.cause_words(lever, lang) for lever in found.levers],
        by_cause=_causes(found, lang),
        province=[one for one in figures if one["level"] == "province"],
        counties=_by_county([one for one in figures if one["level"] == "county"]),
        agents=_agents(book, found, figures, lang),
        agents_n=sum(one["level"] == "agent" for one in figures),
        most=MOST_FIGURES,
    )


def _causes(found: Changes, lang: str) -> list[dict[str, Any]]:
    """A line per cause, in their order: rows, and what they moved of all that is counted."""
    whole = found.figures[found.figures["level"] == "province"]
    lines = []
    for cause in CAUSES:
        rows = found.rows[found.rows["cause"] == cause]
        if len(rows):
            mine = whole[whole["cause"] == cause]
            sums = {name: _plus(int(mine[name].sum())) for name in ("met_moved_n", "owed_moved_n")}
            lines.append({"cause": told.cause_words(cause, lang), "rows_n": len(rows), **sums})
    return lines


def _figures(book: Book, found: Changes, lang: str) -> list[dict[str, Any]]:
    """Each figure once, with its causes and their points."""
    labels = book.catalog().set_index("rule_id")[f"label_{lang}"]
    made: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in found.figures.to_dict("records"):
        key = (str(row["level"]), str(row["place_id"]), str(row["rule_id"]))
        if key not in made:
            name = labels.get(row["rule_id"], row["rule_id"])
            made[key] = {
                "level": key[0],
                "place_id": key[1],
                "rule_id": key[2],
                "label": name,
                "told": told.moved_words(row, lang),
            }
            made[key] |= {"causes": [], "rows_n": 0, "size": 0.0}
        size = row["points"] if row["points"] == row["points"] else 0.0
        words = told.cause_words(str(row["cause"]), lang)
        made[key]["causes"].append((words, row["rows_n"], signed(size) if size else ""))
        made[key]["rows_n"] += row["rows_n"]
        made[key]["size"] += size
    return list(made.values())


def _by_county(figures: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in figures:
        found[one["place_id"]].append(one)
    return sorted(found.items())


def _agents(book: Book, found: Changes, figures: list[dict[str, Any]], lang: str) -> list[dict[str, Any]]:
    """The agents' figures that moved most, each with its rows."""
    mine = sorted(
        (one for one in figures if one["level"] == "agent"),
        key=lambda one: (-abs(one["size"]), -one["rows_n"], one["place_id"], one["rule_id"]),
    )[:MOST_FIGURES]
    for one in mine:
        chosen = told.Chosen(agent=one["place_id"], rule=one["rule_id"])
        rows = told.rows(book, found, chosen, lang)[["source_id", "sentence"]].values.tolist()
        one["rows"], one["more_n"] = rows[:MOST_ROWS], max(len(rows) - MOST_ROWS, 0)
        one["agent_id"] = mask_id(one["place_id"])
    return mine


def _plus(n: int) -> str:
    return "0" if not n else f"{n:+,}".replace("-", "−")
