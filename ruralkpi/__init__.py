"""ruralkpi: field-agent records into service-standard figures, each of which opens down to its records."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ruralkpi import calendar, figures
    from ruralkpi.editions.book import Book
    from ruralkpi.editions.book import open_book as open

__version__ = "0.3.0"
__all__ = ["Book", "calendar", "figures", "open"]
_BOOK = {"Book": "Book", "open": "open_book"}


def __getattr__(name: str) -> Any:
    """Each part when it is asked for: a process that only reads a file needs no database."""
    if name in _BOOK:
        return getattr(importlib.import_module("ruralkpi.editions.book"), _BOOK[name])
    if name in ("calendar", "figures"):
        return importlib.import_module(f"ruralkpi.{name}")
    raise AttributeError(name)


def __dir__() -> list[str]:
    """The public names only: what else lies here is no promise."""
    return sorted(__all__)
