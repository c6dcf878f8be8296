"""Pages that bear the hash of all that they show: one that is still right is not made again."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from ruralkpi.whole import write


def inputs_of(*shown: object) -> str:
    """The hash of what a page shows, the recipe of all pages included."""
    return hashlib.sha256("\0".join(map(repr, shown)).encode("utf-8", "surrogatepass")).hexdigest()


def inputs_in(path: Path) -> str | None:
    """The hash that a page bears; None where there is no page of ours."""
    try:
        with path.open(encoding="utf-8") as file:
            found = re.search(r'name="ruralkpi-inputs" content="(\w+)"', file.read(1000))
    except (OSError, UnicodeDecodeError):
        return None
    return found[1] if found else None


def renew(path: Path, inputs: str, page: Callable[[], str]) -> None:
    """Write a page, unless the one that is there bears these inputs."""
    if inputs_in(path) != inputs:
        path.parent.mkdir(parents=True, exist_ok=True)
        write(path, page())
