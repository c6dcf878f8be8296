"""One record's way: from its row in a file to the figure that it is part of."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from ruralkpi import sql
from ruralkpi.book.figures import Figures
from ruralkpi.book.obligations import Obligations
from ruralkpi.book.times import present
from ruralkpi.book.words import OF
from ruralkpi.databases import reading
from ruralkpi.errors import UserError
from ruralkpi.masking import listed, mask_customer, mask_id, mask_person, unmasked
from ruralkpi.texts import known_language, say

_PLACES = ("village_name", "town_name")
_BEHIND = {"complaint_month": "complaint"}
_QUIET = ("file_no", "extra_n", "absent")


class Trail(Figures, Obligations):
    """One record, followed."""

    def trail(self, rule: str, source_id: str, lang: str = "zh") -> pd.DataFrame:
        """One record followed from the file to the figure. Grain: one fact, as step, name and value (text).

        Steps: file (with the cells as written, where the working database stands beside the book), mart (what happened), rule
        (what was promised), obligation (what became of it), figure (the month's). Masked. Raises UserError for no such record.

        >>> steps = book.trail("complaint_first_reply", "C2").set_index(["step", "name"])["value"]
        >>> steps["file", "row"], steps["file", "first_reply_at"], steps["obligation", "outcome"], steps["figure", "owed_n"]
        ('3', '2026-02-05 12:00', 'missed_late', '2')
        """
        rule, source_id = self.known_rule(rule), self._as_stored(self.known_rule(rule), str(source_id))
        known_language(lang)
        held = self.sql("SELECT * FROM obligation WHERE rule_id = ? AND source_id = ? ORDER BY agent_id", [rule, source_id])
        if held.empty:
            raise UserError(say("book.no_record", rule=rule, source_id=source_id))
        row: dict[str, Any] = {str(name): value for name, value in held.to_dict("records")[0].items()}
        alike = self.obligations(rule, row["month"], outcomes=[row["outcome"]], lang=lang)
        told = alike[alike["source_id"] == mask_id(source_id)]["sentence"].iloc[0]
        about = self.catalog().set_index("rule_id").loc[rule]
        steps: dict[str, Mapping[Any, Any]] = {
            "file": _handed_in(self.path, row),
            "mart": self._happened(rule, row),
            "rule": {"clause": about["clause"], "label": about[f"label_{lang}"], "how": about[f"how_{lang}"]},
            "obligation": {name: row[name] for name in ("start_at", "due_at", "done_at", "outcome", "month")}
            | {"sentence": told},
            "figure": self._figure(rule, row),
        }
        facts = [
            (step, str(name), str(value))
            for step, known in steps.items()
            for name, value in known.items()
            if value not in (None, "", []) and present(value) and name not in _QUIET
        ]
        texts = {} if unmasked.is_on() else listed.masked(self.con, [value for _, name, value in facts if _is_text(name, value)])
        shown = [(step, name, _shown(name, texts.get(value, value))) for step, name, value in facts]
        return pd.DataFrame(shown, columns=["step", "name", "value"])

    def _as_stored(self, rule: str, source_id: str) -> str:
        """A record's id; one that was shown with a number masked, as it is stored."""
        if "*" not in source_id:
            return source_id
        known = self.con.execute("SELECT DISTINCT source_id FROM obligation WHERE rule_id = ? ORDER BY 1", [rule]).fetchall()
        return next((one for (one,) in known if mask_id(one) == source_id), source_id)

    def _happened(self, rule: str, row: Mapping[str, Any]) -> dict[str, Any]:
        mart = self.catalog().set_index("rule_id").loc[rule, "mart"]
        if not present(mart):  # made for its rule alone, of records that stand where it says
            behind = _BEHIND.get(str(row["source_table"]))
            query = f"SELECT * FROM {behind} WHERE file = ? AND row = ?"
            return _one(self.con, query, row["file"], row["row"]) if behind else {}
        query = f"SELECT * FROM {sql.name(str(mart))} WHERE source_id = ? AND source_table = ?"
        return _one(self.con, query, row["source_id"], row["source_table"])

    def _figure(self, rule: str, row: Mapping[str, Any]) -> dict[Any, Any]:
        is_own = present(row["agent_id"])
        whose = {"agent": row["agent_id"]} if is_own else {"area": row["area_id"], "by": "area"}
        figure = self.kpi(row["month"], rule=rule, **whose)
        return figure[["agent_id" if is_own else "area_id", "month", "met_n", "owed_n", "rate"]].to_dict("records")[0]


def _handed_in(path: Path, row: Mapping[str, Any]) -> dict[str, Any]:
    """File, row number, and the cells as they were written, where the working database stands beside the book."""
    place = {"file": row["file"], "row": row["row"]}
    table = OF.get(row["source_table"], row["source_table"])
    staging = path.with_name(path.stem + ".staging.duckdb")
    if not present(row["file"]) or not staging.exists():
        return place
    try:
        with reading(staging) as con:
            cells = _one(
                con,
                f"SELECT r.* FROM raw.{sql.name(table)} r JOIN source_file s USING (file_no) WHERE s.file = ? AND r.row = ?",
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


def _is_text(name: str, value: str) -> bool:
    """Whether a value may name somebody: an id of letters and digits does not."""
    return not name.endswith("_name") and name not in ("sentence", "file") and not (name.endswith("_id") and value.isascii())


def _shown(name: str, text: str) -> str:
    if name.endswith("_id"):
        return mask_id(text)
    if name in _PLACES or not name.endswith("_name"):
        return text
    return mask_customer(text) if name == "customer_name" else mask_person(text)
