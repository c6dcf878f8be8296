"""What all pages share: templates with escaping on, style sheets, and the typography of numbers and their units."""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup, escape

from ruralkpi.masking import mask_customer, mask_id, mask_person, mask_phone, unmasked
from ruralkpi.texts import say, template


@cache
def style() -> str:
    """The card's style, scoped to its sections, as one <style> element."""
    return f"<style>{sheet('card')}</style>"


@cache
def sheet(name: str = "wide", room: str = "pages") -> str:
    """A style sheet, shared or a room's own, without comments and line breaks."""
    css = resources.files(f"ruralkpi.{room}").joinpath(f"templates/{name}.css").read_text(encoding="utf-8")
    return re.sub(r"\s*\n\s*", "", re.sub(r"/\*.*?\*/", "", css, flags=re.S))


@cache
def environment(room: str) -> jinja2.Environment:
    """A room's templates with escaping on: names in the data may hold markup."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader(f"ruralkpi.{room}"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters.update(
        keep=keep,
        strong=strong,
        hide=mask_phone,
        mask=lambda name: keep(mask_person(name)) if name else "—",
        customer=lambda name, is_firm: keep(mask_customer(name, is_firm)),
        number=mask_id,
        area=lambda place, lang: placed(place, "area", lang),
        county=lambda place, lang: placed(place, "county", lang),
        count=lambda n: f"{n:,}",
        percent=percent,
    )
    made.globals["masked"] = masked
    return made


def page_of(room: str, name: str, lang: str, **values: Any) -> str:
    """A room's page by the name of its template: with the style, the sheet of wide tables and texts whose units stay with their
    numbers, where `values` give no others."""
    frame = {"style": Markup(style()), "sheet": Markup(sheet()), "say": lambda key, **given: keep(say(key, lang, **given))}
    return environment(room).get_template(f"{name}.html.j2").render({"lang": lang, **frame, **values})


def masked(lang: str = "zh") -> str:
    """What a page says of names and phones on it."""
    return say("card.unmasked" if unmasked.is_on() else "card.masked", lang)


def placed(place: str | None, kind: str, lang: str = "zh") -> str:
    """An area's or county's name; that it is not known where the book has none (`-`). kind: area or county."""
    return place if place and place not in ("-", "—") else say(f"page.no_{kind}", lang)


def keep(text: str) -> str:
    """Spaces between a number and its unit, and before a row's number, become unbreakable."""
    return re.sub(r"(?<=[\d>]) (?=[\u4e00-\u9fff%¶])|(?<=第) (?=\d)|(?<=row) (?=\d)", "\u00a0", str(text))


def strong(text: str, part: str) -> Markup:
    """A text whose last `part` stands out and stays on one line."""
    before, found, after = text.rpartition(part) if part else (text, "", "")
    return Markup('{}<b class="n">{}</b>{}').format(*map(keep, (before, found, after))) if found else escape(keep(text))


def percent(share: float | None) -> str:
    """'92 %' with an unbreakable space."""
    return "—" if share is None else f"{round(100 * share)}\u00a0%"


def tenths(share: float | None) -> str:
    """'92.4 %' with an unbreakable space."""
    return "—" if share is None else f"{100 * share:.1f}\u00a0%"


def rich(key: str, lang: str = "zh", **values: Any) -> Markup:
    """A text with its values in bold."""
    bold = {
        name: Markup('<b class="n">{}</b>' if len(str(value)) < 15 else "<b>{}</b>").format(keep(value))
        for name, value in values.items()
        if value != ""
    }
    return Markup(keep(Markup(escape(template(key, lang, values.get("n")))).format(**{"when": "", **bold})))
