"""Changes in words: figures with what each cause moved of them, rows with a sentence each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain
from typing import Any

import pandas as pd

from ruralkpi.book import Book
from ruralkpi.book.times import present
from ruralkpi.book.words import templates
from ruralkpi.editions.changes import Changes
from ruralkpi.editions.words import side, signed
from ruralkpi.masking import mask_id
from ruralkpi.texts import say

SHOWN_FIGURES = ["place_id", "rule_id", "told", "cause", "rows_n", "points"]
SHOWN_ROWS = ["rule_id", "source_id", "cause", "sentence"]


@dataclass(frozen=True)
class Chosen:
    """What is asked for; None asks for all. `by`: whose figures; of one agent, area or county they are his and its own."""

    by: str | None = None
    agent: str | None = None
    area: str | None = None
    rule: str | None = None
    cause: str | None = None
    county: str | None = None

    @property
    def level(self) -> str:
        """Whose figures."""
        return self.by or next((kind for kind in ("agent", "area", "county") if getattr(self, kind)), "province")


def head(found: Changes, lang: str, chosen: Chosen) -> list[str]:
    """What was compared, in lines: of what is asked for, and where that is all also what is no change."""
    given = {"month": found.month, "old": side(found.old, lang), "new": side(found.new, lang)}
    is_all = replace(chosen, by=None) == Chosen()
    moved = _rows(found, chosen)
    if moved.empty:
        lines = [say("edition.same" if is_all else "edition.same_chosen", lang, **given)]
    else:
        counts = {f"{by}s": _figures_n(found, moved, by) for by in ("agent", "area")}
        lines = [say("edition.moved", lang, **given, rows=len(moved), **counts)]
        lines += [
            say("edition.by_cause", lang, cause=cause_words(str(cause), lang), n=len(rows))
            for cause, rows in moved.groupby("cause", sort=False)
        ]
    if found.words_n and is_all:
        lines.append(say("edition.words", lang, n=found.words_n))
    if found.states_n and is_all:
        lines.append(say("edition.states", lang, n=found.states_n))
    if found.unsure:
        lines.append(say("edition.unsure", lang, fault=found.unsure))
    if found.substituted_n:
        lines.append(say("edition.substituted", lang, n=found.substituted_n))
    return lines


def cause_words(cause: str, lang: str) -> str:
    """A cause, or several joined by +, in words."""
    plus = say("edition.plus", lang)
    return plus.join(say(f"edition.cause.{one}", lang) for one in cause.split("+") if one)


def figures(book: Book, found: Changes, chosen: Chosen, lang: str) -> pd.DataFrame:
    """The figures that moved. Grain and columns of Changes.figures, the rule's label, and told: 6/7 → 6/8 in words."""
    frame = _figures(found, chosen)
    labels = book.catalog().set_index("rule_id")[f"label_{lang}"]
    frame.insert(list(frame.columns).index("rule_id") + 1, "label", [labels.get(one, one) for one in frame["rule_id"]])
    frame["told"] = [moved_words(row, lang) for row in frame.to_dict("records")]
    return frame.reset_index(drop=True)


def _figures(found: Changes, chosen: Chosen) -> pd.DataFrame:
    """Of Changes.figures what is asked for."""
    frame = found.figures[found.figures["level"] == chosen.level].copy()
    for column, value in {"rule_id": chosen.rule, "cause": chosen.cause}.items():
        frame = frame if value is None else frame[frame[column] == value]
    if chosen.level != "province" and (places := _places(found, chosen)) is not None:
        frame = frame[frame["place_id"].isin(places)]
    return frame


def _figures_n(found: Changes, rows: pd.DataFrame, by: str) -> int:
    """How many figures of agents or areas that these rows have a part in are others: met or owed, as `restated` counts them."""
    own = found.figures[found.figures["level"] == by]
    own = own[(own["met_from"] != own["met_to"]) | (own["owed_from"] != own["owed_to"])]
    parts = [rows[["rule_id", f"{by}_{end}"]].itertuples(index=False, name=None) for end in ("from", "to")]
    return len(set(own[["rule_id", "place_id"]].itertuples(index=False, name=None)) & set(chain(*parts)))


