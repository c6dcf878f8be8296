"""What requirements.lock pins is what is installed, and runs on the oldest Python that pyproject.toml allows."""

from __future__ import annotations

import tomllib
from importlib.metadata import distribution
from pathlib import Path

from packaging.specifiers import SpecifierSet

HOME = Path(__file__).resolve().parents[2]


def test_every_pinned_package_runs_on_the_oldest_python_allowed() -> None:
    allowed = tomllib.loads((HOME / "pyproject.toml").read_text(encoding="utf-8"))["project"]["requires-python"]
    oldest = f"{allowed.removeprefix('>=')}.0"  # a range of patch versions is a range that some office is below
    pinned = [line.split("==") for line in (HOME / "requirements.lock").read_text(encoding="utf-8").split()]
    asked = {package: distribution(package).metadata["Requires-Python"] or "" for package, _ in pinned}
    assert [package for package, own in asked.items() if not SpecifierSet(own).contains(oldest)] == []
    assert [package for package, version in pinned if distribution(package).version != version] == []
