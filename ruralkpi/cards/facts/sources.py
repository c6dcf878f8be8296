"""Files and rows that a card's sentences name, and the letters that stand for long names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count

from ruralkpi.cards.facts.choices import choices
from ruralkpi.cards.facts.told import Entry
from ruralkpi.checks.again import why
from ruralkpi.sql import Row
from ruralkpi.texts import letters, say


def lettered(entries: Iterable[Entry], mend: Iterable[Row]) -> dict[str, str]:
    """The letter of each file beside entries, in their order, and then of rows that were kept out."""
    named_there = [*(file for entry in entries for file in named(entry)), *(row["file"] for row in mend)]
    return dict(zip(dict.fromkeys(named_there), map(letters, count()), strict=False))


def kept_out(mend: Iterable[Row], files: dict[str, str], lang: str) -> list[tuple[str, str]]:
    """Rows that were kept out, those of a file with the same fault together; and what is wrong with them."""
    found: dict[tuple[str, str], list[int]] = {}
    for row in mend:
        what = why(row["source_table"], row["code"].split(), row["texts"], lang)
        found.setdefault((row["file"], what), []).append(row["row"])
    comma = say("card.comma", lang)
    return [(f"{files[file]} {comma.join(f'{n:,}' for n in rows)}", what) for (file, what), rows in found.items()]


def source(entry: Entry, name: Callable[[str], str], lang: str, row: str = "card.row") -> str:
    """Files and rows of an entry; how a file is called is asked of `name`: '' for one that a heading names already."""
    parts, shown = [], named(entry, name)
    for file in shown:
        rows = sorted(set(entry.files[file]))
        told = say(row, lang, row=say("card.comma", lang).join(f"{one:,}" for one in rows)) if rows else ""
        parts.append(" ".join(filter(None, [name(file), told])))
    parts += [say("card.files_more", lang, n=len(entry.files))] if len(shown) < len(entry.files) else []
    return say("card.semicolon", lang).join(filter(None, parts))


def named(entry: Entry, name: Callable[[str], str] = str) -> list[str]:
    """The files that are told beside an entry, one that a heading names first; of too many the first ones."""
    found, most = sorted(entry.files, key=lambda file: (name(file) != "", file)), choices().files_most
    return found if len(found) <= most else found[: most - 1]
