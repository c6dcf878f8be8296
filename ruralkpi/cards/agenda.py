"""What was missed, what is uncounted, what is due next, and what needs doing first."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from ruralkpi.cards.choices import choices
from ruralkpi.cards.content import Content, Row
from ruralkpi.cards.figures import place
from ruralkpi.masking import mask_name
from ruralkpi.texts import say
from ruralkpi.words import sentence

MISSED = ("missed_late", "missed_open")


@dataclass(frozen=True)
class Entry:
    """One obligation with its sentence and where its record stands; n that are alike share one entry."""

    rule: Row
    row: Row
    text: str
    n: int = 1


@dataclass(frozen=True)
class Due:
    """Pending obligations of one rule that fall due together."""

    rule: Row
    when: str
    rows: list[Row]


def missed(content: Content, rules: dict[str, Row], lang: str) -> list[Entry]:
    """All of the month's misses in the card's order, then by deadline; those that are alike are told together."""
    return _together(_rows(content, rules, MISSED), _alike, content, rules, lang)


def aside(content: Content, rules: dict[str, Row], lang: str) -> list[Entry]:
    """The month's exempt and undecidable obligations; a slot that many customers share is one entry."""

    def key(row: Row) -> tuple[Any, ...]:
        single = None if row["source_table"] == "key_slot" else row["source_id"]
        return row["rule_id"], row["start_at"], row["due_at"], row["outcome"], row["reason"], single

    return _together(_rows(content, rules, ("exempt", "unknown")), key, content, rules, lang)


def _alike(row: Row) -> tuple[Any, ...]:
    """What has no record of its own (slots, villages) by deadline; a record's deadlines that all passed by record."""
    whose = (row["rule_id"], row["agent_id"], row["outcome"])
    if row["outcome"] == "missed_open" and row["file"] is None:
        return (*whose, row["start_at"], row["due_at"])
    if row["outcome"] == "missed_open" and "/" in (row["source_id"] or ""):
        return (*whose, row["file"], row["row"], row["source_id"].rpartition("/")[0])
    return (*whose, row["source_id"], row["due_at"], row["customer_id"])


def _together(
    rows: list[Row], key: Callable[[Row], tuple[Any, ...]], content: Content, rules: dict[str, Row], lang: str
) -> list[Entry]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return [_entry(group, content, rules, lang) for group in groups.values()]


def _rows(content: Content, rules: dict[str, Row], outcomes: Iterable[str]) -> list[Row]:
    found = [
        row for row in content.rows if row["month"] == content.month and row["outcome"] in outcomes and row["rule_id"] in rules
    ]
    return sorted(found, key=lambda row: (place(rules[row["rule_id"]]), rules[row["rule_id"]]["rule_no"]))


def _entry(alike: list[Row], content: Content, rules: dict[str, Row], lang: str) -> Entry:
    row, comma = alike[0], say("card.comma", lang)
    rule = rules[row["rule_id"]]
    if len({one["due_at"] for one in alike}) > 1:  # one record, many deadlines
        more = comma.join(f"{one['due_on']:%m-%d}" for one in alike[1:])
        text = sentence(row, rule, _name(row, rule, content, lang), lang) + say(
            "card.and_again", lang, n=len(alike) - 1, days=more
        )
        return Entry(rule, row, text, len(alike))
    names = dict.fromkeys(_name(one, rule, content, lang) for one in alike if one["customer_id"])
    ids = dict.fromkeys(one["source_id"] or "" for one in alike)
    row = {**row, "source_id": comma.join(ids)}
    return Entry(rule, row, sentence(row, rule, comma.join(names), lang), len(alike))


def _name(row: Row, rule: Row, content: Content, lang: str) -> str:
    """The customer, masked, with the attempts of the slot that came to nothing."""
    name = mask_name(row["customer_name"]) if row["customer_name"] else row["customer_id"] or ""
    if row["source_table"] != "key_slot" or row["outcome"] != "missed_open":
        return name
    kind = "call" if rule["dimension"] == "call" else "onsite"
    days = [
        day
        for told, _, day in (one.partition(" ") for one in (content.touches.get(row["customer_id"]) or {}).get("attempts") or [])
        if told == kind and f"{row['start_at']:%Y-%m-%d}" <= day <= f"{row['due_on']:%Y-%m-%d}"
    ]
    if not days:
        return name
    said = say("card.comma", lang).join(dict.fromkeys(day[5:] for day in days))
    return name + say(f"card.attempt.{kind}", lang, days=said)


def due(content: Content, rules: dict[str, Row]) -> list[Due]:
    """Pending obligations, soonest first; a rule's that fall due at the same time stand together."""
    rows = [row for row in _pending(content, rules) if not _is_far(row, content)]

    def key(row: Row) -> tuple[Any, ...]:
        return row["due_at"], rules[row["rule_id"]]["rule_no"], row["rule_id"]

    groups = [(rule_id, list(group)) for (_, _, rule_id), group in groupby(sorted(rows, key=key), key=key)]
    return [Due(rules[rule_id], due_words(group[0], content.as_of), group) for rule_id, group in groups]


def later_n(content: Content, rules: dict[str, Row]) -> int:
    """How many pending obligations fall due after the days that the card lists."""
    return sum(_is_far(row, content) for row in _pending(content, rules))


def _pending(content: Content, rules: dict[str, Row]) -> list[Row]:
    return [row for row in content.rows if row["outcome"] == "pending" and row["rule_id"] in rules]


def _is_far(row: Row, content: Content) -> bool:
    return bool(row["due_at"] > content.as_of + timedelta(days=choices().due_within_d))


def due_words(row: Row, as_of: datetime) -> str:
    """'11-08' for a deadline at the end of a day, else '11-03 10:12'; with the year where it is another one."""
    due_at: datetime = row["due_at"]
    year = "" if row["due_on"].year == as_of.year else f"{row['due_on']:%Y}-"
    if due_at == datetime.combine(row["due_on"] + timedelta(days=1), datetime.min.time()):
        return f"{year}{row['due_on']:%m-%d}"
    return f"{year}{due_at:%m-%d\u00a0%H:%M}"


def first_steps(content: Content, rules: dict[str, Row], n: int = 2) -> list[tuple[str, Row, int, str]]:
    """At most n steps as (kind, rule, how many, deadline): overdue records still open, then the soonest due."""
    open_rows = [
        row
        for row in content.rows
        if row["outcome"] == "missed_open"
        and row["month"] == content.month
        and row["source_table"] != "key_slot"
        and row["rule_id"] in rules
    ]
    steps = []
    for rule_id in sorted({row["rule_id"] for row in open_rows}, key=lambda rule_id: rules[rule_id]["rule_no"]):
        steps.append(("overdue", rules[rule_id], sum(row["rule_id"] == rule_id for row in open_rows), ""))
    steps += [("due", group.rule, len(group.rows), group.when) for group in due(content, rules)]
    return steps[:n]
