"""Work on one database that need not wait for other work: a statement over little leaves most cores idle."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from graphlib import TopologicalSorter

import duckdb

from ruralkpi.sql import first_row, literal

MOST = 4  # at once: each takes memory of its own
LARGE = 10_000_000  # rows of a database, of which one statement keeps all cores busy
Task = Callable[[duckdb.DuckDBPyConnection], object]
Adding = AbstractContextManager[None]


def abreast(con: duckdb.DuckDBPyConnection, tasks: Mapping[str, Task], selects: Mapping[str, str] | None = None) -> None:
    """Do all tasks, each as soon as those whose tables it reads have ended, and the first that may begin first; `selects`: the
    SELECT of a task that reads tables of others, which are called as their tasks are.

    Each has a connection of its own to the same database, with the same search path; what is temporary in one is not there in
    another. A large database, and an engine other than DuckDB, does one after another, in their order. Raises what a task
    raises; those under way are broken off then, and no more begin.
    """
    n = _at_once(con, tasks)
    if n < 2:
        for task in tasks.values():
            task(con)
        return
    reads = {name: con.get_table_names(sql) & tasks.keys() for name, sql in (selects or {}).items()}
    order = TopologicalSorter({name: reads.get(name, ()) for name in tasks})
    order.prepare()
    idle, rank, ready = [_like(con) for _ in range(n)], list(tasks).index, list[str]()
    running: dict[Future[object], tuple[str, duckdb.DuckDBPyConnection]] = {}
    with ThreadPoolExecutor(n) as threads:
        try:
            while order.is_active():
                ready = sorted([*ready, *order.get_ready()], key=rank)
                while idle and ready:
                    own, name = idle.pop(), ready.pop(0)
                    running[threads.submit(tasks[name], own)] = name, own
                for ended in wait(running, return_when=FIRST_COMPLETED).done:
                    ended.result()
                    name, own = running.pop(ended)
                    order.done(name)
                    idle.append(own)
        except BaseException:
            while wait(running, timeout=0.05).not_done:
                for _, own in running.values():
                    own.interrupt()  # the statement under way; the next one may begin
            raise
    for own in idle:
        own.close()


def in_turn(
    con: duckdb.DuckDBPyConnection,
    tasks: Sequence[Callable[[duckdb.DuckDBPyConnection, Adding], object]],
    is_one_by_one: bool = False,
) -> None:
    """Do all tasks abreast, or `is_one_by_one`, so that what they add to a table lies in their order: what a task does inside
    the context that it is given is one transaction, kept once the one before has ended. Raises what a task raises."""
    if is_one_by_one or _at_once(con, tasks) < 2:
        for task in tasks:
            task(con, nullcontext())
        return
    ended: list[Future[None]] = [Future() for _ in tasks]

    def run(number: int, own: duckdb.DuckDBPyConnection) -> None:
        try:
            tasks[number](own, _behind(ended[number - 1] if number else None, own))
        except BaseException as fault:
            ended[number].set_exception(fault)
            raise
        ended[number].set_result(None)

    abreast(con, {str(number): partial(run, number) for number in range(len(tasks))})


@contextmanager
def _behind(before: Future[None] | None, con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.execute("BEGIN")
    yield
    if before:
        before.result()
    con.execute("COMMIT")


def _at_once(con: duckdb.DuckDBPyConnection, tasks: Sized) -> int:
    """How many; 1 on an engine other than DuckDB, and in a large database."""
    if not isinstance(con, duckdb.DuckDBPyConnection):
        return 1
    rows = first_row(con, "SELECT coalesce(sum(estimated_size), 0) FROM duckdb_tables()")[0]
    return 1 if rows > LARGE else min(os.cpu_count() or 1, MOST, len(tasks))


def _like(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    own = con.cursor()
    path = first_row(con, "SELECT current_setting('search_path')")[0]
    own.execute(f"SET search_path = {literal(path)}")
    return own
