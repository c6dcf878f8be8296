"""Obligations told in sentences: what was missed, and what stands outside the rate; alike ones in one sentence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from ruralkpi.book.reading import MISSED
from ruralkpi.book.times import late
from ruralkpi.book.words import flag_words, flags, halves, is_unnumbered, request_code, templates, thing
from ruralkpi.cards.facts.content import Content
from ruralkpi.cards.facts.figures import place
from ruralkpi.cards.facts.whom import are_parts, by_place, customers, first_of, names
from ruralkpi.sql import Row
from ruralkpi.texts import say


@dataclass(frozen=True)
class Entry:
    """One or several obligations in one sentence, in two halves: what was owed, what became of it.

    n: how many; files: the files' rows they came from; late: how late, in words; codes: by which a correction is asked for.
    """

    rule: Row
    row: Row
    owed: str
    done: str
    n: int
    files: dict[str, list[int]]
    late: str = ""
    codes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The whole sentence."""
        return self.owed + self.done


@dataclass(frozen=True)
class Group:
    """A rule's entries, and the file that most of them came from."""

    rule: Row
    entries: list[Entry]
    file: str | None

    @property
    def n(self) -> int:
        return sum(entry.n for entry in self.entries)

    @property
    def done(self) -> str:
        """What became of all entries alike, where there are several: it is said once."""
        ends = {entry.done for entry in self.entries}
        return ends.pop() if len(self.entries) > 1 and len(ends) == 1 else ""

    def parts(self, most: int = 6) -> list[list[Entry]]:
        """The entries in order, in parts of a size that a page is not cut in; none has one entry beside others with more.

        >>> [len(part) for part in Group({}, [Entry({}, {}, "", "", 1, {})] * 13, None).parts()]
        [6, 5, 2]
        """
        cuts = list(range(0, len(self.entries), most))
        if len(self.entries) - cuts[-1] == 1 and len(cuts) > 1:
            cuts[-1] -= 1
        return [self.entries[a:b] for a, b in zip(cuts, [*cuts[1:], None], strict=True)]


def missed(content: Content, rules: dict[str, Row], lang: str) -> list[Group]:
    """All of the month's misses in the card's order, then by deadline."""

    def key(row: Row) -> tuple[Any, ...]:
        whose = (row["rule_id"], row["agent_id"], row["outcome"], row["flags"])
        if row["outcome"] == "missed_open" and "start" not in templates(rules[row["rule_id"]], lang):
            return (*whose, row["start_at"] if row["source_table"] == "key_slot" else None, row["due_at"])
        return (*whose, row["source_id"], row["due_at"], row["customer_id"])

    return _grouped(_together(_rows(content, rules, MISSED), key, content, rules, lang))


def aside(content: Content, rules: dict[str, Row], lang: str) -> list[Entry]:
    """The month's exempt and undecidable obligations, those of one rule and reason together."""

    def key(row: Row) -> tuple[Any, ...]:
        slot = (row["start_at"], row["due_at"]) if row["source_table"] == "key_slot" else None
        return row["rule_id"], row["outcome"], row["reason"], slot

    return _together(_rows(content, rules, ("exempt", "unknown")), key, content, rules, lang)


def _grouped(entries: list[Entry]) -> list[Group]:
    groups = []
    for _, some in groupby(entries, key=lambda entry: entry.rule["rule_id"]):
        members = list(some)
        files = Counter(file for entry in members for file in entry.files)
        common = min(files, key=lambda file: (-files[file], file)) if files else None
        groups.append(Group(members[0].rule, members, common))
    return groups


def _together(
    rows: list[Row], key: Callable[[Row], tuple[Any, ...]], content: Content, rules: dict[str, Row], lang: str
) -> list[Entry]:
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return [_entry(group, content, rules[group[0]["rule_id"]], lang) for group in groups.values()]


def _rows(content: Content, rules: dict[str, Row], outcomes: Iterable[str]) -> list[Row]:
    found = [
        row for row in content.rows if row["month"] == content.month and row["outcome"] in outcomes and row["rule_id"] in rules
    ]
    return sorted(found, key=lambda row: (place(rules[row["rule_id"]]), rules[row["rule_id"]]["rule_no"]))


def _entry(alike: list[Row], content: Content, rule: Row, lang: str) -> Entry:
    row, files, codes = alike[0], _files(alike), _codes(alike)
    if row["source_table"] == "key_slot":
        owed, done = halves(row, rule, names(alike, content, lang), lang, head="headed", at=content.as_of)
        return Entry(rule, row, owed, done, len(alike), files, codes=codes)
    things = _things(alike, content, rule, lang) if len(alike) > 1 else ""
    head = "list" if len({one["due_at"] for one in alike}) > 1 else "headed"
    owed, done = halves(row, rule, customers(alike[:1], content, lang), lang, things, head, at=content.as_of)
    noted = flag_words(flags(row), lang)
    done += say("card.in_brackets", lang, text=noted) if noted else ""
    return Entry(rule, row, owed, done, len(alike), files, late(row, lang) if row["outcome"] == "missed_late" else "", codes)


def _codes(alike: list[Row]) -> tuple[str, ...]:
    return tuple(filter(None, map(request_code, alike)))


def _files(alike: list[Row]) -> dict[str, list[int]]:
    files: dict[str, list[int]] = {}
    for row in alike:
        if row["file"]:
            files.setdefault(row["file"], []).extend([] if row["row"] is None else [row["row"]])
    return files


def _things(alike: list[Row], content: Content, rule: Row, lang: str) -> str:
    """What several rows are about: 'agreement A (x), B (y)'; parts of one place in brackets after it."""
    first = templates(rule, lang)["thing"].partition("{")[0]
    if are_parts(alike):
        return first + by_place(alike, content, lang)
    if all(map(is_unnumbered, alike)):
        return first + say("sentence.unnumbered_many", lang, n=len(alike))
    told = dict.fromkeys(thing(row, rule, customers([row], content, lang), lang) for row in alike)
    return first_of([text if i == 0 else text.removeprefix(first) for i, text in enumerate(told)], lang)
