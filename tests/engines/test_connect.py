"""Spark Connect (sc://…): a server of its own, no Java in this process; what it reads and makes is what DuckDB does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from conftest import Office
from on_spark import WHOLE, missing, missing_connect, same_tables

from ruralkpi.engines.spark import session
from ruralkpi.engines.spark.session import lazily
from ruralkpi.errors import UserError

needs_server = pytest.mark.skipif(
    bool(missing() or missing_connect()) or not WHOLE, reason=missing() or missing_connect() or "make test-spark asks for it"
)
_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server on this machine that reaches tmp_path/far as viewfs://far/disk."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "far").mkdir()
    settings = {
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.codegen.wholeStage": "false",
        "spark.hadoop.fs.viewfs.mounttable.far.link./disk": (tmp_path / "far").as_uri(),
    }
    submit = Path(str(find_spec("pyspark").origin)).parent / "bin" / "spark-submit"  # type: ignore[union-attr]
    words = [submit, "--class", _CLASS, "--master", "local[1]", *(f"--conf={name}={value}" for name, value in settings.items())]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_CONNECT_MODE": "0"}
    with (tmp_path / "server.log").open("wb") as log:
        running = subprocess.Popen(
            words, cwd=tmp_path, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
        )
    try:
        _wait(running, port)
        yield f"sc://127.0.0.1:{port}"
    finally:
        os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def _wait(running: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(600):
        assert running.poll() is None
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("the server does not listen")


def far(office: Office, *arguments: str) -> str:
    """A command in a process of its own: this one may have a session of the other kind."""
    exe = Path(sys.executable).parent / "ruralkpi"
    done = subprocess.run([exe, *arguments], cwd=office.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr, done.stderr
    return done.stderr


@needs_server
def test_what_a_server_makes_is_what_duckdb_makes(office: Office, server: str) -> None:
    office.configure("[composite]\nis_on = true\n")
    sample = office.run("sample", "raw", "--mappings", "mappings", "--agents", "2", "--months", "2", "--end", "2026-10")
    assert sample.code == 0, sample.err
    far(office, "ingest", "--engine", "spark", "--master", server)
    for command in ("check", "build"):
        assert office.run(command).code == 0
    for to in ("near", "viewfs://far/disk/x"):
        far(office, "build", "--engine", "spark", "--master", server, "--to", to)
        on = ["--master", server] if to != "near" else []
        far(office, "book", "--from", to, "--db", "marts/far.duckdb", *on)
        assert same_tables(office.folder, "far") > 60


@pytest.mark.skipif(bool(missing_connect()), reason=missing_connect())
@pytest.mark.parametrize("master", ["sc://127.0.0.1:1", "sc://", "sc://127.0.0.1:x"])
def test_a_server_that_is_not_there_is_named_at_once(master: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    with lazily(master, tmp_path) as spark, pytest.raises(UserError, match=f"{master} .*Spark Connect"):
        spark()


def test_packages_that_are_missing_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pyspark")
    monkeypatch.setattr("pyspark.sql.SparkSession.getActiveSession", lambda: None)
    monkeypatch.setattr(session, "CONNECT", ("sys", "no_such_package"))
    with (
        lazily("sc://127.0.0.1", tmp_path) as spark,
        pytest.raises(UserError, match=r"no_such_package.*ruralkpi\[connect\]"),
    ):
        spark()
