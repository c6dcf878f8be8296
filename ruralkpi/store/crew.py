"""Processes that read units, as many as there are cores; each takes the next unit when it has done one."""

from __future__ import annotations

import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import replace
from queue import SimpleQueue
from typing import Any

from ruralkpi.errors import UserError
from ruralkpi.store.unit import Done, Unit, Work, read
from ruralkpi.texts import say

_START = "import sys; sys.path[:] = {path!a}; from ruralkpi.store.crew import serve; serve()"
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
    try:
        with ThreadPoolExecutor(n) as pool:
            waiting = [pool.submit(_by_next, free, unit) for unit in largest_first]
            try:
                for one in as_completed(waiting):
                    yield one.result()
            finally:
                for one in waiting:
                    one.cancel()
                for member in members:
                    member.end()
    finally:
        for member in members:
            member.end()


def _by_next(free: SimpleQueue[_Member], unit: Unit) -> Done:
    member = free.get()
    try:
        return member.read(unit)
    finally:
        free.put(member)


class _Member:
    """One process, from its start to its end."""

    def __init__(self, work: Work) -> None:
        self.errors = tempfile.TemporaryFile()  # noqa: SIM115
        self.process = subprocess.Popen(
            [sys.executable, "-c", _START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._send((work, tempfile.gettempdir()))

    def read(self, unit: Unit) -> Done:
        """Have it read a unit. Raises what that raised, and RuntimeError when the process has died."""
        self._send(unit)
        assert self.process.stdout
        try:
            reply: Any = pickle.load(self.process.stdout)
        except (EOFError, pickle.UnpicklingError):
            raise RuntimeError(say("error.crew_died", code=self.process.wait()) + self._last_words()) from None
        if isinstance(reply, BaseException):
            raise reply
        found: Done = reply
        return found

    def _send(self, words: object) -> None:
        assert self.process.stdin
        with suppress(OSError):  # it has died: that is noticed where its reply is missing
            pickle.dump(words, self.process.stdin)
            self.process.stdin.flush()

    def _last_words(self) -> str:
        size = self.errors.seek(0, 2)
        self.errors.seek(max(size - 4096, 0))
        return f"\n{self.errors.read().decode('utf-8', 'replace')}"

    def end(self) -> None:
        """End it, whatever it does."""
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            with suppress(OSError):
                pipe and pipe.close()


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
