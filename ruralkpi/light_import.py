"""Heavy packages imported without what nobody here uses of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

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


class _Later(ModuleType):
    """Stands for a module until something of it is asked for."""

    def __getattr__(self, name: str) -> object:
        return getattr(import_module(self.__name__), name)


@contextmanager
def when_used(*names: str) -> Iterator[None]:
    """Who imports these modules in this block gets them when something of them is first asked for, and does not wait for them."""
    later = [name for name in names if name not in sys.modules]
    sys.modules.update({name: _Later(name) for name in later})
    try:
        yield
    finally:
        for name in later:
            del sys.modules[name]
