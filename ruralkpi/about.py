"""What a book says of itself, and how frames and long work show in notebooks and terminals."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from ruralkpi.texts import say

if TYPE_CHECKING:
    from ruralkpi.book import Book


def text(book: Book) -> str:
    """One line: months, agents, areas, cut-off, edition, rules."""
    return " · ".join(f"{line}" for line in _lines(book)) + f" · {book.path}"


def html(book: Book) -> str:
    """The same as a small table, with the rules by name."""
    rules = book.catalog()
    names = "、".join(f"{escape(str(row.label_zh))} <code>{escape(str(row.rule_id))}</code>" for row in rules.itertuples())
    heads = [say(f"book.head_{name}") for name in ("months", "agents", "areas", "until", "edition", "rules", "file")]
    cells = [*map(escape, _lines(book)[:5]), f"{_lines(book)[5]}：{names}", escape(str(book.path))]
    rows = "".join(
        f"<tr><th style='text-align:left;white-space:nowrap'>{h}</th><td style='text-align:left'>{c}</td></tr>"
        for h, c in zip(heads, cells, strict=True)
    )
    return f"<table>{rows}</table>"


def _lines(book: Book) -> list[str]:
    months, meta = book.months, book.meta
    agents, areas, rules = book.con.execute(
        "SELECT (SELECT count(*) FROM agent), (SELECT count(*) FROM area), (SELECT count(*) FROM rule)"
    ).fetchall()[0]
    return [
        say("book.months", n=len(months), first=months[0], last=months[-1]),
        say("book.agents", n=agents),
        say("book.areas", n=areas),
        say("card.until", as_of=cut_off(book.as_of)),
        say("card.edition", version=meta["rules_version"]),
        say("book.rules", n=rules),
    ]


def cut_off(as_of: dt.datetime) -> str:
    """A cut-off as people say it: the 24:00 of a day rather than the 00:00 of the next."""
    if as_of.time() == dt.time(0):
        return f"{as_of - dt.timedelta(days=1):%Y-%m-%d} 24:00"
    return f"{as_of:%Y-%m-%d %H:%M}"


def found(path: Path) -> Path:
    """A relative path, looked for here and in the folders above; as it is when it is nowhere."""
    if path.is_absolute() or path.exists():
        return path
    return next((up / path for up in Path.cwd().parents if (up / path).exists()), path)


def watched() -> bool:
    """Whether somebody is looking on: a notebook, IPython, or a terminal's Python session."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None or hasattr(sys, "ps1")


def readable() -> None:
    """Where somebody is looking on: all columns, whole sentences, Chinese aligned. Figures are left as they are."""
    if watched():
        for name, value in (("unicode.east_asian_width", True), ("max_columns", 40), ("max_colwidth", 160)):
            pd.set_option(f"display.{name}", value)


def progress(rows: Sequence[Any]) -> Iterable[Any]:
    """`rows`, with a bar on standard error when they take longer than a second and somebody is looking on."""
    if len(rows) < 5000 or not (watched() or sys.stderr.isatty()):
        return rows
    from tqdm import tqdm

    return tqdm(rows, desc=say("book.progress"), unit="", delay=1, leave=False, file=sys.stderr)
