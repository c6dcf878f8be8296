"""The two databases: staging (raw, typed, clean) and the published book; each is replaced whole or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ruralkpi.errors import UserError
from ruralkpi.texts import say

_HELD: set[Path] = set()


@contextmanager
def alone(book: Path) -> Iterator[None]:
    """Only one run at a time works on a book; the lock goes with the process, however that ends.

    Raises UserError when another run holds it, when its folder can't be written, or when DuckDB can't open such a path.
    """
    refuse_path(book)
    path = book.with_name(book.name + ".lock").absolute()
    if path in _HELD:  # a stage inside a run
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = path.open("a")
    except OSError as fault:
        raise UserError(say("error.unwritable", folder=path.parent, fault=fault.strerror or fault)) from None
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UserError(say("error.locked", file=book)) from None
        _HELD.add(path)
        try:
            yield
        finally:
            _HELD.discard(path)


def _told(fault: duckdb.Error, path: Path) -> Exception:
    """A user's error when `path` could not be written, else the fault itself.

    A full disk comes as one of several errors; it shows at the checkpoint, and at closing would pass in silence.
    """
    if isinstance(fault, duckdb.IOException) or "Could not write" in str(fault):
        return UserError(say("error.unwritable", folder=path.parent, fault=str(fault).splitlines()[0]))
    return fault


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A new file beside `path` that takes its place when the block ends well; else the old one stays.

    Raises UserError when the folder can't be written.
    """
    new = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove(new)
    except OSError as fault:
        raise UserError(say("error.unwritable", folder=path.parent, fault=fault.strerror or fault)) from None
    try:
        yield new
        path.with_name(path.name + ".wal").unlink(missing_ok=True)  # of a run that was killed: not the new file's
        new.replace(path)
    except duckdb.Error as fault:
        raise _told(fault, path) from None
    finally:
        _remove(new)


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


@contextmanager
def working(staging: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that changes the staging database in place. Raises UserError when it is in use or can't be written."""
    try:
        con = duckdb.connect(str(staging))
    except duckdb.IOException:
        raise UserError(say("error.locked", file=staging)) from None
    try:
        with con:
            yield con
            con.execute("CHECKPOINT")
    except duckdb.Error as fault:
        raise _told(fault, staging) from None


@contextmanager
def building(book: Path, staging: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose unqualified names make tables in a new book and read clean.* and source_file of staging."""
    if not staging.exists():
        raise UserError(say("error.staging_missing", file=staging))
    with replacing(book) as new, duckdb.connect() as con:
        con.execute(f"ATTACH '{_quoted(new)}' AS book")
        con.execute(f"ATTACH '{_quoted(staging)}' AS staging (READ_ONLY)")
        try:
            con.execute("SET search_path = 'book.main,staging.main,staging.clean'")
        except duckdb.CatalogException:
            raise UserError(say("error.unchecked")) from None
        yield con
        con.execute("CHECKPOINT book")
        con.execute("USE memory")
        con.execute("DETACH book")


def reading(book: Path, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the book, on so many threads. Raises UserError when there is none yet.

    The file is attached to a database of this connection's own: duckdb.connect(path) would hand out the earlier
    file again, as long as this process holds it open, after a build has put a new one in its place.
    """
    refuse_path(book)
    if not book.exists():
        raise UserError(say("error.book_missing", file=book))
    con = duckdb.connect(config={"threads": threads} if threads else {})  # said later, it would cost a start of all threads
    try:
        con.execute(f"ATTACH '{_quoted(book)}' AS book (READ_ONLY)")
        con.execute("USE book")
    except duckdb.Error as fault:
        con.close()
        raise UserError(say("error.book_unreadable", file=book, fault=str(fault).splitlines()[0])) from None
    return con


def refuse_path(path: Path) -> None:
    """Raises UserError for a path that DuckDB takes for another one: with a question mark, or in bytes that are no UTF-8."""
    text = str(path.absolute())
    if "?" in text or text != os.fsencode(text).decode("utf-8", "replace"):
        raise UserError(say("error.db_path", file=os.fsencode(text).decode("utf-8", "backslashreplace")))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
