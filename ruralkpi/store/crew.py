"""Processes that read units, as many as there are cores; each takes the next unit when it has done one."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.box.piped import Piped
from ruralkpi.store.unit import Done, Unit, Work, read
from ruralkpi.texts import say

_WORTH = 6 << 20  # bytes from which a second process pays: its start takes as long as reading them


def read_all(units: Sequence[Unit], work: Work, jobs: int | None = None) -> Iterator[Done]:
    """What became of each unit, as they are done. Raises UserError where one can't be kept, RuntimeError when a process dies."""
    n = min(jobs or os.cpu_count() or 1, len(units))
    if n < 2 or sum(unit.bytes_n for unit in units) < _WORTH:
        for unit in units:
            yield read(unit, work, threads=os.cpu_count() or 1)
        return
    largest_first = sorted(units, key=lambda unit: -unit.bytes_n)
    share = replace(work, memory=work.memory // n)
    members = [_Member(share) for _ in range(n)]
    free: SimpleQueue[_Member] = SimpleQueue()
    for member in members:
        free.put(member)
    with ThreadPoolExecutor(n) as pool:
        waiting = [pool.submit(_by_next, free, unit) for unit in largest_first]
        try:
            for one in as_completed(waiting):
                yield one.result()
        finally:
            for one in waiting:
                one.cancel()
            for member in members:  # which also frees the threads that wait for them
                member.end()


def _by_next(free: SimpleQueue[_Member], unit: Unit) -> Done:
    member = free.get()
    try:
        return member.read(unit)
    finally:
        free.put(member)


class _Member(Piped):
    """A process that reads units."""

    def __init__(self, work: Work) -> None:
        super().__init__("ruralkpi.store.crew")
        self.send((work, tempfile.gettempdir()))

    def read(self, unit: Unit) -> Done:
        """Have it read a unit. Raises what that raised, and RuntimeError when the process has died."""
        self.send(unit)
        assert self.process.stdout
        try:
            reply: Any = pickle.load(self.process.stdout)
        except (EOFError, pickle.UnpicklingError):
            line = say("error.crew_died", code=self.process.wait())
            raise RuntimeError(f"{line}\n{self.last_words().decode('utf-8', 'replace')}") from None
        if isinstance(reply, BaseException):
            raise reply
        found: Done = reply
        return found


def serve() -> None:
    """Read the work and the folder for temporary files from standard input, then unit after unit; answer each with its Done, or
    with what was raised."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business: it ends this process
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints may not mix with the replies
    work, tempfile.tempdir = pickle.load(sys.stdin.buffer)
    os.environ["TMPDIR"] = str(tempfile.tempdir)
    while True:
        try:
            unit = pickle.load(sys.stdin.buffer)
        except EOFError:  # the parent has done with it, or is gone
            return
        try:
            reply: object = read(unit, work)
        except UserError as fault:
            reply = UserError(str(fault))
        except Exception as fault:
            reply = RuntimeError(f"{type(fault).__name__}: {fault}")
        pickle.dump(reply, out)
        out.flush()
