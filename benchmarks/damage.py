"""Damaged files by the thousand, ingested and checked as a user would: no traceback, no row lost, nothing over the limits.

python benchmarks/damage.py [--files 10000] [--seed 1] [--batch 250] [--keep FOLDER]
A batch is a folder of so many files and one sound one; --keep puts the files of batches with a fault there. Exit code 1 if any.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path

import duckdb

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "given"))

from damaging import as_csv, damaged_files

EXE = str(Path(sys.executable).parent / "ruralkpi")
MEMORY_MB, SECONDS = 1024, 60  # the limits of one file, as they are unless ruralkpi.toml says otherwise
OWN_MB, OWN_SECONDS = 512, 60  # what a batch may take beside them
COUNTED = "read_n = blank_n + clean_n + superseded_n + quarantined_n"


def run(folder: Path, step: str) -> tuple[int, str, float, int]:
    """Exit code, what was printed, seconds of computing with those of processes that it started, and the peak of memory in MB of
    any of them."""
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen([EXE, step, "--raw", "raw", "--db", "b.duckdb"], cwd=folder, stdout=out, stderr=out)
        _, status, used = os.wait4(process.pid, 0)
        out.seek(0)
        return os.waitstatus_to_exitcode(status), out.read().decode(), used.ru_utime + used.ru_stime, used.ru_maxrss >> 10


def faults_of(folder: Path, found: Counter[str]) -> list[str]:
    """What is wrong with one batch; adds what became of its files to `found`."""
    faults, printed, peak = [], "", 0
    for step in ("ingest", "check"):
        code, said, seconds, memory = run(folder, step)
        printed, peak = printed + said, max(peak, memory)
        slow = said.count(f"{SECONDS} 秒内没有读完")
        found["s at most"] = max(found["s at most"], round(seconds))
        found["traceback"] += said.count("Traceback")
        if code not in (0, 1) or "Traceback" in said:
            faults.append(f"{step}: exit {code}: {said[-2000:]}")
        if seconds > OWN_SECONDS + slow * SECONDS:
            faults.append(f"{step}: {seconds:.0f} s, {slow} files over the limit of time")
    if peak > MEMORY_MB + OWN_MB:
        faults.append(f"{peak} MB")
    found["MB at most"] = max(found["MB at most"], peak)
    return faults + (_unaccounted(folder, printed, found) if not faults else [])


def _unaccounted(folder: Path, printed: str, found: Counter[str]) -> list[str]:
    refused = {
        name for line in re.findall("^未读入  (.*)$", printed, re.MULTILINE) for name in [line.split("：")[0].split("#")[0]]
    }
    with duckdb.connect(str(folder / "b.staging.duckdb"), read_only=True) as con:
        counts = con.execute(f"SELECT file, read_n, coalesce({COUNTED}, false) FROM source_count").fetchall()
        tables = con.execute("SELECT file, kept FROM (SELECT file, read_n - blank_n AS kept FROM source_file)").fetchall()
    read = {re.split("[#!]", file)[0] for file, *_ in counts}
    files = {path.name for path in (folder / "raw").iterdir()}
    found["files"] += len(files) - 1
    found["read"] += len((read & files) - {"投诉_好.csv"})
    found["refused"] += len((refused - read) & files)
    found["rows"] += sum(n for _, n, _ in counts)
    lost = [f"{file}: {n} rows, not all accounted for" for file, n, is_whole in counts if not is_whole]
    found["rows lost"] += sum(n for _, n, is_whole in counts if not is_whole)
    if len(tables) != len(counts):
        lost.append(f"{len(tables)} tables read, {len(counts)} counted")
    return lost + [f"{file}: neither read nor refused" for file in sorted(files - read - refused)]


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--files", type=int, default=10_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--batch", type=int, default=250)
    asked.add_argument("--keep", type=Path)
    how = asked.parse_args()
    found, bad_n = Counter[str](), 0
    for first in range(0, how.files, how.batch):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "raw").mkdir()
            (folder / "raw" / "投诉_好.csv").write_bytes(as_csv("utf-8"))
            for file, content in damaged_files(min(how.batch, how.files - first), how.seed, first):
                (folder / "raw" / file).write_bytes(content)
            faults = faults_of(folder, found)
            if faults and how.keep:
                shutil.copytree(folder / "raw", how.keep / str(first), dirs_exist_ok=True)
        bad_n += len(faults)
        print("\n".join([f"{first}: {', '.join(f'{n} {what}' for what, n in sorted(found.items()))}", *faults]), flush=True)
    return 1 if bad_n else 0


if __name__ == "__main__":
    sys.exit(main())
