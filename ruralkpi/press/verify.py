"""After rendering: the ids and figures in the files are the mart's, or the card fails.

The expected figures come from a query of their own, not from the notebook: a card that shows another agent's
numbers can't pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from ruralkpi.month.planned import Expected
from ruralkpi.press.printing.pdf import visible
from ruralkpi.texts import say


class MismatchError(Exception):
    """A file doesn't hold what the mart holds."""


def check_html(html: str, expected: Expected, lang: str) -> None:
    """Raise MismatchError unless the page shows the expected agent, month, figures and number of misses."""
    _check(visible(html), "HTML", expected, lang)
    listed = sum(int(n) for n in re.findall(r'<tr class="rk-miss" data-n="(\d+)">', html))
    if listed != expected.missed_n:
        _fail("HTML", "missed", listed, expected.missed_n)


def check_pdf(path: Path, expected: Expected, lang: str) -> None:
    """The same for the text of a PDF, read up to the page on which the table of figures ends."""
    text = ""
    for page in _pages(path):
        text += page + "\n"
        if _is_whole(text, lang):
            break
    _check(text, "PDF", expected, lang)


def _pages(path: Path) -> Iterator[str]:
    import pypdfium2

    document = pypdfium2.PdfDocument(path)
    try:
        for page in document:
            yield page.get_textpage().get_text_range()
    finally:
        document.close()


def _check(text: str, file: str, expected: Expected, lang: str) -> None:
    bare = re.sub(r"\s", "", text)
    year, month = expected.month.split("-")
    title = re.sub(r"\s", "", say("card.title", lang, year=year, month=int(month)) + "·" + expected.agent_id)
    if title not in bare:
        _fail(file, "agent", bare[:60], title)
    found = figures(text, lang)
    if found != expected.figures:
        _fail(file, "met/owed", found, expected.figures)


def figures(text: str, lang: str) -> list[tuple[int, int]]:
    """The kept/owed pairs of the rules table in a page's text, in order; last month's stand in brackets."""
    start, end = _bounds(lang)
    table = re.split(end, re.split(start, text, maxsplit=1)[-1], maxsplit=1)[0]
    return [(int(met), int(owed)) for met, owed in re.findall(r"(?<![(\d])(\d+)\s*/\s*(\d+)", table)]


def _is_whole(text: str, lang: str) -> bool:
    """Whether the rules table has begun and ended: what follows holds no figure that is compared."""
    start, end = _bounds(lang)
    before, *after = re.split(start, text, maxsplit=1)
    return bool(after and re.search(end, after[0]))


def _bounds(lang: str) -> tuple[str, str]:
    """Patterns of the headings between which the rules table stands, however their lines are broken."""
    start, *ends = (
        r"\s*".join(map(re.escape, re.sub(r"\s", "", say(f"card.{name}", lang))))
        for name in ("trend", "undone", "due", "cadence")
    )
    return start, "|".join(ends)


def _fail(file: str, what: str, found: object, expected: object) -> None:
    raise MismatchError(say("card.mismatch", file=file, what=what, found=found, expected=expected))
