"""What a run costs when one record has changed, and whether all that it does not touch stays as it was, byte for byte.

python benchmarks/changed.py [--agents 2000] [--months 6] [--folder FOLDER]

Made-up exports, as in province.py. A whole run with every card; then one record is struck from a file and the run is repeated.
The peer, measured in the same run: the run in which nothing had changed.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path

from province import END, EXE, measured, office


def hashes(folder: Path) -> dict[str, str]:
    """Every file below a folder, by name."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in found}


def main() -> None:
    """Run three times, and print a table."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--agents", type=int, default=2000)
    asked.add_argument("--months", type=int, default=6)
    asked.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "ruralkpi-changed")
    given = asked.parse_args()
    folder = office(given.folder, given.agents, given.months, "4 GB", is_twice=False)
    run = [EXE, "run"]
    steps = {"all": measured(run, folder, may_fail=True), "nothing changed": measured(run, folder, may_fail=True)}
    before = hashes(folder / "reports")
    changed = min((folder / "raw" / END).glob("*_拜访_*.csv"))
    content = changed.read_bytes()
    try:
        changed.write_bytes(content.rstrip(b"\r\n").rpartition(b"\r\n")[0] + b"\r\n")
        steps["one record changed"] = measured(run, folder, may_fail=True)
        after = hashes(folder / "reports")
    finally:
        changed.write_bytes(content)
    other = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    for name, cost in steps.items():
        print(f"{name:20} {cost.wall:7.1f} s  {cost.cpu:7.1f} CPU-s  {cost.gb:5.2f} GB")
    print(f"{len(before)} files before, {len(after)} after, {len(other)} of them changed:")
    print("\n".join(other[:30]))


if __name__ == "__main__":
    main()
