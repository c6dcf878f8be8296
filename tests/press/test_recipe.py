"""Cards hang on all that the program is made of: their words come from more rooms than press imports."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

_ASK = """
from pathlib import Path
from ruralkpi.press.plan import hangs_on
print(hangs_on(Path(__file__), Path(__file__), "2026-10"))
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the program, and a question beside it."""
    folder = tmp_path_factory.mktemp("program")
    shutil.copytree(ROOT / "ruralkpi", folder / "ruralkpi", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "ask.py").write_text(_ASK, encoding="utf-8")
    return folder


def hangs_on(home: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-B", "ask.py"], cwd=home, capture_output=True, text=True, env={"PYTHONPATH": str(home)}
    )
    assert done.returncode == 0 and done.stdout.strip(), done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "name",
    [
        "exports/complaints.toml",  # the English of its checks
        "checks/sentence.py",
        "spoken.py",
        "obligations/requested.py",  # the code printed beside a matter
        "cards/templates/page.html.j2",
        "calendar/lunar.py",
    ],
)
def test_cards_are_made_again_when_what_words_them_has_changed(home: Path, name: str) -> None:
    before, path = hangs_on(home), home / "ruralkpi" / name
    path.write_bytes(path.read_bytes() + b"\n")
    assert hangs_on(home) != before


def test_cards_stay_when_the_program_has_only_been_run(home: Path) -> None:
    before = hangs_on(home)
    (home / "ruralkpi" / "__pycache__").mkdir(exist_ok=True)
    (home / "ruralkpi" / "__pycache__" / "texts.cpython-311.pyc").write_bytes(b"compiled")
    assert hangs_on(home) == before
