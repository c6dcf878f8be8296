"""The two databases: staging (raw, typed, clean) and the published book; each is replaced whole or not at all."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from ruralkpi.errors import UserError
from ruralkpi.sql import first_row
from ruralkpi.texts import say

_HELD: set[Path] = set()
_IDLE: dict[int, list[duckdb.DuckDBPyConnection]] = {}
_LITTLE = 300_000  # rows of exports
_BROKEN = (duckdb.IOException, duckdb.InternalException, duckdb.FatalException, duckdb.SerializationException)


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
        raise _unwritable(path.parent, fault) from None
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


@contextmanager
def temporary(book: Path) -> Iterator[Path]:
    """Inside `alone`: what the block, its libraries and its child processes keep for a while lies beside the book, for its
    user's eyes only. It goes at the end; what a killed run left goes at the start. Raises UserError where it can't be made.
    """
    folder = book.with_name(f"{book.stem}.work").absolute()
    try:
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
    except OSError as fault:
        raise _unwritable(folder.parent, fault) from None
    before, tempfile.tempdir = tempfile.tempdir, str(folder)
    environment, os.environ["TMPDIR"] = os.environ.get("TMPDIR"), str(folder)
    try:
        yield folder
    finally:
        tempfile.tempdir = before
        del os.environ["TMPDIR"]
        if environment is not None:
            os.environ["TMPDIR"] = environment
        shutil.rmtree(folder, ignore_errors=True)


def connect(path: Path | None = None, memory: int = 0) -> duckdb.DuckDBPyConnection:
    """Inside `temporary`: a connection that takes so many bytes of memory (0: what DuckDB likes) and puts there what does not
    fit; without a path, to no file."""
    config: dict[str, Any] = {"temp_directory": f"{tempfile.gettempdir()}/spilt"}
    return duckdb.connect(str(path or ":memory:"), config=config | ({"memory_limit": f"{memory >> 20}MiB"} if memory else {}))


def _spare_threads(con: duckdb.DuckDBPyConnection) -> None:
    """Over little several threads wait for each other."""
    if first_row(con, "SELECT coalesce(sum(read_n), 0) FROM source_file")[0] < _LITTLE:
        con.execute("SET threads = 1")


def told(fault: duckdb.Error) -> str | None:
    """What a person can mend of a database's fault, in a line: a file that can't be written, or that is no sound database.

    A full disk comes as one of several errors; it shows at the checkpoint, and at closing would pass in silence.
    None for a fault of another kind, which is not the file's.
    """
    line = str(fault).splitlines()[0]
    if "Could not write" in line or "No space left" in line:
        named = re.search('"(/[^"]*)"', line)
        return say("error.unwritable", folder=Path(named[1]).parent if named else "—", fault=line)
    return say("error.damaged", fault=line) if isinstance(fault, _BROKEN) or "Corrupt database" in line else None


def _told(fault: duckdb.Error) -> Exception:
    known = told(fault)
    return UserError(known) if known else fault


def _unwritable(folder: Path, fault: OSError) -> UserError:
    return UserError(say("error.unwritable", folder=folder, fault=fault.strerror or fault))


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
        raise _unwritable(path.parent, fault) from None
    try:
        yield new
        _put(new, path)
    except duckdb.Error as fault:
        raise _told(fault) from None
    finally:
        with suppress(OSError):
            _remove(new)


def _put(new: Path, path: Path) -> None:
    try:
        path.with_name(path.name + ".wal").unlink(missing_ok=True)  # of a run that was killed: not the new file's
        new.replace(path)
    except OSError as fault:  # a folder of that name, or the folder has gone
        raise _unwritable(path, fault) from None


def _remove(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.with_name(path.name + ".wal").unlink(missing_ok=True)


@contextmanager
def working(staging: Path, memory: int = 0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that changes the staging database in place.

    Raises UserError when it is in use, damaged, none of ours, or can't be written.
    """
    try:
        with connect(staging, memory) as con:
            _refuse_foreign(con, staging)
            _spare_threads(con)
            yield con
            con.execute("CHECKPOINT")
    except duckdb.Error as fault:
        if "Could not set lock" in str(fault):
            raise UserError(say("error.locked", file=staging)) from None
        raise _told(fault) from None


def _refuse_foreign(con: duckdb.DuckDBPyConnection, staging: Path) -> None:
    try:
        con.execute(
            "SELECT file_no, entry FROM source_file LIMIT 0; SELECT folder FROM pack LIMIT 0; SELECT stage FROM made_of LIMIT 0"
        )
    except (duckdb.CatalogException, duckdb.BinderException):
        raise UserError(say("error.foreign", file=staging)) from None


@contextmanager
def building(book: Path, staging: Path, memory: int = 0) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection whose unqualified names make tables in a new book and read clean.* and source_file of staging."""
    if not staging.exists():
        raise UserError(say("error.staging_missing", file=staging))
    with replacing(book) as new, connect(memory=memory) as con:
        con.execute(f"ATTACH '{_quoted(new)}' AS book")
        con.execute(f"ATTACH '{_quoted(staging)}' AS staging (READ_ONLY)")
        try:
            con.execute("SET search_path = 'book.main,staging.main,staging.clean'")
        except duckdb.CatalogException:
            raise UserError(say("error.unchecked")) from None
        _spare_threads(con)
        yield con
        con.execute("CHECKPOINT book")
        con.execute("USE memory")
        con.execute("DETACH book")


def reading(book: Path, threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection to the book, on so many threads. Raises UserError when there is none yet.

    The file is attached to a database of this connection's own: duckdb.connect(path) would hand out the earlier
    file again, as long as this process holds it open, after a build has put a new one in its place.
    """
    _refuse_missing(book)
    config: dict[str, Any] = {"temp_directory": f"{book.absolute()}.tmp"}  # for what does not fit into memory; made on demand
    con = duckdb.connect(config=config | ({"threads": threads} if threads else {}))  # later it would start all threads first
    try:
        _attach(con, book)
    except UserError:
        con.close()
        raise
    return con


@contextmanager
def glancing(book: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that reads the book for a question or two, and serves the next one too: to make one takes longer than such a
    question. Raises UserError as `reading`."""
    _refuse_missing(book)
    idle = _IDLE.setdefault(os.getpid(), [])  # a forked process's own: threads of the other are not there
    con = idle.pop() if idle else duckdb.connect(config={"threads": 1})
    try:
        _attach(con, book)
        yield con
        con.execute("USE memory")
        con.execute("DETACH book")
    except BaseException:  # what is left of the book must not be in the next one's way
        con.close()
        raise
    idle.append(con)


def _refuse_missing(book: Path) -> None:
    refuse_path(book)
    if not book.exists():
        raise UserError(say("error.book_missing", file=book))


def _attach(con: duckdb.DuckDBPyConnection, book: Path) -> None:
    try:
        con.execute(f"ATTACH '{_quoted(book)}' AS book (READ_ONLY)")
        con.execute("USE book")
    except duckdb.Error as fault:
        raise UserError(say("error.book_unreadable", file=book, fault=str(fault).splitlines()[0])) from None


def refuse_path(path: Path) -> None:
    """Raises UserError for a path that DuckDB takes for another one: with a question mark or backslash, or in bytes that are
    no UTF-8."""
    text = os.path.normpath(path.absolute())
    if "?" in text or "\\" in text or text != os.fsencode(text).decode("utf-8", "replace"):
        raise UserError(say("error.db_path", file=os.fsencode(text).decode("utf-8", "backslashreplace")))


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")
