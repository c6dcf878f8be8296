"""Inputs that others report, run as their own script runs them; each has a small twin among the other tests."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest
from conftest import SHARED

CASES = SHARED / "cases"
NAMES = sorted(path.parent.name for path in CASES.glob("*/expect.toml"))
FORKED = Path(__file__).parents[1] / "given" / "forked.py"
_BYTES = 8_000_000 << 10  # as their README asks: some take all memory where nothing limits the readers
# the second count of every check is asked for elsewhere, and costs more than all the rest of a case
_ONCE = """#!/bin/sh
[ -e ruralkpi.toml ] || printf '[quality]\\nsecond_opinion = false\\n' > ruralkpi.toml
exec {python} -S {forked} {line} "$@"
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The program, as their script starts it."""
    folder = tmp_path_factory.mktemp("product")
    line = folder / "line"
    with subprocess.Popen(
        [sys.executable, FORKED, "serve", line],
        stdout=subprocess.PIPE,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES)),
    ) as program:
        assert program.stdout is not None and program.stdout.readline() == b"ready\n"
        made = folder / "ruralkpi"
        made.write_text(_ONCE.format(python=sys.executable, forked=FORKED, line=line), encoding="utf-8")
        made.chmod(0o755)
        yield made
        program.kill()


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """Their script."""
    loader = SourceFileLoader("check", str(CASES / "check"))
    spec = spec_from_loader("check", loader)
    assert spec is not None
    loader.exec_module(found := module_from_spec(spec))
    return found


@pytest.mark.skipif(not NAMES, reason="shared/cases is not here")
@pytest.mark.parametrize("name", NAMES or ["none"])
def test_a_case_of_the_shared_folder_is_right(
    name: str, product: Path, script: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # their script leaves for its own folder
    printed = script.perform(CASES / name, tmp_path, str(product))
    assert script.faults_of(CASES / name, tmp_path, printed) == [], printed
