"""A card's page as its notebook would make it, without running one."""

from __future__ import annotations

from pathlib import Path

import pypdfium2
from nbformat.v4 import new_code_cell, new_notebook, new_output

from ruralkpi.cards.facts.content import Content
from ruralkpi.cards.page import page
from ruralkpi.cards.show import SECTIONS, Card
from ruralkpi.pages.imprint import Imprint


def page_of(content: Content, lang: str = "zh") -> str:
    """The HTML of one agent's card."""
    card, imprint = Card(content, lang), Imprint(content.as_of, content.meta["rules_version"])
    shown = [new_output("display_data", data={"text/html": getattr(card, name)._repr_html_()}) for name in SECTIONS]
    book = new_notebook(cells=[new_code_cell(outputs=[one]) for one in shown])
    return page(book, content.person["agent_id"], content.month, imprint, lang)


def pdf_text(path: Path) -> str:
    """A PDF's text, page after page."""
    document = pypdfium2.PdfDocument(path)
    try:
        return "\n".join(one.get_textpage().get_text_range() for one in document)
    finally:
        document.close()
