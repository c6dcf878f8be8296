"""Inputs that others report, run as their own script runs them; each has a small twin among the other tests."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import SHARED

CASES = SHARED / "cases"
NAMES = sorted(path.parent.name for path in CASES.glob("*/expect.toml"))
_BYTES = 8_000_000 << 10  # as their README asks: some take all memory where nothing limits the readers
# the second count of every check is asked for elsewhere, and costs more than all the rest of a case
_ONCE = """#!/bin/sh
[ -e ruralkpi.toml ] || printf '[quality]\\nsecond_opinion = false\\n' > ruralkpi.toml
exec {product} "$@"
"""


@pytest.mark.skipif(not NAMES, reason="shared/cases is not here")
@pytest.mark.parametrize("name", NAMES or ["none"])
def test_a_case_of_the_shared_folder_is_right(name: str, tmp_path: Path) -> None:
    product = tmp_path / "ruralkpi"
    product.write_text(_ONCE.format(product=Path(sys.executable).with_name("ruralkpi")), encoding="utf-8")
    product.chmod(0o755)
    done = subprocess.run(
        [sys.executable, CASES / "check", product, name],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (_BYTES, _BYTES)),
    )
    assert done.returncode == 0, done.stdout + done.stderr
