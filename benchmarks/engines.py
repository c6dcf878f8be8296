"""The same build on DuckDB and on Spark: wall, computing time and memory of each, and Spark with one worker and with two.

python benchmarks/engines.py [AGENTS …] [--months 6] [--folder FOLDER] [--memory "4 GB"] [--skip duckdb,spark,…]

Exports are made up and checked once for each size. Computing time and memory are those of all processes together, Java's and the
workers' too, looked at five times a second. Workers are processes of their own on this machine (local-cluster), one core each.
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
from pathlib import Path

from province import EXE, Cost, office

_TICK = os.sysconf("SC_CLK_TCK")
ENGINES = {
    "duckdb": ["build"],
    "spark local[2]": ["build", "--engine", "spark", "--to", "spark", "--master", "local[2]"],
    "spark 1 worker": ["build", "--engine", "spark", "--to", "spark", "--master", "local-cluster[1,1,2048]"],
    "spark 2 workers": ["build", "--engine", "spark", "--to", "spark", "--master", "local-cluster[2,1,2048]"],
    "book --from": ["book", "--from", "spark", "--db", "marts/far.duckdb"],
}


def watched(command: list[str], folder: Path) -> Cost:
    """Run a command to its end; what it starts counts, whoever waits for it."""
    start, spent, peak = time.perf_counter(), dict[int, float](), 0
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=out)
        while process.poll() is None:
            seen = _tree(process.pid)
            spent |= {pid: cpu for pid, (cpu, _) in seen.items()}
            peak = max(peak, sum(size for _, size in seen.values()))
            time.sleep(0.2)
        out.seek(0)
        said = out.read().decode("utf-8", "replace")
    if process.returncode:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}\n{said[-2000:]}")
    return Cost(time.perf_counter() - start, sum(spent.values()), peak / 1e9)


def _tree(pid: int) -> dict[int, tuple[float, int]]:
    """Seconds of computing and bytes in memory of a process and all below it."""
    found, waiting = {}, [pid]
    while waiting:
        one = waiting.pop()
        home = Path("/proc") / str(one)
        try:
            fields = (home / "stat").read_text().rpartition(")")[2].split()
            size = int((home / "statm").read_text().split()[1]) * resource.getpagesize()
            waiting += [int(child) for task in (home / "task").iterdir() for child in (task / "children").read_text().split()]
        except OSError:
            continue
        found[one] = ((int(fields[11]) + int(fields[12])) / _TICK, size)
    return found


def main() -> None:
    """Measure each size and print a table and a line of JSON."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("agents", type=int, nargs="*", default=[2000])
    asked.add_argument("--months", type=int, default=6)
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ruralkpi-province")
    asked.add_argument("--memory", default="4 GB")
    asked.add_argument("--skip", default="", help="engines that are left out, apart by commas")
    options = asked.parse_args()
    print(f"{os.cpu_count()} cores, {options.months} months, memory {options.memory}")
    for agents in sorted(options.agents):
        folder = office(options.folder, agents, options.months, options.memory, False)
        for stage in ("ingest", "check"):
            watched([EXE, stage], folder)
        found: dict[str, Cost] = {}
        print(f"\n{agents} agents\n{'engine':20}{'wall s':>9}{'CPU s':>9}{'GB':>7}")
        for name, command in ENGINES.items():
            if name in options.skip.split(","):
                continue
            for made in ("marts/book.duckdb", "marts/far.duckdb", "spark/book"):
                path = folder / made
                if made.startswith("marts") or "--from" not in command:
                    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            found[name] = watched([EXE, *command], folder)
            one = found[name]
            print(f"{name:20}{one.wall:>9.1f}{one.cpu:>9.1f}{one.gb:>7.2f}", flush=True)
        print(json.dumps({"agents": agents} | {name: vars(one) for name, one in found.items()}))


if __name__ == "__main__":
    main()
