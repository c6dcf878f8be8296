"""Frames to standard output: an aligned table, blocks where a table would be too wide, CSV or JSON, and nothing else beside."""

from __future__ import annotations

import json
import re
import sys
from typing import Any

import pandas as pd
from rich.cells import cell_len, chop_cells
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ruralkpi.book.times import present
from ruralkpi.spoken import spoken

_SHARES = ("rate", "low", "high", "rate_if", "rate_difference", "rate_unexempted")
_WIDE = 120  # from here on there is room for the rules' ids
_SHORT = 24  # cells wider than this stand on lines of their own in a block
# one Chinese character, or a word of other letters, with brackets before it, marks that may not begin a line, and blanks behind
_UNBROKEN = re.compile(
    r"[（《“‘]*(?:[\u3400-\u9fff]|[^\s\u3000-\u9fff\uff00-\uffef“”‘’…]+|.)[，。；：、！？）》”’…％]*\s*", re.DOTALL
)
_BARE = ("rule_id", "agent_id", "area_id", "county_id", "source_id", "outcome", "clause", "month", "due_at")  # need no name


def show(frame: pd.DataFrame, form: str, columns: list[str] | None = None, block: list[str] | None = None) -> None:
    """Print `frame` as table, csv or json; a table keeps to `columns`, a block of it to `block`, the other forms hold all."""
    if form == "json":
        rows = [{key: _plain(key, value) for key, value in row.items()} for row in frame.to_dict("records")]
        sys.stdout.write(json.dumps(rows, ensure_ascii=False, indent=1) + "\n")
    elif form == "csv":
        sys.stdout.write(safe(frame).to_csv(index=False, lineterminator="\n"))
    else:
        print_table(frame, columns, block)