def _places(found: Changes, chosen: Chosen) -> set[str] | None:
    """Whose figures are asked for: agents, areas or counties of the rows that moved there; None for all."""
    held = found.rows
    asked = [(kind, value) for kind in ("agent", "area", "county") if (value := getattr(chosen, kind)) is not None]
    if not asked:
        return None
    places: set[str] = set()
    for end in ("from", "to"):
        own = held
        for kind, value in asked:
            own = own[own[f"{kind}_{end}"] == value]
        places |= set(own[f"{chosen.level}_{end}"].dropna())
    return places


def moved_words(row: Mapping[Any, Any], lang: str) -> str:
    """6/7 → 6/8, 85.7 % → 75.0 %, −10.7 points; without a rate where nothing was owed on one side."""
    counts = f"{row['met_from']}/{row['owed_from']} → {row['met_to']}/{row['owed_to']}"
    if not row["owed_from"] or not row["owed_to"]:
        return say("edition.no_rate", lang, counts=counts)
    old, new = 100 * row["met_from"] / row["owed_from"], 100 * row["met_to"] / row["owed_to"]
    return say("edition.rate", lang, counts=counts, old=f"{old:.1f} %", new=f"{new:.1f} %", points=signed(new - old))


def rows(book: Book, found: Changes, chosen: Chosen, lang: str) -> pd.DataFrame:
    """The rows that moved. Grain and columns of Changes.rows, and a sentence each; ids masked where they are numbers."""
    frame = _rows(found, chosen)
    rules: dict[str, Any] = {str(row["rule_id"]): row for row in book.catalog().to_dict("records")}
    sides = side(found.old, lang), side(found.new, lang)
    frame["sentence"] = [row_words(row, rules.get(row["rule_id"]), sides, lang) for row in frame.to_dict("records")]
    frame["source_id"] = [mask_id(one) for one in frame["source_id"]]
    return frame.reset_index(drop=True)


def _rows(found: Changes, chosen: Chosen) -> pd.DataFrame:
    """Of Changes.rows what is asked for."""
    frame = found.rows.copy()
    for column, value in {"rule_id": chosen.rule, "cause": chosen.cause}.items():
        frame = frame if value is None else frame[frame[column] == value]
    for kind, value in {"agent": chosen.agent, "area": chosen.area, "county": chosen.county}.items():
        frame = frame if value is None else frame[(frame[f"{kind}_from"] == value) | (frame[f"{kind}_to"] == value)]
    return frame


def row_words(row: Mapping[Any, Any], rule: Mapping[str, Any] | None, sides: tuple[str, str], lang: str) -> str:
    """Why a row moved: what it was, what it is, the cause, and the record that says so."""
    old, new = (_outcome(row[f"outcome_{end}"], name, lang) for end, name in zip(("from", "to"), sides, strict=True))
    why = say(f"edition.why.{_why(row)}", lang, cause=cause_words(row["causes"], lang), **_given(row, rule, lang))
    end = "to" if present(row["file_to"]) else "from"
    where = say("edition.where", lang, file=row[f"file_{end}"], row=int(row[f"row_{end}"])) if present(row[f"file_{end}"]) else ""
    return say("edition.sentence", lang, old=old, new=new, why=why, where=where)


def _outcome(outcome: Any, name: str, lang: str) -> str:
    if not present(outcome):
        return say("edition.absent", lang, side=name)
    return say("edition.side", lang, side=name, outcome=say(f"outcome.{outcome}", lang))


def _why(row: Mapping[Any, Any]) -> str:
    """Data changed in a way that the row itself shows; anything else is its cause."""
    is_mended = row["cause"] == "mends" and row["outcome_to"] != "exempt" and row["detail"] in ("late", "corrected")
    if row["cause"] != "data" and not is_mended:
        return "cause"
    if row["detail"] == "moved" and present(row["outcome_to"]) and row["agent_from"] == row["agent_to"]:
        return "cause" if not present(row["outcome_from"]) else "corrected"
    if row["detail"] in ("late", "corrected") and not present(row["done_from"]) and present(row["done_to"]):
        return "done" if present(row["outcome_from"]) else str(row["detail"])
    return str(row["detail"])


def _given(row: Mapping[Any, Any], rule: Mapping[str, Any] | None, lang: str) -> dict[str, str]:
    done = templates(rule, lang).get("done", "") if rule is not None else ""
    to = row["month_to"] if present(row["month_to"]) else mask_id(row["agent_to"]) if present(row["agent_to"]) else "—"
    return {"done": done, "to": str(to)}
