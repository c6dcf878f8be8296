"""How frames and long work show in notebooks and terminals, and where the marts are looked for."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ruralkpi.spoken import spoken


def found(path: Path) -> Path:
    """A relative path, looked for here and in the folders above; as it is when it is nowhere."""
    if path.is_absolute() or path.exists():
        return path
    return next((up / path for up in Path.cwd().parents if (up / path).exists()), path)


def _shell() -> Any:
    return getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()


def watched() -> bool:
    """Whether somebody is looking on: a notebook, IPython, or a terminal's Python session."""
    return _shell() is not None or hasattr(sys, "ps1")


def readable() -> None:
    """Where somebody is looking on: all columns, whole sentences, Chinese aligned, text on the left. Values stay as they are."""
    if watched():
        for name, value in (("unicode.east_asian_width", True), ("max_columns", 40), ("max_colwidth", 160)):
            pd.set_option(f"display.{name}", value)
    if (shell := _shell()) is not None:
        shell.display_formatter.formatters["text/html"].for_type(pd.DataFrame, html)


def html(frame: pd.DataFrame) -> str | None:
    """A frame as pandas shows it in a notebook, its columns of text and days and their heads on the left.

    >>> html(pd.DataFrame({"who": ["张*"], "n": [3]}))[:110]
    '<style>.rk-left-1 tbody td:nth-of-type(1),.rk-left-1 thead th:nth-child(2){text-align:left}</style><div class='
    """
    plain: str | None = frame._repr_html_()  # type: ignore[operator]
    if plain is None or "<th>...</th>" in plain or frame.columns.nlevels > 1:
        return plain
    left = [n for n, name in enumerate(frame.dtypes, start=1) if not pd.api.types.is_numeric_dtype(name)]
    own = "rk-left-" + "-".join(map(str, left))
    levels = frame.index.nlevels
    rules = [f".{own} tbody td:nth-of-type({n}),.{own} thead th:nth-child({n + levels})" for n in left]
    return f'<style>{",".join(rules)}{{text-align:left}}</style><div class="{own}">{plain}</div>' if left else plain


def progress(rows: Sequence[Any]) -> Iterable[Any]:
    """`rows`, with a bar on standard error when they take longer than a second and somebody is looking on."""
    if len(rows) < 5000 or not (watched() or sys.stderr.isatty()):
        return rows
    from tqdm import tqdm

    return tqdm(rows, desc=spoken("book.progress"), unit="", delay=1, leave=False, file=sys.stderr)
