"""Where the program begins: Ctrl-C is quiet from the start, so nothing is imported before."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

INTERRUPTED = 130  # as in ruralkpi.errors


def main() -> None:
    """The entry point."""
    is_heard = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # a program in the background is deaf to it
    if is_heard:
        signal.signal(signal.SIGINT, _leave)
    from ruralkpi.commands.program import command, interrupt, interrupts
    from ruralkpi.commands.streams import in_utf8, open_streams

    in_utf8()
    open_streams()
    if is_heard:
        signal.signal(signal.SIGINT, interrupt)
    try:
        code = command()
    except BaseException:
        if not interrupts:
            raise
        code = INTERRUPTED  # again, or while an error was told
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _leave(number: int, frame: FrameType | None) -> None:
    """Nothing is open yet, and half an import would end in a traceback."""
    os._exit(INTERRUPTED)
