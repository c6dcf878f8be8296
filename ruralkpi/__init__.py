"""ruralkpi: field-agent records into service-standard figures, each of which opens down to its records."""

from __future__ import annotations

from ruralkpi import calendar
from ruralkpi.book import Book
from ruralkpi.book import open_book as open

__version__ = "0.1.0"
__all__ = ["Book", "calendar", "open"]