def safe(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with text that a spreadsheet would run as a formula made plain text."""
    out = frame.copy()
    for name in out.columns:
        if not pd.api.types.is_numeric_dtype(out[name]) and not pd.api.types.is_datetime64_any_dtype(out[name]):
            out[name] = out[name].map(
                lambda cell: "'" + cell if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
            )
    return out


def _plain(name: Any, value: Any) -> Any:
    if not present(value):
        return None
    if hasattr(value, "isoformat"):
        if isinstance(value, pd.Timestamp):
            return value.date().isoformat() if str(name).endswith("_on") else value.isoformat(sep=" ")
        return value.isoformat()
    return value.item() if hasattr(value, "item") else value


def console(width: int | None = None) -> Console:
    """Standard output; as wide as need be where it is no terminal."""
    own = Console(file=sys.stdout, width=width, markup=False, highlight=False, emoji=False)
    return own if width or own.is_terminal else Console(file=sys.stdout, width=4000, markup=False, highlight=False, emoji=False)


def print_table(
    frame: pd.DataFrame, columns: list[str] | None = None, block: list[str] | None = None, width: int | None = None
) -> None:
    """A line a row where that fits `width` (the terminal's), else a block a row, which may hold fewer columns."""
    out, shown = console(width), frame[columns] if columns else frame
    cells = _cells(shown)
    names = [str(name) for name in shown.columns]
    if cells and sum(_widths(names, cells)) + 2 * (len(names) - 1) > out.width:
        _blocks(out, frame[block] if block else shown)
        return
    table = _bare_table()
    for name in names:
        table.add_column(name, justify="right" if pd.api.types.is_numeric_dtype(shown[name]) else "left", overflow="fold")
    for row in cells:
        table.add_row(*row)
    out.print(table)


def _cells(frame: pd.DataFrame) -> list[list[str]]:
    return [[cell(str(name), value) for name, value in row.items()] for row in frame.to_dict("records")]


def _widths(names: list[str], cells: list[list[str]]) -> list[int]:
    return [max(map(cell_len, [name, *(row[n] for row in cells)])) for n, name in enumerate(names)]


def _bare_table() -> Table:
    return Table(box=None, pad_edge=False, header_style="bold", show_edge=False)


def _blocks(out: Console, frame: pd.DataFrame) -> None:
    """A row a block: what is short in its first line, each long cell below it, wrapped."""
    cells, names = _cells(frame), [str(name) for name in frame.columns]
    is_long = [wide > _SHORT and name not in _BARE for name, wide in zip(names, _widths(names, cells), strict=True)]
    for row in cells:
        head = [_named(name, value) for name, value, long in zip(names, row, is_long, strict=True) if not long]
        out.print(Text("  ".join(part for part in head if part), style="bold"))
        for value, long in zip(row, is_long, strict=True):
            if value and long:
                out.print(Text("\n".join(f"  {line}" for line in wrapped(value, out.width - 2))))


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most `width` cells: Chinese breaks between any two characters, but not before a mark or after a bracket.

    >>> wrapped("投诉 C1：10 月 5 日 10:00 受理，48 小时内应首次回复", 24)
    ['投诉 C1：10 月 5 日', '10:00 受理，48 小时内应', '首次回复']
    """
    lines = [""]
    for part in _UNBROKEN.findall(text):
        if lines[-1] and cell_len((lines[-1] + part).rstrip()) > width:
            lines.append("")
        lines[-1] += part if lines[-1] else part.lstrip()
    return [piece for line in lines for piece in _cut(line.rstrip(), width)]


def _cut(line: str, width: int) -> list[str]:
    """A word that is wider than a line, cut; every other line as it is."""
    return chop_cells(line, width) if cell_len(line) > width else [line]


def _named(name: str, value: str) -> str:
    """A short cell with its column's name, unless it speaks for itself; a flag by its name alone, and only where it is set."""
    if value in ("True", "False"):
        return name.removeprefix("is_") if value == "True" else ""
    return value if name in _BARE or not value else f"{name} {value}"


def print_score(frame: pd.DataFrame, key: str | None, width: int | None = None) -> None:
    """Figures of `book.kpi` with names, what is read first of them; what nothing was owed of in one line below."""
    out = console(width)
    is_wide = out.width >= _WIDE
    if not is_wide:
        out.print(Text("  ".join(sorted(frame["month"].unique())), style="bold"))
    owed = frame[frame["owed_n"] > 0]
    left = ["rule_id", "rule", *([key] if key else []), "month"] if is_wide else ["rule", *([key] if key else [])]
    table = _bare_table()
    for name in (*left, "owed", "rate", "interval", "aside"):
        can_wrap = name in ("rule", key)
        justify: Any = "left" if name in left else "right"
        table.add_column(spoken(f"cli.score_{name}"), justify=justify, no_wrap=not can_wrap, overflow="fold")
    for row in owed.assign(rule=owed["rule_label"]).to_dict("records"):
        table.add_row(*[str(row[name]) for name in left], *_figures(row))
    out.print(table)
    none = [label for label in dict.fromkeys(frame["rule_label"]) if label not in set(owed["rule_label"])]
    if none:
        line = spoken("cli.score_none", labels=spoken("cli.comma").join(none))
        out.print(Text("\n".join(wrapped(line, out.width))))


def _figures(row: dict[Any, Any]) -> list[str]:
    """Kept of owed, rate, interval, and how many stand aside."""
    aside = row["pending_n"] + row["unknown_n"] + row["exempt_n"]
    interval = f"{100 * row['low']:.0f}–{100 * row['high']:.0f} %"
    return [f"{row['met_n']:.0f}/{row['owed_n']:.0f}", f"{100 * row['rate']:.1f} %", interval, f"{aside:.0f}" if aside else ""]


def cell(name: str, value: Any) -> str:
    """One value as a person reads it; a deadline as the end of its day."""
    if not present(value):
        return "n/a" if name in _SHARES else ""
    if name == "points":
        return f"{value:+.1f}"
    if name in _SHARES:
        return f"{value:+.1%}" if name.endswith("difference") else f"{value:.1%}"
    if isinstance(value, pd.Timestamp):
        if name.endswith("_on"):
            return f"{value:%Y-%m-%d}"
        is_day_end = name == "due_at" and value == value.normalize()
        return f"{value - pd.Timedelta(days=1):%Y-%m-%d} 24:00" if is_day_end else f"{value:%Y-%m-%d %H:%M:%S}"
    return str(value)
