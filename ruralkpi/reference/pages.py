"""All pages of the reference."""

from __future__ import annotations

from pathlib import Path

import duckdb

from ruralkpi.reference import commands, errors, python, rules, tables, words
from ruralkpi.texts import LANGUAGES
from ruralkpi.whole import write


def pages(con: duckdb.DuckDBPyConnection | None) -> dict[str, str]:
    """Path below docs/ → text; `con` is on a book, whose data don't matter: without it the page of its tables is left out."""
    found: dict[str, str] = {}
    for lang in LANGUAGES:
        own = dict(rules.pages(lang))
        own |= {"exports.md": tables.of_exports(lang), "python.md": python.of_python(lang)}
        own |= {} if con is None else {"tables.md": tables.of_book(con, lang)}
        own |= {"commands.md": commands.of_commands(lang), "settings.md": commands.of_settings(lang)}
        own |= {"errors.md": errors.of_errors(lang), "words.md": words.of_words(lang), "spellings.md": words.of_spellings(lang)}
        found |= {f"{lang}/{name}": text for name, text in own.items()}
    return found


def write_pages(con: duckdb.DuckDBPyConnection, docs: Path) -> list[str]:
    """Write them below `docs`, and take away those of rules that are no more. Returns what changed."""
    made, changed = pages(con), []
    for name, text in made.items():
        path = docs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            write(path, text)
            changed.append(name)
    for lang in LANGUAGES:
        for path in (docs / lang / "rules").glob("*.md"):
            if f"{lang}/rules/{path.name}" not in made:
                path.unlink()
                changed.append(f"{lang}/rules/{path.name}")
    return changed
