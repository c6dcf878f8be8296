"""Workers forked from one clean, warmed process, and a supervisor that outlives any of them."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import forkserver, resource_tracker
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path
from pickle import PicklingError
from threading import Thread

from ruralkpi.errors import UserError
from ruralkpi.masking import unmasked
from ruralkpi.month.planned import Task
from ruralkpi.press import lock
from ruralkpi.press.ahead import contents
from ruralkpi.press.job import FORMATS, Job, Outcome, remove
from ruralkpi.texts import say

_PATIENCE = 2.0  # seconds until what is given up is ended


@dataclass
class _Worker:
    process: BaseProcess
    pipe: Connection
    task: Task | None = None
    since: float = 0.0


def make_ready() -> ForkServerContext:
    """Begin to import, in the process that workers are forked from, what they need: what this one does until then goes on."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["ruralkpi.press.warm"])
    with _OneThread(), _deaf():
        forkserver.ensure_running()
    return context


def forked(do: Callable[..., None], *given: object) -> tuple[BaseProcess, Connection]:
    """A process forked from the warmed one, and our end of its pipe: it does `do(pipe, *given)` and ends."""
    context = make_ready()
    ours, theirs = context.Pipe()
    process = context.Process(target=do, args=(theirs, *given), daemon=False)
    with _OneThread(), _deaf():
        process.start()
    theirs.close()
    return process, ours


class Pool:
    """`with Pool(job, 2) as pool: for outcome in pool.run(tasks): …`; outcomes come as they are done."""

    def __init__(self, job: Job, jobs: int) -> None:
        self.job, self.jobs = job, jobs
        self.workers: list[_Worker] = []

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.pipe.close()
            worker.process.terminate()
        for worker in self.workers:
            worker.process.join()

    def run(self, tasks: list[Task]) -> Iterator[Outcome]:
        """One outcome per task, which a worker gets with its content. A worker that dies or hangs costs its own card only."""
        waiting = list(reversed(tasks))
        ahead = contents(self.job.marts, self.job.month, [task.expected.agent_id for task in tasks])
        self.workers = [self._start() for _ in range(min(self.jobs, len(tasks)))]
        while waiting or any(worker.task for worker in self.workers):
            for worker in self.workers:
                if worker.task is None and waiting:
                    worker.task, worker.since = waiting.pop(), time.monotonic()
                    with suppress(BrokenPipeError, ConnectionResetError):  # a worker that has just died is found so below
                        worker.pipe.send((worker.task, next(ahead)))
            busy = [worker for worker in self.workers if worker.task]
            ready = wait([worker.pipe for worker in busy], timeout=1.0)
            for worker in busy:
                if worker.pipe in ready:
                    yield self._receive(worker)
                elif time.monotonic() - worker.since > 2 * self.job.timeout:
                    yield self._replace(worker, say("card.too_long", seconds=int(2 * self.job.timeout)))

    def _receive(self, worker: _Worker) -> Outcome:
        try:
            outcome: Outcome = worker.pipe.recv()
        except (EOFError, ConnectionResetError):
            worker.process.join()
            return self._replace(worker, say("card.worker_died", status=worker.process.exitcode))
        worker.task = None
        return outcome

    def _replace(self, worker: _Worker, reason: str) -> Outcome:
        assert worker.task is not None
        task, seconds = worker.task, time.monotonic() - worker.since
        worker.process.kill()
        worker.process.join()
        worker.pipe.close()
        fresh = self._start()
        worker.process, worker.pipe, worker.task = fresh.process, fresh.pipe, None
        remove(self.job, task, FORMATS)
        return Outcome(task.expected.agent_id, reason, seconds)

    def _start(self) -> _Worker:
        return _Worker(*forked(_serve, self.job))


def _serve(pipe: Connection, job: Job) -> None:
    from ruralkpi.press.worker import serve  # the worker's packages are the workers' alone

    serve(pipe, job)


@contextmanager
def beside(folder: Path, work: Callable[..., None], *given: object) -> Iterator[None]:
    """Do `work(*given)`, which writes into a month's folder, while the block runs. What it raises is raised at the end; a block
    that fails, or a run that is killed, ends it.

    Raises UserError where its process dies.
    """
    process, pipe = forked(_do, folder, unmasked.is_on(), work, given)
    try:
        yield
        try:
            fault = pipe.recv()
        except (EOFError, ConnectionResetError):
            process.join()
            raise UserError(say("card.worker_died", status=process.exitcode)) from None
        if fault is not None:
            raise fault
    finally:
        pipe.close()
        process.join(_PATIENCE)
        process.kill()  # it may be deep in a query; what it leaves goes before the folder is written again
        process.join()


def _do(pipe: Connection, folder: Path, is_unmasked: bool, work: Callable[..., None], given: tuple[object, ...]) -> None:
    from ruralkpi.press.worker import leave

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the run's business
    signal.signal(signal.SIGTERM, leave)
    if is_unmasked:
        unmasked.turn_on()
    held = lock.join(folder)
    Thread(target=_end_with, args=(pipe,), daemon=True).start()
    if not held:
        return
    try:
        work(*given)
        pipe.send(None)
    except Exception as fault:
        with suppress(BrokenPipeError, ConnectionResetError):
            try:
                pipe.send(fault)
            except (AttributeError, TypeError, PicklingError):  # it can't travel
                pipe.send(RuntimeError(f"{type(fault).__name__}: {fault}"))


def _end_with(pipe: Connection) -> None:
    """Ends this process when nobody holds the other end of its pipe any more; what it was just writing it takes away."""
    with suppress(EOFError, OSError):
        pipe.recv()
    os.kill(os.getpid(), signal.SIGTERM)


@contextmanager
def _deaf() -> Iterator[None]:
    """What is started in the block never hears Ctrl-C: it would answer with a traceback while it imports. This process hears
    it after the block."""
    resource_tracker.ensure_running()  # which would hear it again, and let it be heard, if it were started in the block
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _OneThread:
    """Maths libraries of the process that forks may not start threads: set while it is started."""

    _NAMES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")

    def __enter__(self) -> None:
        self.before = {name: os.environ.get(name) for name in self._NAMES}
        os.environ.update(dict.fromkeys(self._NAMES, "1"))

    def __exit__(self, *_: object) -> None:
        for name, value in self.before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
