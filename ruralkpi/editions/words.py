"""Editions in words."""

from __future__ import annotations

from ruralkpi.editions.shelf import Edition
from ruralkpi.texts import say


def side(edition: Edition | None, lang: str) -> str:
    """An edition, or the book as it is."""
    return say("edition.now", lang) if edition is None else say("edition.number", lang, n=edition.number)


def stamp(edition: Edition, lang: str) -> str:
    """What the cards of an edition bear."""
    return say("edition.stamp", lang, n=edition.number, on=edition.published_on.isoformat(), seal=edition.seal)


def draft(edition: Edition, lang: str) -> str:
    """What cards of the book bear after an edition of their month was published."""
    return say("edition.draft", lang, n=edition.number)


def signed(points: float) -> str:
    """Points with a sign: a true minus."""
    return f"{points:+.1f}".replace("-", "−")
