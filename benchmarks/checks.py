"""Tag + quarantine, and Great Expectations, against reading the file once and against the same checks in pandas.

python benchmarks/checks.py [millions of visit rows …]   (default 1; 10 needs about 12 GB of disk and 6 GB of memory)
Each step runs in a process of its own, so that its peak memory is its own.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import duckdb
import pandas as pd

from ruralkpi.checks.judge import CHECK_LIST, FLAW, ROW_MONTH, judge
from ruralkpi.checks.suite import second_opinion
from ruralkpi.exports.declared import built_in
from ruralkpi.intake.load import ingest
from ruralkpi.intake.readers.files import Source
from ruralkpi.intake.values.macros import add_macros
from ruralkpi.intake.values.typed import typed
from ruralkpi.sql import first_row

AS_OF = "2026-11-01 00:00:00"


def write_visits(path: Path, n: int) -> None:
    times = {name: f"strftime({sql}, '%Y-%m-%d %H:%M:%S')" for name, sql in {
        "visited": "moment", "left": "moment + to_minutes(CAST(30 - CASE WHEN i % 1000 = 3 THEN 60 ELSE 0 END AS BIGINT))",
        "entered": "moment + INTERVAL 1 DAY",
    }.items()}  # fmt: skip
    duckdb.execute("SET enable_progress_bar = false")
    duckdb.execute(f"""
COPY (SELECT 'V' || i AS 拜访编号, CASE WHEN i % 1000 = 1 THEN NULL ELSE 'K' || i % 150000 END AS 客户编号,
    lpad(CAST(i % 20000 AS VARCHAR), 5, '0') AS 工号,
    CASE WHEN i % 1000 = 2 THEN '下周三' ELSE {times["visited"]} END AS 拜访时间, '上门' AS 方式,
    {times["visited"]} AS 到达时间, {times["left"]} AS 离开时间, '完成' AS 结果, {times["entered"]} AS 录入时间
FROM (
    SELECT i, TIMESTAMP '2026-01-01 08:00:00' + to_seconds(CAST(i * 7919 % 26000000 AS BIGINT)) AS moment FROM range({n}) AS r(i)
)) TO '{path}' (HEADER)""")


def staged(folder: Path) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(str(folder / "staging.duckdb"))
    con.execute("SET enable_progress_bar = false")
    return con


def read_once(folder: Path) -> str:
    duckdb.execute("SET enable_progress_bar = false")
    duckdb.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{folder / 'visits.csv'}', all_varchar = true)")
    return f"{first_row(duckdb.default_connection(), 'SELECT count(*) FROM t')[0]} rows"


def read_in(folder: Path) -> str:
    with staged(folder) as con:
        done = ingest(con, [Source(folder / "visits.csv", "visits_2026-10.csv")], list(built_in().values()))
        add_macros(con)
        typed(con, list(built_in().values()))
        return f"{len(done.tables)} table"


def tag(folder: Path, is_second: bool = False) -> str:
    """All checks of the export (more than 13) in one pass; the faulty rows worded and kept out."""
    with staged(folder) as con:
        for table in ("flaw", "check_list", "row_month", "validation"):
            con.execute(f"DROP TABLE IF EXISTS {table}")
        for sql in (FLAW, CHECK_LIST, ROW_MONTH):
            con.execute(sql)
        with second_opinion(con) if is_second else nullcontext() as second:
            judge(con, built_in()["visits"], AS_OF, {"visits"}, second)
        return "checks {}, faults {}, rows that go on {}".format(
            *first_row(con, "SELECT (SELECT count(*) FROM check_list), (SELECT count(*) FROM flaw), (SELECT count(*) FROM good)")
        )


def tag_and_expectations(folder: Path) -> str:
    """The same with Great Expectations' validation of every check and the comparison of the counts, its import included."""
    return tag(folder, is_second=True)


def in_pandas(folder: Path) -> str:
    """13 of the checks, column by column."""
    rows = pd.read_csv(folder / "visits.csv", dtype=str)
    at = {
        c: pd.to_datetime(rows[c], format="%Y-%m-%d %H:%M:%S", errors="coerce")
        for c in ("拜访时间", "到达时间", "离开时间", "录入时间")
    }
    bad = [rows[c].isna() for c in ("客户编号", "工号", "拜访时间")] + [at[c].isna() & rows[c].notna() for c in at]
    bad += [at[c].dt.year.isin([1900, 1970, 2099]) for c in ("拜访时间", "录入时间")] + [
        at[c] > pd.Timestamp(AS_OF) for c in ("拜访时间", "录入时间")
    ]
    bad += [at["离开时间"] < at["到达时间"], at["录入时间"] < at["拜访时间"]]
    tags = pd.concat(bad, axis=1)
    return f"{tags.shape[1]} checks, {int(tags.any(axis=1).sum())} rows with faults, {len(rows[tags.any(axis=1)])} kept out"


def _run(step: Callable[[Path], str], folder: Path, pipe: object) -> None:
    start = time.perf_counter()
    said = step(folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    pipe.send((time.perf_counter() - start, peak, said))  # type: ignore[attr-defined]


def main(millions: list[float]) -> None:
    spawn = multiprocessing.get_context("spawn")
    for size in millions:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            write_visits(folder / "visits.csv", int(size * 1_000_000))
            print(f"{size:g} million rows, {(folder / 'visits.csv').stat().st_size >> 20} MB")
            for step in (read_once, read_in, tag, tag_and_expectations, in_pandas):
                ours, theirs = spawn.Pipe()
                child = spawn.Process(target=_run, args=(step, folder, theirs))
                child.start()
                theirs.close()
                try:
                    seconds, peak, said = ours.recv()
                    print(f"  {step.__name__:21} {seconds:7.1f} s {peak:7.0f} MB  {said}", flush=True)
                except EOFError:
                    print(f"  {step.__name__:21} died (memory?)", flush=True)
                child.join()


if __name__ == "__main__":
    main([float(word) for word in sys.argv[1:]] or [1])
