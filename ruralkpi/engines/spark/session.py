"""A Spark session with the settings on which figures hang; only what Spark Connect offers, too, is asked of it."""

from __future__ import annotations

import os
import socket
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ruralkpi.engines.spark.java import find_java
from ruralkpi.errors import UserError
from ruralkpi.texts import say

# What DuckDB does, said to Spark: errors instead of NULL for what can't be cast, times without a zone, names as they are written.
MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.sources.partitionColumnTypeInference.enabled": "false",  # 2026-10 is a text
    "spark.sql.storeAssignmentPolicy": "ANSI",
    "spark.sql.caseSensitive": "false",
    "spark.sql.legacy.timeParserPolicy": "CORRECTED",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
}
CONNECT = ("grpc", "grpc_status", "pyarrow", "zstandard")  # what its client imports beside pyspark
_PORT, _PATIENCE_S = 15002, 10
_LOCAL = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.log.level": "ERROR",
}


@contextmanager
def session(master: str, folder: Path, memory: int = 0, more: Mapping[str, str] | None = None) -> Iterator[Any]:
    """A session on `master` (local[*], spark://…, yarn, k8s://…, or sc://… for Spark Connect) that ends with the block.

    `folder`: for what Spark keeps for a while, and for its log; `memory`: bytes for a driver that runs here; `more`: settings.
    One that this process has already, as a notebook on a cluster does, is taken as it is, and stays. Raises UserError without
    pyspark, without a Java that will do or what Spark Connect needs, and where the master can't be reached.
    """
    builder, active = _spark()
    if active is not None:
        for name, value in MEANING.items():
            active.conf.set(name, value)
        yield active
        return
    is_far = master.startswith("sc://")
    if is_far:
        _answers(master)
    else:
        find_java()
    folder = folder.absolute()
    folder.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # what reads files on workers: the same, unless somebody says so
    conf = {} if is_far else {**_own(master, folder, memory), **(more or {})}
    try:
        with _said_to(folder / "spark.log"):
            builder = builder.remote(master) if is_far else builder.master(master).appName("ruralkpi")
            for name, value in {**conf, **MEANING}.items():
                builder = builder.config(name, value)
            made = builder.getOrCreate()
    except Exception as fault:
        raise UserError(say("error.spark_start", master=master, fault=first_line(fault), log=folder / "spark.log")) from None
    try:
        _assert(made)
        yield made
    finally:
        with _said_to(folder / "spark.log"):
            made.stop()


@contextmanager
def lazily(master: str, folder: Path, memory: int = 0) -> Iterator[Callable[[], Any]]:
    """The same, begun when it is first asked for."""
    with ExitStack() as stack:
        yield cache(lambda: stack.enter_context(session(master, folder, memory)))


def _own(master: str, folder: Path, memory: int) -> dict[str, str]:
    found = {"spark.sql.warehouse.dir": (folder / "warehouse").as_uri()}
    if master.startswith("local"):
        found |= {**_LOCAL, "spark.local.dir": str(folder), "spark.sql.shuffle.partitions": str(os.cpu_count() or 1)}
        if memory:
            found["spark.driver.memory"] = f"{memory >> 20}m"
    return found


def _spark() -> tuple[Any, Any]:
    """What makes sessions, and the session that there is."""
    # of pandas, which nothing here hands to Spark; Spark Connect says it later again
    warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise UserError(say("error.spark_missing")) from None
    return SparkSession.builder, SparkSession.getActiveSession()


def _answers(master: str) -> None:
    """Raises UserError where Spark Connect's packages are missing, or nothing listens: its own client would try for minutes."""
    if missing := [one for one in CONNECT if find_spec(one) is None]:
        raise UserError(say("error.connect_missing", packages=", ".join(missing)))
    try:
        parts = urlsplit(master)
        socket.create_connection((parts.hostname or "", parts.port or _PORT), _PATIENCE_S).close()
    except (OSError, ValueError) as fault:
        raise UserError(say("error.connect_silent", master=master, fault=fault)) from None


def _assert(made: Any) -> None:
    """Raises UserError where a session that others started holds to another meaning."""
    for name, value in MEANING.items():
        if (found := made.conf.get(name)) != value:
            raise UserError(say("error.spark_setting", name=name, value=found, needed=value))


@contextmanager
def _said_to(log: Path) -> Iterator[None]:
    """What Java says while it is started goes into a log: it writes to this process's own streams."""
    kept = [(number, os.dup(number)) for number in (1, 2)]
    with log.open("ab") as out:
        for number, _ in kept:
            os.dup2(out.fileno(), number)
    try:
        yield
    finally:
        for number, before in kept:
            os.dup2(before, number)
            os.close(before)


def first_line(fault: BaseException) -> str:
    """What an error of Spark says in the end, without the plan and the traces behind it."""
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()] or [type(fault).__name__]
    causes = [line.removeprefix("Caused by: ") for line in lines if line.startswith("Caused by: ")]
    said = (
        causes[-1] if causes else lines[1] if lines[0].startswith("An error occurred while calling") and lines[1:] else lines[0]
    )
    return said.removeprefix(": ")[:300]
