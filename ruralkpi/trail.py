"""One record's way: from its row in a file to the figure that it is part of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from ruralkpi import sql
from ruralkpi.errors import UserError
from ruralkpi.masking import mask_name, mask_phone
from ruralkpi.obligations.rule import rules
from ruralkpi.store import reading
from ruralkpi.texts import say
from ruralkpi.words import present

if TYPE_CHECKING:
    from ruralkpi.book import Book

_QUIET = ("file_no", "filled_n", "lead", "extra_n", "absent")


def trail(book: Book, rule: str, source_id: str, lang: str) -> pd.DataFrame:
    """See Book.trail."""
    held = book.sql("SELECT * FROM obligation WHERE rule_id = ? AND source_id = ? ORDER BY agent_id", [rule, source_id])
    if held.empty:
        raise UserError(say("book.no_record", rule=rule, source_id=source_id))
    row: dict[str, Any] = {str(name): value for name, value in held.to_dict("records")[0].items()}
    told = (
        book.obligations(rule, row["month"], outcomes=[row["outcome"]], lang=lang)
        .query("source_id == @source_id")["sentence"]
        .iloc[0]
    )
    each = next((made.words["owed"]["each"] for made in rules() if made.id == rule), None)
    happened = (
        _one(book.con, f"SELECT * FROM {sql.name(each)} WHERE source_id = ? AND source_table = ?", source_id, row["source_table"])
        if each
        else {}
    )
    about = book.catalog().set_index("rule_id").loc[rule]
    promised = {"clause": about["clause"], "label": about[f"label_{lang}"], "how": about[f"how_{lang}"]}
    figure = (
        book.kpi(row["month"], rule=rule, agent=row["agent_id"])
        if present(row["agent_id"])
        else book.kpi(row["month"], rule=rule, area=row["area_id"], by="area")
    )
    steps: dict[str, Mapping[Any, Any]] = {
        "file": _handed_in(book, row),
        "mart": happened,
        "rule": promised,
        "obligation": {**{name: row[name] for name in ("start_at", "due_at", "done_at", "outcome", "month")}, "sentence": told},
        "figure": figure[["agent_id" if "agent_id" in figure else "area_id", "month", "met_n", "owed_n", "rate"]].to_dict(
            "records"
        )[0],
    }
    facts = [
        (step, str(name), _masked(str(name), value))
        for step, known in steps.items()
        for name, value in known.items()
        if value not in (None, "", []) and present(value) and name not in _QUIET
    ]
    return pd.DataFrame(facts, columns=["step", "name", "value"])


def _handed_in(book: Book, row: Mapping[str, Any]) -> dict[str, Any]:
    """File, row number, and the cells as they were written, where the working database stands beside the book."""
    place = {"file": row["file"], "row": row["row"]}
    staging = book.path.with_name(book.path.stem + ".staging.duckdb")
    if not present(row["file"]) or not staging.exists():
        return place
    try:
        with reading(staging) as con:
            cells = _one(
                con,
                f"SELECT r.* FROM raw.{sql.name(row['source_table'])} r JOIN source_file s USING (file_no) "
                "WHERE s.file = ? AND r.row = ?",
                row["file"],
                row["row"],
            )
    except (UserError, duckdb.Error):  # a build holds it, or another intake made it
        return place
    return place | {name: cell for name, cell in cells.items() if name not in place}


def _one(con: duckdb.DuckDBPyConnection, query: str, *values: Any) -> dict[str, Any]:
    found = con.execute(query, list(values))
    names, rows = [column[0] for column in found.description or ()], found.fetchall()
    return dict(zip(names, rows[0], strict=True)) if rows else {}


def _masked(name: str, value: Any) -> str:
    text = str(value)
    if name.endswith("_id") or name == "sentence":
        return text
    return mask_name(text) if name.endswith("_name") else mask_phone(text)
