"""The analyst's API from its own docstrings."""

from __future__ import annotations

import inspect
import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

import ruralkpi as rk
from ruralkpi import calendar, figures
from ruralkpi.reference.markdown import code, heading, page
from ruralkpi.texts import say

_QUOTED = re.compile(r"(: |-> )'([^']*)'")
_MODULE = re.compile(r"\b(?:pd|go|dt|duckdb|ruralkpi(?:\.\w+)+)\.(?=\w)")


def public() -> list[tuple[str, str, Any]]:
    """(section, name, thing) of every public name, in the order of reading."""
    book = [("book", f"Book.{name}", member) for name, member in inspect.getmembers(rk.Book) if not name.startswith("_")]
    drawn = [("figures", f"figures.{name}", getattr(figures, name)) for name in figures.__all__]
    days = [("calendar", f"calendar.{name}", getattr(calendar, name)) for name in calendar.__all__]
    return [("book", "open", rk.open), ("book", "Book", rk.Book), *book, *drawn, *days]


@cache
def chinese() -> dict[str, str]:
    """python.toml: what each name does, in a Chinese sentence; docstrings are English."""
    found = tomllib.loads((files("ruralkpi") / "reference" / "python.toml").read_text(encoding="utf-8"))
    return {str(name): str(text) for name, text in found["name"].items()}


def of_python(lang: str) -> str:
    """python.md: a section a name, with its signature, its words and its examples."""
    blocks: list[str] = []
    last = ""
    for section, name, thing in public():
        if section != last:
            blocks.append(heading(2, say(f"reference.python_{section}", lang), section))
            last = section
        blocks.append(heading(3, code(f"rk.{name}" if not name.startswith("Book") else name), name))
        blocks.append(f"```text\n{_signature(name, thing)}\n```")
        if lang == "zh":
            blocks.append(chinese().get(name, ""))
        blocks += _words(inspect.getdoc(thing.fget if isinstance(thing, property) else thing) or "")
    return page("python", lang, *blocks)


def _signature(name: str, thing: Any) -> str:
    if isinstance(thing, property):
        return name
    if inspect.isclass(thing):
        return f"class {name}"
    signature = _QUOTED.sub(r"\1\2", str(inspect.signature(thing))).replace("(self, ", "(").replace("(self)", "()")
    return f"{name}{_MODULE.sub('', signature)}"


def _words(doc: str) -> list[str]:
    """A docstring's paragraphs, its examples as code."""
    blocks = []
    for part in re.split(r"\n\s*\n", doc.strip()):
        blocks.append(f"```pycon\n{part}\n```" if part.lstrip().startswith(">>>") else part)
    return blocks
