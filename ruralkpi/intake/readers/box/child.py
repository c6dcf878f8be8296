"""The process in which workbooks and web pages are read: started by `ruralkpi.intake.readers.box.parent`, ended with it.

It imports the readers and nothing heavier. What a file does to it costs that file alone.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from pathlib import Path
from typing import NamedTuple

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.contents import Contents, contents_of
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.readers.workbooks import first_line

_NO_MEMORY = "PyObject pointer is null"  # what a Rust library says when Python had no memory for what it asked for


class Reply(NamedTuple):
    """What became of a file: its contents; or the line that refuses it; or what a library said, '' for want of memory."""

    contents: Contents | None
    line: str = ""
    fault: str = ""


def serve() -> None:
    """Tell on standard output whether memory is limited here; then answer each (Source, Limits) from standard input with a
    Reply, and whether another will be taken."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business: it ends this process
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints may not mix with the replies
    pickle.dump(_limit_memory(None), out)
    first, stays = _bytes(), True
    while stays:
        try:
            source, limits = pickle.load(sys.stdin.buffer)
        except EOFError:  # the parent has done with it, or is gone
            return
        _limit_memory(limits.memory_mb)
        _limit_life(2 * limits.seconds + 60)
        reply = _packed(source, limits)
        _limit_life(0)
        stays = _bytes() - first < limits.memory_mb << 18  # what holds on to a quarter of its memory begins anew
        out.write(reply + pickle.dumps(stays))
        out.flush()


def _packed(source: Source, limits: Limits) -> bytes:
    try:
        return pickle.dumps(_reply(source, limits), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return pickle.dumps(Reply(None))


def _reply(source: Source, limits: Limits) -> Reply:
    try:
        return Reply(contents_of(source, limits))
    except UserError as fault:
        return Reply(None, line=str(fault))
    except MemoryError:
        raise
    except BaseException as fault:  # a panic of a Rust library is no Exception
        if _NO_MEMORY in str(fault):
            raise MemoryError from None
        return Reply(None, fault=f"{type(fault).__name__}: {first_line(fault)}")


def _bytes() -> int:
    """The size of this process's memory; 0 where the system does not tell."""
    try:
        import resource

        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return 0


def _limit_memory(megabytes: int | None) -> bool:
    """Allow so much more memory than there is now, or as much as is wanted; returns whether the system can."""
    now = _bytes()
    if not now:
        return False
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    wanted = hard if megabytes is None else now + (megabytes << 20)
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))
    return True


def _limit_life(seconds: int) -> None:
    """End this process in so many seconds, 0 for never, when a parent that was killed can't; where the system can."""
    if hasattr(signal, "alarm"):
        signal.alarm(seconds)
