"""What needs doing, one matter an item: who waits for what, since when; what can be saved this week; what stays undone.

A complaint, a fault, an agreement is one matter, whatever is owed on it; the customers of one slot are one together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from itertools import groupby
from typing import Any

from ruralkpi.book.times import day, deadline, long_span
from ruralkpi.book.words import OF, can_mend, numbers, record_key, templates, thing
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content
from ruralkpi.cards.facts.whom import customers, names
from ruralkpi.sql import Row
from ruralkpi.texts import say

_SLOT = 2.5  # a slot that can still be kept comes before a record that is missing
Who = Callable[[Row], str]
_APART = ("visits", "calls")  # a question, a promise and the record of one visit are three things to do
_TOGETHER = ("key_slot", "greeting_day")


@dataclass(frozen=True)
class Matter:
    """Obligations of one record, or of one slot: `row` is the one that says most, `rows` are all."""

    rule: Row
    row: Row
    rows: list[Row]
    is_overdue: bool


@dataclass(frozen=True)
class Carried:
    """One line of what stays undone of earlier months: matters of a rule, the oldest first, and how long it is overdue."""

    rule: Row
    rows: list[Row]
    text: str
    over: str

    @property
    def row(self) -> Row:
        return self.rows[0]

    @property
    def n(self) -> int:
        return len(self.rows)


def open_rows(content: Content, rules: dict[str, Row]) -> list[Row]:
    """What is overdue and can still be done, and what is pending."""
    rows = [row for row in content.rows if row["rule_id"] in rules]
    return [row for row in rows if row["outcome"] == "pending" or is_left_undone(row, content)]


def is_left_undone(row: Row, content: Content) -> bool:
    """Whether a row is overdue, not done, and can still be made good (section 6)."""
    return row["outcome"] == "missed_open" and can_mend(row, content.as_of)


def matters(rows: Iterable[Row], rules: dict[str, Row]) -> list[Matter]:
    """The rows as matters; of a record's several the overdue one that is gravest stands for it."""

    def key(row: Row) -> tuple[str, ...]:
        if row["source_table"] in _TOGETHER:
            return "", row["rule_id"], f"{row['agent_id'] or ''} {row['due_at']}"
        own = row["rule_id"] if row["source_table"] in _APART else ""
        return str(OF.get(row["source_table"], row["source_table"])), own, row["customer_id"] or "", record_key(row)

    def weight(row: Row) -> tuple[bool, int, Any]:
        if row["outcome"] == "pending":
            return True, 0, row["due_at"]
        return False, rules[row["rule_id"]]["mend_no"], row["since_at"]

    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    found = []
    for some in groups.values():
        first = min(some, key=weight)
        found.append(Matter(rules[first["rule_id"]], first, some, first["outcome"] != "pending"))
    return found


