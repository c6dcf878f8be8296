"""Heavy packages imported without what nobody here uses of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_GRAMMAR = "rfc3987_syntax"


@contextmanager
def without_address_grammar() -> Iterator[None]:
    """Imports in this block that lead to jsonschema don't compile its grammar of web addresses: a second saved.

    jsonschema takes the grammar for an option, and goes without its check of the form "iri".
    """
    is_blocked = _GRAMMAR not in sys.modules
    if is_blocked:
        sys.modules[_GRAMMAR] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        if is_blocked:
            del sys.modules[_GRAMMAR]
