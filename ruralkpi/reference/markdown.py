"""Markdown that reads well in a repository and on a site: anchors of our own, tables, headings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ruralkpi.texts import say

MADE = "<!-- make reference -->"  # the first line of a page that nobody writes by hand


def page(key: str, lang: str, *blocks: str, **values: object) -> str:
    """A page with its title and lead (`reference.KEY_title`, `reference.KEY_lead`) and its blocks."""
    head = [MADE, f"# {say(f'reference.{key}_title', lang)}", say(f"reference.{key}_lead", lang, **values)]
    return "\n\n".join(block.strip("\n") for block in [*head, *blocks] if block.strip()) + "\n"


def anchor(name: str) -> str:
    """A place that links may lead to, the same in both languages."""
    return f'<a id="{name}"></a>'


def heading(level: int, text: str, name: str) -> str:
    """A heading with its anchor."""
    return f"{'#' * level} {anchor(name)}{text}"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars and line ends in cells do it no harm."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)


def code(text: str) -> str:
    """Text as it is typed."""
    return f"`{text}`" if text else ""


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split()) or " "


def heads(lang: str, *names: str) -> list[str]:
    """The heads of a table, texts under `reference.head`."""
    return [say(f"reference.head.{name}", lang) for name in names]
