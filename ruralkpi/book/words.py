"""One sentence for one obligation: which record, what was owed, by when, what became of it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from ruralkpi.book.times import day, deadline, duration, late, long_span, moment, present
from ruralkpi.exports.declared import built_in
from ruralkpi.masking import mask_id
from ruralkpi.obligations.outcomes import ASKED
from ruralkpi.obligations.requested import code
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
    *,
    at: dt.datetime,
) -> str:
    """Explain an obligation row (columns of `obligation`) by its rule (a row of the book's `rule` table), as it stands `at`.

    `customer_name` must be masked already. Times are shown to the exactness they were recorded with.
    What is overdue says by how much, and whether it can still be done.
    """
    return "".join(halves(row, rule, customer_name, lang, at=at))


def halves(
    row: Mapping[str, Any],
    rule: Mapping[str, Any],
    customer_name: str | None = None,
    lang: str = "zh",
    things: str = "",
    head: str = "",
    *,
    at: dt.datetime,
) -> tuple[str, str]:
    """A sentence's two halves: what was owed, and what became of it.

    `things` stands for several records that are told together; `head` for another beginning: "list" names them only,
    "headed" leaves out what was owed where a heading says it. Both stand in a list of what was missed, which is not said
    again, and have their days in digits.
    """
    words = templates(rule, lang, row["start_at"])
    given = _given(row, customer_name, lang, at.year) | _evidence(row, lang)
    parts = {name: text.format(**given) for name, text in words.items()} | _times(row, lang, at, bool(head))
    parts["thing"] = things or parts["thing"]
    usual = _head(row, words)
    begun = usual if head == "headed" and usual == "dated" else f"{usual}_headed" if head == "headed" else head or usual
    end = _tail(row, words, at)
    ended = f"{end}_listed" if head and f"sentence.{end}_listed" in catalogue() else end
    return say(f"sentence.{begun}", lang, **parts), say(f"sentence.{ended}", lang, **parts)


def can_mend(row: Mapping[str, Any], at: dt.datetime) -> bool:
    """Whether what is overdue and open can still be done `at` (section 6): a reply can, a slot that is over can't."""
    return not present(row["mend_until_at"]) or row["mend_until_at"] > at


def is_week(row: Mapping[str, Any]) -> bool:
    """Whether a slot is a week, in which a call is owed, or a half-month, in which a visit is (X7, X8)."""
    return row["due_at"] <= row["start_at"] + dt.timedelta(days=7)


def attempts(is_call: bool, days: Iterable[str], lang: str) -> str:
    """The days on which a customer was tried in vain, behind the customer's name; empty without any."""
    told = say("card.comma", lang).join(dict.fromkeys(days))
    return say(f"sentence.attempt.{'call' if is_call else 'onsite'}", lang, days=told) if told else ""


def templates(rule: Mapping[str, Any], lang: str, start: Any = None) -> Mapping[str, str]:
    """A rule's words for thing, start, duty and done; where a setting in them is dated, those of a duty that starts then."""
    words = rule[f"words_{lang}"]
    whole = _parsed(words) if isinstance(words, str) else words
    dated = whole.get("since")
    if not dated:
        return whole
    day = str(start)[:10] if present(start) else "9999"
    return MappingProxyType(dated[max(first for first in dated if first <= day)])


@cache
def _parsed(words: str) -> Mapping[str, Any]:
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
    if is_unnumbered(row):
        return say("sentence.unnumbered", lang, row=row["row"])
    source_id, own = row["source_id"] or "", f"{row['agent_id']}/"
    if source_id.startswith(own):
        return mask_id(source_id.removeprefix(own)).replace("/", " ")
    shown = mask_id(source_id)
    return shown if row["source_table"] in built_in() else _MADE_UP.sub("", shown)


def is_unnumbered(row: Mapping[str, Any]) -> bool:
    """Whether a record has no number of its own and is called by its file and row."""
    return bool(row.get("file")) and row["source_id"] == f"{row['file']}:{row['row']}"


def record_key(row: Mapping[str, Any]) -> str:
    """The id of the record that a row is about; what is owed by the month on it is about the same."""
    source_id = row["source_id"] or ""
    return _MADE_UP.sub("", source_id) if row["source_table"] in OF else source_id


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


def _given(row: Mapping[str, Any], customer_name: str | None, lang: str, year: int | None = None) -> dict[str, str]:
    return {
        "source_id": record(row, lang),
        "customer": customer_name or mask_id(row["customer_id"]),
        "due_day": day(row["due_on"], lang, year),
        "since_day": day(row["since_at"], lang, year),
    }


def numbers(row: Mapping[str, Any]) -> dict[str, int]:
    """The numbers that a rule tells beside an outcome, from name=number among the flags."""
    return {name: int(n) for name, _, n in (code.partition("=") for code in (row["flags"] or "").split()) if n}


def _evidence(row: Mapping[str, Any], lang: str) -> dict[str, str]:
    """The same in words; hours as days where they are many."""
    return {name: duration(dt.timedelta(hours=n), lang) if name.endswith("_h") else str(n) for name, n in numbers(row).items()}


def _head(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """A slot is told by its span, a record by its start, and what has no start by its deadline alone; one moment is said once."""
    if row["source_table"] == "key_slot":
        return "slot"
    if "start" not in words:
        return "dated"
    return "moment" if row["start_at"] == row["due_at"] else "record"


def _tail(row: Mapping[str, Any], words: Mapping[str, str], at: dt.datetime) -> str:
    """What its numbers show, where a rule has them; of what is open and overdue, whether it can still be done."""
    if "evidence" in words and row["outcome"] in ("met", "missed_open"):
        return f"shown_{row['outcome']}"
    if row["outcome"] != "missed_open":
        return str(row["outcome"])
    if can_mend(row, at):
        return "missed_open_mendable"
    return "missed_open_slot" if row["source_table"] in SLOTS else "missed_open"


def _times(row: Mapping[str, Any], lang: str, at: dt.datetime, is_short: bool) -> dict[str, str]:
    due_at = row["due_at"] if present(row["due_at"]) else at
    return {
        "over": long_span(at - due_at, lang),
        "left": long_span(due_at - at, lang),
        "start_at": moment(row["start_at"], row.get("start_precision") or "second", lang, at.year, is_short),
        "due_at": deadline(row, lang, at.year, is_short),
        "done_at": moment(row["done_at"], row.get("done_precision") or "second", lang, at.year, is_short),
        "late": late(row, lang),
        "reason": reason(row, lang),
        "span": say(
            f"sentence.span{'_listed' if is_short else ''}",
            lang,
            first=day(row["start_at"], lang, at.year, is_short),
            last=day(row["due_on"], lang, at.year, is_short),
        ),
    }


def request_code(row: Mapping[str, Any]) -> str:
    """By what a correction of an obligation row is asked for; '' for what is neither missed nor undecidable."""
    return code(row["rule_id"], row["source_table"], row["source_id"]) if row["outcome"] in ASKED else ""


def setting_name(name: str, lang: str) -> str:
    """A setting's name in words; one of an office's own rule as it stands there."""
    key = f"setting.{name}"
    return say(key, lang) if key in catalogue() else name


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
