"""What goes wrong while Spark computes: a worker is killed, the disk fills. Done by retry, or one line and nothing half."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Office
from on_spark import WHOLE, missing

pytestmark = pytest.mark.skipif(bool(missing()) or not WHOLE, reason=missing() or "make test-spark asks for it")
# two workers of one core each; one is killed while both compute
_KILLED = """
import json, os, signal, sys, threading, time
from pathlib import Path
import duckdb, pandas as pd
from ruralkpi.engines.spark.connection import Connection
from ruralkpi.engines.spark.session import session

def workers():
    found = {}
    for one in Path("/proc").iterdir():
        if one.name.isdecimal():
            try:
                words = (one / "cmdline").read_bytes().split(b"\\0")
            except OSError:
                continue
            if b"org.apache.spark.executor.CoarseGrainedExecutorBackend" in words and mark in b" ".join(words):
                found[int(one.name)] = words
    return found

def kill():
    while not (seen := workers()):
        time.sleep(0.2)
    time.sleep(3)
    victim = min(workers())
    os.kill(victim, signal.SIGKILL)
    killed.append(victim)

folder, killed = Path(sys.argv[1]), []
with session("local-cluster[2,1,1024]", folder / "work", 1 << 30) as spark, duckdb.connect() as shapes:
    mark = spark.conf.get("spark.driver.port").encode()
    con = Connection(spark, folder / "tables", shapes)
    con.register("n", pd.DataFrame({"n": range(700)}))
    thread = threading.Thread(target=kill)
    thread.start()
    con.execute("CREATE TABLE sums AS SELECT a.n % 7 AS k, count(*) AS c, CAST(sum(a.n * b.n + c.n) AS BIGINT) AS s "
                "FROM n AS a CROSS JOIN n AS b CROSS JOIN n AS c GROUP BY a.n % 7")
    thread.join()
    print(json.dumps([killed, con.execute("SELECT k, c, s FROM sums ORDER BY k").fetchall()]))
"""


def test_a_worker_that_is_killed_costs_time_and_nothing_else(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _KILLED, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    killed, found = json.loads(done.stdout.splitlines()[-1])
    n, total = 700, 700 * 699 // 2
    wanted = []
    for k in range(7):
        mine = range(k, n, 7)
        wanted.append([k, len(mine) * n * n, sum(mine) * total * n + len(mine) * n * total])
    assert len(killed) == 1 and found == wanted


def test_a_disk_that_fills_is_one_line_and_the_old_folder_stays(office: Office) -> None:
    office.csv(
        "投诉_2026-10.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-10-05 10:00:00,007,2026-10-06 10:00:00"
    )
    for command in (["ingest"], ["check", "--as-of", "2026-10-31"]):
        assert office.run(*command).code == 0
    exe, limit = Path(sys.executable).parent / "ruralkpi", 8 << 10
    done = subprocess.run(
        [exe, "build", "--engine", "spark", "--master", "local[1]", "--to", "spark", "--store", "spark"],
        cwd=_exported(office), capture_output=True, text=True, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert done.returncode == 2 and done.stderr.count("\n") == 1 and "磁盘" in done.stderr, done.stderr
    assert {path.name for path in (office.folder / "spark").iterdir()} <= {"clean", "book.work"}
    assert not list((office.folder / "spark").rglob("obligation*"))


def _exported(office: Office) -> Path:
    from ruralkpi.settings import load
    from ruralkpi.stages.cluster import export

    before = Path.cwd()
    os.chdir(office.folder)
    try:
        export(load(), Path("spark"), lambda: None)
    finally:
        os.chdir(before)
    return office.folder
