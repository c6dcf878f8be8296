"""HTML to PDF with PlutoPrint: our two fonts only, nothing fetched, no clock."""

from __future__ import annotations

import io
import os
import re
from datetime import datetime
from functools import cache

import plutoprint

from ruralkpi.press.printing import fonts

_FONT_URL = "ruralkpi:font/"


class _Fetcher(plutoprint.ResourceFetcher):
    """Answers for a card's own rare-character font and refuses everything else."""

    def __init__(self, rare: frozenset[str]) -> None:
        super().__init__()
        self.rare = rare

    def fetch_url(self, url: str) -> plutoprint.ResourceData:
        weight = url.removeprefix(_FONT_URL)
        if not url.startswith(_FONT_URL) or not weight.isdigit():
            raise ValueError(f"a card fetches nothing: {url[:80]}")
        return plutoprint.ResourceData(fonts.rare_font(self.rare, int(weight)), "font/otf", "")


@cache
def set_up() -> None:
    """Point PlutoPrint at our fonts; before the first PDF of a process."""
    os.environ.pop("FONTCONFIG_FILE", None)
    plutoprint.plutobook_set_fontconfig_path(str(fonts.folder()))


def to_pdf(html: str, as_of: datetime, title: str) -> bytes:
    """The PDF of a card's page, whose characters all must be drawable (fonts.drawable); a file by itself leads to no other."""
    html = re.sub(r'<a href="[^#"][^"]*"', "<a", html)
    text = visible(html)
    set_up()
    rare = fonts.needed(text)
    book = plutoprint.Book(plutoprint.PAGE_SIZE_A4)
    book.custom_resource_fetcher = _Fetcher(rare)
    book.load_html(html, user_style=_faces(bool(rare)), base_url="file:///card.html")
    for field, value in (
        (plutoprint.PDF_METADATA_TITLE, title),
        (plutoprint.PDF_METADATA_CREATOR, "ruralkpi"),
        (plutoprint.PDF_METADATA_CREATION_DATE, as_of.isoformat() + "+08:00"),
        (plutoprint.PDF_METADATA_MODIFICATION_DATE, as_of.isoformat() + "+08:00"),
    ):
        book.set_metadata(field, value)
    out = io.BytesIO()
    book.write_to_pdf_stream(out)
    return out.getvalue()


def _faces(has_rare: bool) -> str:
    family = f'"{fonts.FAMILY}"' + (f',"{fonts.RARE}"' if has_rare else "")
    faces = (
        "".join(
            f'@font-face{{font-family:"{fonts.RARE}";font-weight:{weight};src:url("{_FONT_URL}{weight}")}}'
            for weight in fonts.WEIGHTS
        )
        if has_rare
        else ""
    )
    return f"{faces}body,.rk{{font-family:{family}!important}}"


def visible(html: str) -> str:
    """The page's text: no style, no tags, entities resolved."""
    from html import unescape

    bare = re.sub(r"<style>.*?</style>", "", html, flags=re.S)
    return unescape(re.sub(r"<[^>]*>", " ", bare))
