"""What is due next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from ruralkpi.book.words import record
from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.content import Content
from ruralkpi.cards.facts.whom import are_parts, by_place, customers, first_of, names, own_key
from ruralkpi.sql import Row


@dataclass(frozen=True)
class Due:
    """Pending obligations of one rule that fall due together."""

    rule: Row
    when: str
    rows: list[Row]
    is_soon: bool = False

    @property
    def n(self) -> int:
        return len(self.rows)


def due(content: Content, rules: dict[str, Row]) -> list[Due]:
    """Pending obligations, soonest first; a rule's that fall due at the same time stand together."""
    rows = [row for row in _pending(content, rules) if not _is_far(row, content)]

    def key(row: Row) -> tuple[Any, ...]:
        return row["due_at"], rules[row["rule_id"]]["rule_no"], row["rule_id"]

    groups = [(rule_id, list(group)) for (_, _, rule_id), group in groupby(sorted(rows, key=key), key=key)]
    until = content.as_of + timedelta(days=choices().soon_d)
    return [
        Due(rules[rule_id], due_words(group[0], content.as_of), group, group[0]["due_at"] <= until) for rule_id, group in groups
    ]


def listed(rows: list[Row], content: Content, lang: str) -> str:
    """Records and customers of obligations that fall due together, in one line; of many records the first."""
    if all(row["source_table"] == "key_slot" for row in rows):
        return names(rows, content, lang)
    if len(rows) > 1 and are_parts(rows):
        return by_place(rows, content, lang)
    words = [" ".join(filter(None, ["" if own_key(row) else record(row, lang), customers([row], content, lang)])) for row in rows]
    return first_of(list(filter(None, dict.fromkeys(words))), lang)


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
    if due_at == datetime.combine(row["due_on"] + timedelta(days=1), datetime.min.time()):
        return due_day(row, as_of)
    return f"{due_day(row, as_of)}\u00a0{due_at:%H:%M}"


def due_day(row: Row, as_of: datetime) -> str:
    """'11-08', with the year where it is another one."""
    return f"{row['due_on']:%m-%d}" if row["due_on"].year == as_of.year else f"{row['due_on']:%Y-%m-%d}"
