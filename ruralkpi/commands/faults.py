"""What went wrong, in one line, and the exit code it makes: a person's to mend, the machine's, or ours."""

from __future__ import annotations

import os
import sys
import traceback
from pathlib import Path

import click
import duckdb

from ruralkpi.databases import told as told_of_database
from ruralkpi.errors import INTERRUPTED, OURS, USAGE, NothingToDo, UserError
from ruralkpi.texts import say
from ruralkpi.whole import CLOSED, FULL

TRACE = "RURALKPI_TRACE"  # an environment variable: set, an error shows its traceback first


def line_and_code(fault: BaseException) -> tuple[str, int]:
    """One line for standard error (several for files refused, one each) and the exit code."""
    if fault.args and isinstance(fault.args[0], OSError):  # as a library for workbooks wraps it
        fault = fault.args[0]
    if isinstance(fault, click.exceptions.NoArgsIsHelpError):
        return fault.format_message(), fault.exit_code
    if isinstance(fault, click.UsageError) and fault.ctx is not None:
        return say("error.usage", fault=_plain(fault.format_message()), command=fault.ctx.command_path), USAGE
    if isinstance(fault, click.ClickException):
        return _plain(fault.format_message()), fault.exit_code
    if isinstance(fault, duckdb.InterruptException | KeyboardInterrupt | click.exceptions.Abort):
        return say("cli.interrupted"), INTERRUPTED
    if isinstance(fault, NothingToDo):
        return "\n".join(map(_plain, str(fault).split("\n"))), fault.exit_code
    if isinstance(fault, UserError):
        return _plain(str(fault)), fault.exit_code
    if isinstance(fault, OSError) and fault.errno is not None:
        return say("error.system", file=_place(fault), fault=os.strerror(fault.errno), how=_how(fault.errno)), USAGE
    if isinstance(fault, MemoryError | duckdb.OutOfMemoryException):
        return say("error.memory"), USAGE
    if isinstance(fault, duckdb.Error) and (known := told_of_database(fault)):
        return _plain(known), USAGE
    return say("error.ours", fault=_plain(f"{type(fault).__name__}: {fault}")[:400], where=_where(fault), variable=TRACE), OURS


def trace(fault: BaseException) -> None:
    """Show the traceback to those who asked for it."""
    if os.environ.get(TRACE):
        traceback.print_exception(fault, file=sys.stderr)


def _plain(text: str) -> str:
    """One line: line ends and control characters, of a name or a library, are written as escapes."""
    return "".join(c if c.isprintable() or c in "\u3000\u00a0" else c.encode("unicode_escape").decode() for c in text.strip())


def _place(fault: OSError) -> str:
    names = [name for name in (fault.filename2, fault.filename) if isinstance(name, str | os.PathLike | bytes)]
    return _plain(os.fsdecode(names[0])) if names else say("error.a_file")


def _how(number: int) -> str:
    return say(f"error.how.{'full' if number in FULL else 'closed' if number in CLOSED else 'path'}")


def _where(fault: BaseException) -> str:
    """The last place of our own code, or of all."""
    frames = traceback.extract_tb(fault.__traceback__)
    ours = [frame for frame in frames if f"{os.sep}ruralkpi{os.sep}" in frame.filename] or frames
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "—"
