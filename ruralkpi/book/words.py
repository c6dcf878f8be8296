"""One sentence for one obligation: which record, what was owed, by when, what became of it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from ruralkpi.book.times import day, deadline, duration, late, moment, present
from ruralkpi.exports.declared import built_in
from ruralkpi.masking import mask_id
from ruralkpi.texts import catalogue, say

SLOTS = ("key_slot", "report_week", "complaint_month")  # spans of time: once over, nothing can be done in them any more
# what is told by the month → the export whose rows it is made of
OF = {"complaint_month": "complaints", "agreement_month": "agreements"}
_MADE_UP = re.compile(r"/\d{4}-\d{2}(-\d{2})?$")


def sentence(
    row: Mapping[str, Any],
    rule: Mapping[str, Any],
    customer_name: str | None = None,
    lang: str = "zh",
    things: str = "",
    head: str = "",
) -> str:
    """Explain an obligation row (columns of `obligation`) by its rule (a row of the book's `rule` table).

    `customer_name` must be masked already. Times are shown to the exactness they were recorded with.
    `things` stands for several records that are told together; `head` for another beginning: "list" names them only,
    "headed" leaves out what was owed where a heading says it.
    """
    words = templates(rule, lang)
    given = _given(row, customer_name, lang) | _evidence(row, lang)
    parts = {name: text.format(**given) for name, text in words.items()} | _times(row, lang)
    parts["thing"] = things or parts["thing"]
    usual = _head(row, words)
    chosen = usual if head == "headed" and usual != "record" else head or usual
    return say(f"sentence.{chosen}", lang, **parts) + say(f"sentence.{_tail(row, words)}", lang, **parts)


def templates(rule: Mapping[str, Any], lang: str) -> Mapping[str, str]:
    """A rule's words for thing, start, duty and done."""
    words = rule[f"words_{lang}"]
    return _parsed(words) if isinstance(words, str) else words


@cache
def _parsed(words: str) -> Mapping[str, str]:
    return MappingProxyType(json.loads(words))


def thing(row: Mapping[str, Any], rule: Mapping[str, Any], customer_name: str | None, lang: str) -> str:
    """What a row is about: a record with its number, or a customer."""
    return templates(rule, lang)["thing"].format(**_given(row, customer_name, lang))


def record(row: Mapping[str, Any], lang: str = "zh") -> str:
    """The record's number as its system knows it; of a key made up here, what the reader does not know already.

    That is without the agent it begins with, or without the month or day it ends with; a village's section in `lang`.
    """
    if row["source_table"] == "village_month" and lang != "zh":
        parts = record(row).split("/")
        return "/".join(say(f"section.{part}", lang) if f"section.{part}" in catalogue() else part for part in parts)
    source_id, own = row["source_id"] or "", f"{row['agent_id']}/"
    if source_id.startswith(own):
        return mask_id(source_id.removeprefix(own)).replace("/", " ")
    return source_id if row["source_table"] in built_in() else _MADE_UP.sub("", mask_id(source_id))


def flags(row: Mapping[str, Any]) -> str:
    """A row's flags but for what is told otherwise: a restatement by a sign, the area's by its owner, numbers in the sentence."""
    hidden = ("restated", "area_only")
    return " ".join(code for code in (row["flags"] or "").split() if code not in hidden and "=" not in code)


def flag_words(codes: str, lang: str) -> str:
    """Flags in words, numbers among them (name=number); one that the catalogue does not know stays as it is."""
    pairs = [(code, *code.partition("=")) for code in codes.split()]
    known = [
        say(f"flag.{flag}", lang, **({"n": int(n)} if n else {})) if f"flag.{flag}" in catalogue() else code
        for code, flag, _, n in pairs
    ]
    return say("card.comma", lang).join(known)


def _given(row: Mapping[str, Any], customer_name: str | None, lang: str) -> dict[str, str]:
    return {
        "source_id": record(row, lang),
        "customer": customer_name or mask_id(row["customer_id"]),
        "due_day": day(row["due_on"], lang),
    }


def _evidence(row: Mapping[str, Any], lang: str) -> dict[str, str]:
    """The numbers that a rule tells beside an outcome, from name=number among the flags; hours as days where they are many."""
    told = dict(code.split("=", 1) for code in (row["flags"] or "").split() if "=" in code)
    return {name: duration(dt.timedelta(hours=int(n)), lang) if name.endswith("_h") else n for name, n in told.items()}


def _head(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """A slot is told by its span, a record by its start, and what has no start by its deadline alone."""
    if row["source_table"] == "key_slot":
        return "slot"
    return "record" if "start" in words else "dated"


def _tail(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """What its numbers show, where a rule has them; a slot that has passed can't be made good any more, a record still can."""
    if "evidence" in words and row["outcome"] in ("met", "missed_open"):
        return f"shown_{row['outcome']}"
    is_past_slot = row["source_table"] in SLOTS and row["outcome"] == "missed_open"
    return "slot_missed_open" if is_past_slot else row["outcome"]


def _times(row: Mapping[str, Any], lang: str) -> dict[str, str]:
    return {
        "start_at": moment(row["start_at"], row.get("start_precision") or "second", lang),
        "due_at": deadline(row, lang),
        "done_at": moment(row["done_at"], row.get("done_precision") or "second", lang),
        "late": late(row, lang),
        "reason": reason(row, lang),
        "span": say("sentence.span", lang, first=day(row["start_at"], lang), last=day(row["due_on"], lang)),
    }


def reason(row: Mapping[str, Any], lang: str) -> str:
    """Why a row is exempt, void or undecidable; an approver's code stays as it is."""
    code = row["reason"]
    if not present(code) or not code:
        return ""
    if code.startswith("no_column_"):
        name = code.removeprefix("no_column_")
        exports = [built_in().get(row["source_table"]), *built_in().values()]
        column = next((export.columns[name] for export in exports if export and name in export.columns), None)
        return say("reason.no_column", lang, column=column.title if column and lang == "zh" else name)
    key = f"reason.{code}"
    return say(key, lang) if key in catalogue() else code