def headlines(
    content: Content, rules: dict[str, Row], lang: str, who: Who | None = None, most: int | None = None
) -> tuple[list[str], str]:
    """At most `most` lines, and in words how many obligations more are overdue or fall due in the next days, '' for none:
    customers who wait, longest first; then what can be saved in the next days, soonest first; then what else is overdue,
    gravest first. `who` names whose it is, where several are told of."""
    most = most or choices().headlines
    until = content.as_of + timedelta(days=choices().soon_d)
    urgent = [row for row in open_rows(content, rules) if row["outcome"] != "pending" or row["due_at"] <= until]
    known = {rule_id: rule for rule_id, rule in rules.items() if rule["use"] == "S" or rule["mend_no"] == 1}
    found = matters(open_rows(content, known), known)
    waiting = sorted((one for one in found if _waits(one)), key=lambda one: (one.row["since_at"], one.row["source_id"]))
    ahead = [one for one in found if not one.is_overdue and not _waits(one) and one.row["due_at"] <= until]
    ahead.sort(key=lambda one: (one.row["due_at"], one.rule["mend_no"] or _SLOT, one.rule["rule_no"], one.row["source_id"]))
    late = [one for one in found if one.is_overdue and not _waits(one)]
    late.sort(key=lambda one: (one.rule["mend_no"], one.row["since_at"], one.row["source_id"]))
    chosen = [*waiting[: most - min(len(ahead), most // 2)], *ahead, *late][:most]
    told = {id(row) for one in chosen for row in one.rows}
    more = _more([row for row in urgent if id(row) not in told], rules, lang)
    return [_line(one, content, lang, who(one.row) if who else "") for one in chosen], more


def _more(rows: list[Row], rules: dict[str, Row], lang: str) -> str:
    """How many obligations are overdue, by what is still to be done, gravest first, and how many fall due."""
    known = (rules[row["rule_id"]] for row in rows if row["outcome"] != "pending")
    late = sorted(known, key=lambda rule: (rule["mend_no"], rule["mend"]))
    counts = Counter(f"card.more.{rule['mend']}" for rule in late)
    if ahead_n := len(rows) - len(late):
        counts["card.more.soon"] = ahead_n
    words = say("card.comma", lang).join(say(key, lang, n=n) for key, n in counts.items())
    return say("card.first_more", lang, words=words) if words else ""


def carried(content: Content, rules: dict[str, Row], lang: str) -> list[Carried]:
    """What earlier months left undone and can still be done, gravest and oldest first; many alike in one line."""

    def together(one: Matter) -> tuple[int, int]:
        return one.rule["mend_no"], one.rule["rule_no"] if one.rule["mend_no"] > 1 else 0

    rows = [
        row for row in content.rows if row["month"] < content.month and row["rule_id"] in rules and is_left_undone(row, content)
    ]
    found = sorted(matters(rows, rules), key=lambda one: (together(one), one.row["since_at"], one.row["source_id"]))
    lines: list[Carried] = []
    for (mend_no, _), group in groupby(found, key=together):
        some = list(group)
        is_apart = mend_no == 1 or len(some) <= choices().carried_apart
        lines += [_carried([one], content, lang) for one in some] if is_apart else [_carried(some, content, lang)]
    return lines


def _carried(some: list[Matter], content: Content, lang: str) -> Carried:
    first, told = some[0], _thing(some[0], content, lang, is_short=True)
    text = told if len(some) == 1 else say("sentence.and_more", lang, thing=told, n=len(some))
    over = long_span(content.as_of - min(one.row["due_at"] for one in some), lang)
    return Carried(first.rule, [one.row for one in some], text, over)


def _waits(one: Matter) -> bool:
    """Whether a customer waits: for a reply, a repair or a promise that is overdue, or for any news of a complaint."""
    if one.is_overdue:
        return bool(one.rule["mend_no"] == 1)
    return "silence" in templates(one.rule, "zh") and numbers(one.row).get("silent_h", 0) >= choices().silent_h


def _line(one: Matter, content: Content, lang: str, who: str) -> str:
    words, row, at = templates(one.rule, lang), one.row, content.as_of
    given = {
        "thing": _thing(one, content, lang),
        "done": words["done"],
        "waited": long_span(at - row["since_at"], lang),
        "due": deadline(row, lang, at.year),
        "left": long_span(row["due_at"] - at, lang),
        "silence": words.get("silence", "").replace(
            "{silent_h}", long_span(timedelta(hours=numbers(row).get("silent_h", 0)), lang)
        ),
    }
    kind = "soon" if not _waits(one) and not one.is_overdue else "waits" if one.is_overdue else "silent"
    return (f"{who}{say('card.colon', lang)}" if who else "") + say(f"sentence.{kind}", lang, **given)


def _thing(one: Matter, content: Content, lang: str, is_short: bool = False) -> str:
    """The record with whom it is about and since when; of a slot its customers, the first of many by name."""
    words, row = templates(one.rule, lang), one.row
    if row["source_table"] in _TOGETHER:
        shown = one.rows if len(one.rows) <= choices().named_most else one.rows[: choices().named_most - 1]
        told = names(shown, content, lang)
        return told if shown is one.rows else say("sentence.and_others", lang, thing=told, n=len(one.rows))
    begun = words.get("asked", words.get("start", ""))
    began = day(row["since_at"], lang, content.as_of.year, is_short)
    since = say("sentence.since", lang, since=began + " " * is_short, start=begun).strip() if begun else ""
    named = words.get("matter", words["thing"])
    told = thing(row, {**one.rule, f"words_{lang}": {**words, "thing": named}}, None, lang)
    beside = say("card.clause_comma", lang).join(filter(None, [customers([row], content, lang), since]))
    return told + (say("card.in_brackets", lang, text=beside) if beside else "")
