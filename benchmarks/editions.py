"""What editions cost: publishing a month, comparing it with what the next month's files make of it, and the bytes it takes.

python benchmarks/editions.py [--agents 2000] [--months 6] [--folder FOLDER]

Made-up exports, as in province.py. The last month's files are put aside, the month before is published, the files come back,
and `changes` compares. The peer, measured in the same run: one `build` of the same office.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
from pathlib import Path

from province import END, EXE, Cost, measured, office

BEFORE = "2026-09"


def walk(folder: Path) -> dict[str, Cost]:
    """Each step's cost."""
    newest, aside = folder / "raw" / END, folder / "later"
    if aside.exists():
        shutil.move(aside, newest)
    shutil.rmtree(folder / "marts", ignore_errors=True)
    shutil.move(newest, aside)
    steps = {}
    try:
        for name in ("ingest", "check", "build"):
            measured([EXE, name], folder)
        steps["publish"] = measured([EXE, "publish", "--month", BEFORE, "--on", "2026-10-05"], folder)
    finally:
        shutil.move(aside, newest)
    for name in ("ingest", "check", "build"):
        steps[name] = measured([EXE, name], folder)
    steps["changes"] = measured([EXE, "changes", "--month", BEFORE], folder)
    steps["verify"] = measured([EXE, "verify"], folder)
    return steps


def main() -> None:
    """Walk, and print a table and a line of JSON."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--agents", type=int, default=2000)
    asked.add_argument("--months", type=int, default=6)
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ruralkpi-editions")
    given = asked.parse_args()
    folder = office(given.folder, given.agents, given.months, "4 GB", is_twice=False)
    steps = walk(folder)
    kept = next((folder / "marts" / "book.editions").iterdir())
    size = sum(path.stat().st_size for path in kept.iterdir()) / 1e6
    for name, cost in steps.items():
        ratio = cost.wall / steps["build"].wall
        print(f"{name:8} {cost.wall:7.1f} s  {cost.cpu:7.1f} CPU-s  {cost.gb:5.2f} GB  {ratio:5.2f} x build")
    print(f"edition  {size:.1f} MB of {given.agents} agents")
    print(json.dumps({name: vars(cost) for name, cost in steps.items()} | {"edition_mb": round(size, 1)}))


if __name__ == "__main__":
    main()
