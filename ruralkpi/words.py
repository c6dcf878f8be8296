"""One sentence for one obligation: which record, what was owed, by when, what became of it."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from ruralkpi.intake.contract import built_in
from ruralkpi.texts import catalogue, say

SLOTS = ("key_slot", "report_week")  # spans of time: once over, nothing can be done in them any more
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
    given = _given(row, customer_name, lang)
    parts = {name: text.format(**given) for name, text in words.items()} | _times(row, lang)
    parts["thing"] = things or parts["thing"]
    usual = _head(row, words)
    chosen = usual if head == "headed" and usual != "record" else head or usual
    return say(f"sentence.{chosen}", lang, **parts) + say(f"sentence.{_tail(row)}", lang, **parts)


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


def record(row: Mapping[str, Any]) -> str:
    """The record's number as its system knows it; of a key made up here, what the reader does not know already.

    That is without the agent it begins with, or without the month or day it ends with.
    """
    source_id, own = row["source_id"] or "", f"{row['agent_id']}/"
    if source_id.startswith(own):
        return source_id.removeprefix(own).replace("/", " ")
    return source_id if row["source_table"] in built_in() else _MADE_UP.sub("", source_id)


def flags(row: Mapping[str, Any]) -> str:
    """A row's flags but for two: a restatement is shown by a sign of its own, what only the area owes by its owner."""
    return " ".join(code for code in (row["flags"] or "").split() if code not in ("restated", "area_only"))


def flag_words(codes: str, lang: str) -> str:
    """Flags in words; one that the catalogue does not know stays as it is."""
    known = [say(f"flag.{code}", lang) if f"flag.{code}" in catalogue() else code for code in codes.split()]
    return say("card.comma", lang).join(known)


def _given(row: Mapping[str, Any], customer_name: str | None, lang: str) -> dict[str, str]:
    return {
        "source_id": record(row),
        "customer": customer_name or row["customer_id"] or "",
        "due_day": day(row["due_on"], lang),
    }


def _head(row: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """A slot is told by its span, a record by its start, and what has no start by its deadline alone."""
    if row["source_table"] == "key_slot":
        return "slot"
    return "record" if "start" in words else "dated"


def _tail(row: Mapping[str, Any]) -> str:
    """A slot that has passed can't be made good any more; a record still can."""
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


def present(value: Any) -> bool:
    """Whether a cell holds a value: pandas' NaT and NaN do not."""
    return value is not None and value == value


def day(value: Any, lang: str) -> str:
    """10 月 5 日, or 5 Oct."""
    return say("sentence.day", lang, month=say(f"month.{value.month}", lang), day=value.day) if present(value) else "—"


def moment(value: Any, precision: str, lang: str) -> str:
    """A time to the exactness it was recorded with."""
    if not present(value):
        return "—"
    if precision == "day":
        return day(value, lang)
    clock = f"{value:%H:%M:%S}" if precision == "second" and value.second else f"{value:%H:%M}"
    return f"{day(value, lang)} {clock}"


def deadline(row: Mapping[str, Any], lang: str) -> str:
    """The deadline as people say it: the 24:00 of a day rather than the 00:00 of the next."""
    due_at, due_on = row["due_at"], row["due_on"]
    if not present(due_at) or not present(due_on):
        return "—"
    last = due_on.date() if isinstance(due_on, dt.datetime) else due_on
    if due_at.date() > last:
        return f"{day(due_on, lang)} 24:00"
    return moment(due_at, "second", lang)


def late(row: Mapping[str, Any], lang: str) -> str:
    """How late: days for days, else hours, minutes and seconds that are not zero."""
    if not present(row["done_at"]) or not present(row["due_at"]):
        return ""
    if row.get("done_precision") == "day":
        last = row["due_on"].date() if isinstance(row["due_on"], dt.datetime) else row["due_on"]
        return say("unit.day", lang, n=(row["done_at"].date() - last).days)
    return duration(row["done_at"] - row["due_at"], lang)


def duration(span: dt.timedelta, lang: str) -> str:
    """3 天 4 小时, 29 小时 20 分钟, 1 秒: two units at most."""
    seconds = max(int(span.total_seconds()), 0)
    units = [("day", 86400), ("hour", 3600), ("minute", 60), ("second", 1)]
    if seconds < 3 * 86400:
        units = units[1:]
    parts = []
    for unit, size in units:
        number, seconds = divmod(seconds, size)
        if number:
            parts.append(say(f"unit.{unit}", lang, n=number))
    return " ".join(parts[:2]) or say("unit.second", lang, n=0)


def reason(row: Mapping[str, Any], lang: str) -> str:
    """Why a row is exempt, void or undecidable; an approver's code stays as it is."""
    code = row["reason"]
    if not present(code) or not code:
        return ""
    if code.startswith("no_column_"):
        name = code.removeprefix("no_column_")
        export = built_in().get(row["source_table"])
        column = export.columns.get(name) if export else None
        return say("reason.no_column", lang, column=column.title if column and lang == "zh" else name)
    key = f"reason.{code}"
    return say(key, lang) if key in catalogue() else code
