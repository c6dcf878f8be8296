"""ruralkpi: field-agent records into service-standard figures, each of which opens down to its records."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ruralkpi import calendar
from ruralkpi.book import Book
from ruralkpi.book import open_book as open

if TYPE_CHECKING:
    from ruralkpi import figures

__version__ = "0.1.0"
__all__ = ["Book", "calendar", "figures", "open"]


def __getattr__(name: str) -> Any:
    """rk.figures comes with plotly, so only when it is asked for."""
    if name == "figures":
        import importlib

        return importlib.import_module("ruralkpi.figures")
    raise AttributeError(name)
