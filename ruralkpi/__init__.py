"""ruralkpi: field-agent records into service-standard figures, each of which opens down to its records."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ruralkpi import calendar, figures
    from ruralkpi.book import Book
    from ruralkpi.book import open_book as open

__version__ = "0.1.0"
__all__ = ["Book", "calendar", "figures", "open"]


def __getattr__(name: str) -> Any:
    """What is asked for is imported then: pandas with the book, plotly with the figures, neither with the command's start."""
    if name in ("Book", "open"):
        return getattr(import_module("ruralkpi.book.book"), "Book" if name == "Book" else "open_book")
    if name in ("calendar", "figures"):
        return import_module(f"ruralkpi.{name}")
    raise AttributeError(name)


def __dir__() -> list[str]:
    """For those who look what there is."""
    return sorted([*globals(), *__all__])
