"""A province's year through every stage, each beside its floor measured in the same run, and how they grow.

python benchmarks/province.py [AGENTS …] [--months 12] [--folder FOLDER] [--gx] [--memory "4 GB"]

Made-up exports are made once for each size and stay in FOLDER. The floors: for reading, every file decoded and cut into a text
table by DuckDB, a statement for each kind of file; for the build, one scan of every column of the clean tables that it reads.
CPU is user + system of all processes of a stage; memory is the largest resident set of all of them together.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

EXE = str(Path(sys.executable).parent / "ruralkpi")
END = "2026-10"


@dataclass(frozen=True)
class Cost:
    """What one stage took: seconds by the clock and of computing, GB at the most, and the rows that it made."""

    wall: float
    cpu: float
    gb: float
    rows: int = 0


def measured(command: list[str], folder: Path, may_fail: bool = False) -> Cost:
    """Run a command and its children to their end."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
        peak = 0
        while process.poll() is None:
            peak = max(peak, _resident(process.pid))
            time.sleep(0.1)
        out.seek(0)
        said = out.read().decode("utf-8", "replace")
    if process.returncode and not may_fail:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}\n{said[-2000:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(time.perf_counter() - start, cpu, peak / 1e9)


def _resident(pid: int) -> int:
    """Bytes in memory of a process and all that it started; 0 where the system does not say."""
    total, waiting = 0, [pid]
    while waiting:
        one = Path("/proc") / str(waiting.pop())
        try:
            total += int((one / "statm").read_text().split()[1]) * resource.getpagesize()
            waiting += [int(child) for task in (one / "task").iterdir() for child in (task / "children").read_text().split()]
        except OSError:
            continue
    return total


def office(home: Path, agents: int, months: int, memory: str, is_twice: bool) -> Path:
    """The folder of one size with its exports and settings."""
    folder = home / f"{agents}x{months}"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        sample = [
            "sample",
            "raw",
            "--agents",
            str(agents),
            "--months",
            str(months),
            "--end",
            END,
            "--no-slips",
            "--mappings",
            "mappings",
        ]
        subprocess.run([EXE, *sample], cwd=folder, check=True, stderr=subprocess.DEVNULL)
        (folder / "made").touch()
    paths = 'raw = "raw"\ndb = "marts/book.duckdb"\nout = "reports"\nmappings = "mappings"\n'
    settings = f'{paths}memory = "{memory}"\n[quality]\nsecond_opinion = {str(is_twice).lower()}\n'
    (folder / "ruralkpi.toml").write_text(settings, encoding="utf-8")
    return folder


def bare(folder: Path) -> None:
    """The floor of reading: run in a process of its own."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted((folder / "raw").rglob("*.csv")):
        kinds.setdefault(path.name.split("_")[1], []).append(path)
    with tempfile.TemporaryDirectory(dir=folder) as work, duckdb.connect(f"{work}/text.duckdb") as con:
        for number, paths in enumerate(kinds.values()):
            heads: dict[str, int] = {}
            for path in paths:
                text = path.read_bytes()
                head, _, body = (text[3:].decode() if text[:3] == b"\xef\xbb\xbf" else text.decode("gb18030")).partition("\r\n")
                copy = Path(work) / f"{heads.setdefault(head, len(heads))}.csv"
                with copy.open("a", encoding="utf-8", newline="") as out:
                    out.write(body)
            for head, place in heads.items():
                columns = {f"c{i}": "VARCHAR" for i in range(len(head.split(",")))}
                con.read_csv(f"{work}/{place}.csv", header=False, columns=columns, auto_detect=False).create(f"t{number}_{place}")
                Path(f"{work}/{place}.csv").unlink()


def scan(folder: Path) -> None:
    """The floor of building: run in a process of its own."""
    with duckdb.connect(str(folder / "marts" / "book.staging.duckdb"), read_only=True) as con:
        for (table,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE schema_name = 'clean'").fetchall():
            con.execute(f"SELECT max(hash(COLUMNS(*))) FROM clean.{table}").fetchall()


def own(step: str, folder: Path) -> Cost:
    """A floor, measured as the stages are."""
    return measured([sys.executable, __file__, "--floor", step, "--folder", str(folder)], folder)


def run(folder: Path, months: int, is_twice: bool) -> dict[str, Cost]:
    """Every stage of one size."""
    marts, newest = folder / "marts", folder / "raw" / END
    found = {"bare read": own("bare", folder)}
    shutil.rmtree(marts, ignore_errors=True)
    if months > 1:
        aside = folder / "newest"
        newest.rename(aside)
        measured([EXE, "ingest"], folder, may_fail=True)  # without the month of the lists
        aside.rename(newest)
        found["ingest, one new month"] = measured([EXE, "ingest"], folder)
        shutil.rmtree(marts)
    found["ingest, cold"] = measured([EXE, "ingest"], folder)
    found["ingest, as before"] = measured([EXE, "ingest"], folder)
    changed = min(newest.glob("*投诉*.csv"))
    content = changed.read_bytes()
    changed.write_bytes(content.rpartition(b"\r\n")[0].rpartition(b"\r\n")[0] + b"\r\n")
    found["ingest, one changed file"] = measured([EXE, "ingest"], folder)
    changed.write_bytes(content)
    measured([EXE, "ingest"], folder)
    found["check with Great Expectations" if is_twice else "check"] = measured([EXE, "check"], folder)
    found["one scan of clean tables"] = own("scan", folder)
    found["build"] = measured([EXE, "build"], folder)
    with duckdb.connect(str(marts / "book.duckdb"), read_only=True) as con:
        rows = con.execute("SELECT sum(read_n) FROM source_count").fetchall()[0][0]
        owed = con.execute("SELECT count(*) FROM obligation").fetchall()[0][0]
    sizes = {"build": owed, "one scan of clean tables": owed}
    return {name: Cost(one.wall, one.cpu, one.gb, int(sizes.get(name, rows))) for name, one in found.items()}


FLOORS = {"ingest": "bare read", "build": "one scan of clean tables"}


def main() -> None:
    """Measure each size and print a table of stages, and a line of JSON."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("agents", type=int, nargs="*", default=[2000])
    asked.add_argument("--months", type=int, default=12)
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ruralkpi-province")
    asked.add_argument("--memory", default="4 GB")
    asked.add_argument("--gx", action="store_true", help="count every check twice")
    asked.add_argument("--floor", choices=["bare", "scan"], help=argparse.SUPPRESS)
    options = asked.parse_args()
    if options.floor:
        {"bare": bare, "scan": scan}[options.floor](options.folder)
        return
    print(f"{os.cpu_count()} cores, {options.months} months, memory {options.memory}")
    before: dict[str, Cost] = {}
    for agents in sorted(options.agents):
        folder = office(options.folder, agents, options.months, options.memory, options.gx)
        found = run(folder, options.months, options.gx)
        print(f"\n{agents} agents\n{'stage':32}{'rows':>13}{'wall s':>9}{'CPU s':>9}{'GB':>6}{'× floor':>9}{'growth':>8}")
        for name, one in found.items():
            floor = found.get(FLOORS.get(name.split(",")[0], ""))
            ratio = f"{one.cpu / floor.cpu:.2f}" if floor else ""
            rows = one.rows / before[name].rows if name in before else 0
            growth = f"{one.cpu / before[name].cpu / rows:.2f}" if rows else ""
            print(f"{name:32}{one.rows:>13,}{one.wall:>9.1f}{one.cpu:>9.1f}{one.gb:>6.2f}{ratio:>9}{growth:>8}", flush=True)
        print(json.dumps({"agents": agents} | {name: vars(one) for name, one in found.items()}))
        before = found


if __name__ == "__main__":
    main()
