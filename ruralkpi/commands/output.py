"""Frames to standard output: an aligned table, CSV or JSON, and nothing else beside it."""

from __future__ import annotations

import json
import sys
from typing import Any

import pandas as pd
from rich.console import Console
from rich.table import Table

from ruralkpi.book.times import present

_SHARES = ("rate", "low", "high", "rate_if", "rate_difference", "rate_unexempted")


def show(frame: pd.DataFrame, form: str, columns: list[str] | None = None) -> None:
    """Print `frame` as table, csv or json; a table keeps to `columns`, the other forms hold all of them."""
    if form == "json":
        rows = [{key: _plain(value) for key, value in row.items()} for row in frame.to_dict("records")]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    elif form == "csv":
        sys.stdout.write(safe(frame).to_csv(index=False, lineterminator="\n"))
    else:
        _table(frame[columns] if columns else frame)


def safe(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with text that a spreadsheet would run as a formula made plain text."""
    out = frame.copy()
    for name in out.columns:
        if not pd.api.types.is_numeric_dtype(out[name]) and not pd.api.types.is_datetime64_any_dtype(out[name]):
            out[name] = out[name].map(
                lambda cell: "'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
            )
    return out


def _plain(value: Any) -> Any:
    if not present(value):
        return None
    if hasattr(value, "isoformat"):
        return value.isoformat(sep=" ") if isinstance(value, pd.Timestamp) else value.isoformat()
    return value.item() if hasattr(value, "item") else value


def _table(frame: pd.DataFrame) -> None:
    table = Table(box=None, pad_edge=False, header_style="bold", show_edge=False)
    for name in frame.columns:
        numeric = pd.api.types.is_numeric_dtype(frame[name])
        table.add_column(str(name), justify="right" if numeric else "left", overflow="fold")
    for row in frame.to_dict("records"):
        table.add_row(*[_cell(str(name), value) for name, value in row.items()])
    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        console = Console(file=sys.stdout, width=4000, markup=False, highlight=False, emoji=False)
    console.print(table)


def _cell(name: str, value: Any) -> str:
    if not present(value):
        return "n/a" if name in _SHARES else ""
    if name in _SHARES:
        return f"{value:+.1%}" if name.endswith("difference") else f"{value:.1%}"
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}" if name.endswith("_on") else f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value)
