"""What disturbs a run: a disk that takes no more, and another run at the same time. One line, and the undisturbed result again."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from conftest import Office, tables

EXE = Path(sys.executable).parent / "ruralkpi"
VISITS = "拜访编号,客户编号,工号,拜访时间,方式,结果"


def fill(office: Office) -> Office:
    office.csv("代理人员_2026-10.csv", "工号,片区,姓名,区县\n0007,南片区,张三,甲县")
    office.csv("客户_2026-10.csv", "客户编号,客户名称,客户类别,工号\nK1,甲店,政企,0007")
    for month in (8, 9, 10):
        rows = [f"V{month}-{day},K1,0007,2026-{month:02d}-{day:02d} 09:00,上门,完成" for day in range(1, 29)]
        office.csv(f"2026-{month:02d}/拜访_2026-{month:02d}.csv", "\n".join([VISITS, *rows]))
    return office


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    return made(fill(Office(tmp_path_factory.mktemp("undisturbed"))).make())


def made(office: Office) -> dict[str, pd.DataFrame]:
    """Every table of its book but what says which packs it was made of."""
    return {name: frame for name, frame in tables(office.folder / "marts" / "book.duckdb").items() if name != "made_of"}


def same(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> None:
    assert list(one) == list(other)
    for name in one:
        pd.testing.assert_frame_equal(one[name], other[name], obj=name)


@pytest.mark.parametrize("stage", ["ingest", "check", "build"])
def test_a_disk_that_fills_is_one_line_and_the_next_run_makes_all(
    office: Office, undisturbed: dict[str, pd.DataFrame], stage: str
) -> None:
    fill(office)
    for before in ("ingest", "check", "build")[: ("ingest", "check", "build").index(stage)]:
        assert office.run(before).code == 0
    staging = office.folder / "marts" / "book.staging.duckdb"
    most = staging.stat().st_size if staging.exists() else 400_000
    for limit in (1_000, most // 2):  # bytes of a file
        done = subprocess.run(
            [EXE, stage], cwd=office.folder, capture_output=True, text=True, check=False,
            preexec_fn=lambda n=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (n, n)),
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},  # half of a .pyc would fail whoever comes after
        )  # fmt: skip
        assert (done.returncode, done.stderr.count("\n")) == (2, 1) and "Traceback" not in done.stderr, done.stderr
    same(made(office.make()), undisturbed)


def test_two_runs_at_once_of_one_book_are_one_run_and_a_line(office: Office, undisturbed: dict[str, pd.DataFrame]) -> None:
    fill(office)
    runs = [subprocess.Popen([EXE, "run"], cwd=office.folder, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [run.communicate()[1] for run in runs]
    codes = sorted(run.returncode for run in runs)
    assert codes in ([0, 0], [0, 2]), said
    if codes == [0, 2]:
        assert min(said, key=len).count("\n") == 1
    same(made(office), undisturbed)


def test_two_books_that_read_into_one_store_at_once_are_both_whole(tmp_path: Path, undisturbed: dict[str, pd.DataFrame]) -> None:
    offices = [fill(Office(tmp_path / one, settings='store = "../store"\n')) for one in ("a", "b")]
    runs = [subprocess.Popen([EXE, "ingest"], cwd=office.folder, stderr=subprocess.PIPE) for office in offices]
    assert [run.wait() for run in runs] == [0, 0], [run.communicate() for run in runs]
    for office in offices:
        same(made(office.make()), undisturbed)
