"""Processes of our own, as many as there are cores, that do one kind of job; each takes the next when it has done one."""

from __future__ import annotations

import os
import pickle
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

from ruralkpi.errors import UserError
from ruralkpi.intake.readers.box.piped import Piped
from ruralkpi.store.unit import LITTLE, Done, Unit, Work, read
from ruralkpi.texts import say

Job = TypeVar("Job")
Found = TypeVar("Found")


def read_all(units: Sequence[Unit], work: Work, jobs: int | None = None) -> Iterator[Done]:
    """What became of each unit, as they are done. Raises UserError where one can't be kept, RuntimeError when a process dies."""
    n = min(jobs or os.cpu_count() or 1, len(units))
    is_little = sum(unit.bytes_n for unit in units) < LITTLE
    if n < 2 or is_little:
        for unit in units:
            yield read(unit, work, threads=1 if is_little else os.cpu_count() or 1)
        return
    largest_first = sorted(units, key=lambda unit: -unit.bytes_n)
    for _, done in shared_out(partial(read, work=replace(work, memory=work.memory // n)), largest_first, n):
        yield done


def shared_out(do: Callable[[Job], Found], jobs: Sequence[Job], n: int) -> Iterator[tuple[int, Found]]:
    """The place of each job and what `do`, which can be pickled, makes of it in one of `n` processes, as they are done.

    Raises what `do` raises: UserError as it is, all else as RuntimeError; and RuntimeError when a process dies.
    """
    members = [_Member("ruralkpi.store.crew") for _ in range(n)]
    free: SimpleQueue[_Member] = SimpleQueue()
    for member in members:  # all of them start meanwhile: what is to be done is more than a pipe takes before it is read
        member.send((do, tempfile.gettempdir()))
        free.put(member)
    with ThreadPoolExecutor(n) as pool:
        waiting = {pool.submit(_by_next, free, job): place for place, job in enumerate(jobs)}
        try:
            for one in as_completed(waiting):
                yield waiting[one], one.result()
        finally:
            for one in waiting:
                one.cancel()
            for member in members:  # which also frees the threads that wait for them
                member.end()


def _by_next(free: SimpleQueue[_Member], job: object) -> Any:
    member = free.get()
    try:
        return member.ask(job)
    finally:
        free.put(member)


class _Member(Piped):
    """A process that does jobs."""

    def ask(self, job: object) -> Any:
        """Have it do a job. Raises what that raised, and RuntimeError when the process has died."""
        self.send(job)
        assert self.process.stdout
        try:
            reply: Any = pickle.load(self.process.stdout)
        except (EOFError, pickle.UnpicklingError):
            line = say("error.crew_died", code=self.process.wait())
            raise RuntimeError(f"{line}\n{self.last_words().decode('utf-8', 'replace')}") from None
        if isinstance(reply, BaseException):
            raise reply
        return reply


def serve() -> None:
    """Read what is to be done and the folder for temporary files from standard input, then job after job; answer each with what
    was made of it, or with what was raised."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's business: it ends this process
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints may not mix with the replies
    do, tempfile.tempdir = pickle.load(sys.stdin.buffer)
    os.environ["TMPDIR"] = str(tempfile.tempdir)
    while True:
        try:
            job = pickle.load(sys.stdin.buffer)
        except EOFError:  # the parent has done with it, or is gone
            return
        try:
            reply: object = do(job)
        except UserError as fault:
            reply = UserError(str(fault))
        except Exception as fault:
            reply = RuntimeError(f"{type(fault).__name__}: {fault}")
        pickle.dump(reply, out)
        out.flush()
