"""Words that are read, and how times, birthdays, amounts and ids may be written."""

from __future__ import annotations

from collections.abc import Iterator

from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import Column
from ruralkpi.exports.vocabulary import shared
from ruralkpi.intake.spelling_table import rows
from ruralkpi.reference.markdown import anchor, code, heading, heads, page, table
from ruralkpi.texts import say


def of_words(lang: str) -> str:
    """words.md: every closed list of words, a table an export; then the words that all columns share."""
    blocks = []
    for export in built_in().values():
        lines = [row for column in export.columns.values() for row in _rows(export.name, column, lang)]
        if lines:
            title = f"{export.title} {code(export.name)}" if lang == "zh" else code(export.name)
            blocks += [heading(2, title, export.name), table(heads(lang, "column", "meaning", "words"), lines)]
    for section in ("flag", "blank", "hotline"):
        lists = {key: words for key, words in shared()[section].items() if key != "columns"}
        lines = [[code(key), "　".join(words)] for key, words in lists.items()]
        blocks += [heading(2, say(f"reference.shared.{section}", lang), section), table(heads(lang, "meaning", "words"), lines)]
    return page("words", lang, *blocks)


def _rows(export: str, column: Column, lang: str) -> Iterator[list[str]]:
    common = {*shared()["flag"]["true"], *shared()["flag"]["false"], *shared()["hotline"]["words"]}
    for meaning, words in column.words.meanings.items() if column.words else ():
        own = [word for word in words if word not in common or meaning not in ("true", "false", "hotline")]
        if own:
            several = f"（{say('reference.several', lang)}）" if column.words and column.words.is_list else ""
            title = f"{column.title} {code(column.name)}" if lang == "zh" else code(column.name)
            yield [f"{anchor(f'{export}.{column.name}.{meaning}')}{title}{several}", code(meaning), "　".join(own)]


def of_spellings(lang: str) -> str:
    """spellings.md: as written, as read; made by reading them."""
    return page("spellings", lang, table(heads(lang, "written", "read", "note"), rows(lang)))
