"""Heavy packages imported without what nobody here uses of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType

_OPTIONS = ("rfc3987_syntax", "pyspark")


@contextmanager
def without_options() -> Iterator[None]:
    """Imports in this block that lead to jsonschema don't compile its grammar of web addresses, and Great Expectations does not
    bring Spark along where that is installed: seconds saved.

    They take these for options: jsonschema goes without its check of the form "iri".
    """
    blocked = [name for name in _OPTIONS if name not in sys.modules]
    for name in blocked:
        sys.modules[name] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        for name in blocked:
            del sys.modules[name]


@contextmanager
def meanwhile(*names: str) -> Iterator[None]:
    """Modules that the block will ask for in the end are imported by a thread beside it."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: [import_module(name) for name in names])  # what is wrong with one, its own import will tell
        yield


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
