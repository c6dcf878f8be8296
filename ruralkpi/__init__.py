"""ruralkpi: field-agent records into service-standard figures, each of which opens down to its records."""

from __future__ import annotations

__version__ = "0.1.0"
