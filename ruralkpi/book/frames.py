"""How frames and long work show in notebooks and terminals, and where the marts are looked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ruralkpi.texts import say


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
