"""The three streams of a command and the names of files: UTF-8 in any locale, and nothing lost in silence."""

from __future__ import annotations

import io
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import click
from tqdm import tqdm

from ruralkpi import spoken
from ruralkpi.errors import PARTLY, USAGE


class OutputLost(Exception):
    """The output could not be written: its disk is full, it is closed, or its reader has gone."""

    def __init__(self, fault: OSError) -> None:
        super().__init__(fault.strerror or str(fault))
        self.is_unread = isinstance(fault, BrokenPipeError)


class Output(io.TextIOWrapper):
    """Standard output; tells its own faults apart from those of other files."""

    def write(self, text: str) -> int:
        try:
            return super().write(text)
        except OSError as fault:
            raise OutputLost(fault) from None

    def flush(self) -> None:
        try:
            super().flush()
        except OSError as fault:
            raise OutputLost(fault) from None


def in_utf8() -> None:
    """Start this program anew in Python's UTF-8 mode, where the locale has names of files read as something else."""
    if sys.getfilesystemencoding().lower() != "utf-8" and os.environ.get("PYTHONUTF8") != "1":
        os.environ["PYTHONUTF8"] = "1"
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def open_streams() -> None:
    """Streams in UTF-8. One that is closed gets none of the files that are opened later: what is written to a closed output is
    a fault (and told), what is written to closed errors goes nowhere."""
    for number, mode in ((0, os.O_RDONLY), (1, os.O_RDONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, mode)  # the lowest free number, which is this one
    is_person = os.isatty(1)
    sys.stdout = Output(
        open(1, "wb", closefd=False),  # noqa: SIM115
        encoding="utf-8",
        errors="backslashreplace",
        line_buffering=is_person,
    )
    sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115


def output_lost(fault: OutputLost) -> int:
    """The exit code: who closed a pipe has seen enough, anything else is told in a line."""
    _forget(1)
    if fault.is_unread:
        return PARTLY
    told(spoken.spoken("error.output", fault=fault))
    return USAGE


def told(line: str) -> None:
    """One line on standard error; where that is full there is nobody to tell."""
    try:
        click.echo(line, err=True)
    except OSError:
        _forget(2)


@contextmanager
def working(label: str, after: float = 1) -> Iterator[None]:
    """What is being done and for how long, on a terminal, where it takes more than `after` seconds."""
    with tqdm(desc=label, bar_format="{desc} {elapsed}", file=sys.stderr, leave=False, disable=None, delay=after) as bar:
        done = threading.Event()

        def beat() -> None:
            while not done.wait(after / 2):
                bar.update(0)
                bar.refresh()

        clock = threading.Thread(target=beat, daemon=True)
        if not bar.disable:
            clock.start()
        try:
            yield
        finally:
            done.set()
            if clock.is_alive():
                clock.join()


def _forget(number: int) -> None:
    """Let a stream write into nothing, or Python would try again at its end."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), number)
