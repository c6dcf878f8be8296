"""Kill -9 `ruralkpi run` at random moments: the last good marts must stay readable, the next run's result the same.

Every other run is cold, without the store and the working database; the others find a pack of the store damaged by one byte.

python benchmarks/kill.py [times] [seconds of a run]   (default 20 12), in a folder with ruralkpi.toml
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import duckdb
import pandas as pd

from ruralkpi import settings

EXE = [str(Path(sys.executable).parent / "ruralkpi"), "run"]


def tables(path: Path) -> dict[str, pd.DataFrame]:
    with duckdb.connect(str(path), read_only=True) as con:
        names = [row[0] for row in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        return {name: con.execute(f'SELECT * FROM "{name}"').df() for name in names}


def cold(where: settings.Settings) -> None:
    shutil.rmtree(where.kept, ignore_errors=True)
    where.staging.unlink(missing_ok=True)


def damaged(where: settings.Settings, rng: random.Random) -> None:
    files = sorted(path for path in where.kept.rglob("*") if path.is_file())
    if files:
        content = bytearray((path := rng.choice(files)).read_bytes())
        content[rng.randrange(len(content))] ^= 1
        path.write_bytes(content)


def gone(group: int) -> None:
    """Wait for the processes that a killed run had started: they end their unit, whose pack is hashed once it is written: a byte
    changed in between would count as written."""
    with suppress(ProcessLookupError):
        while True:
            os.killpg(group, 0)
            time.sleep(0.05)


def main(times: int, seconds: float) -> None:
    where = settings.load()
    book = where.db
    assert subprocess.run(EXE, check=False, capture_output=True).returncode in (0, 1)
    before, rng = tables(book), random.Random(1)
    for n in range(times):
        damaged(where, rng) if n % 2 else cold(where)
        process = subprocess.Popen(EXE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        moment = rng.uniform(0.2, seconds)
        time.sleep(moment)
        process.kill()
        process.wait()
        gone(process.pid)
        print(f"{n + 1:3} killed at {moment:5.1f} s: {len(tables(book))} tables readable", flush=True)
    assert subprocess.run(EXE, check=False, capture_output=True).returncode in (0, 1)
    after = tables(book)
    before.pop("made_of"), after.pop("made_of")  # which packs, not what is in them
    assert list(before) == list(after) and all(before[name].equals(after[name]) for name in before)
    print("the undisturbed result again, table by table")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20, float(sys.argv[2]) if len(sys.argv) > 2 else 12)
