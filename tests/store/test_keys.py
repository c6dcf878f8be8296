"""What is read is read again wherever the code that read it has changed: its list of that code is whole."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import ruralkpi
from ruralkpi.store import keys

HOME = Path(ruralkpi.__file__).parent
# which files there are, how they are written, and what a console says of them: no reading hangs on these
BESIDE = {"walk.py", "whole.py", "spoken.py"}


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reached() -> tuple[set[Path], set[str]]:
    """Every file of ours that reading a unit imports, and every library."""
    ours, libraries, todo = set(), set(), [HOME / "store" / "unit.py"]
    while todo:
        path = todo.pop()
        if path in ours:
            continue
        ours.add(path)
        for name in imports(path):
            first, *rest = name.split(".")
            if first != "ruralkpi":
                libraries.add(first)
                continue
            tries = [HOME.joinpath(*rest[:n]) for n in range(len(rest), 0, -1)]
            found = (one for try_ in tries for one in (try_.with_suffix(".py"), try_ / "__init__.py") if one.is_file())
            todo.append(next(found, HOME / "__init__.py"))
    return ours - {HOME / "__init__.py"}, libraries


def test_all_code_that_reads_has_a_say_in_its_key() -> None:
    ours, _ = reached()
    assert len(ours) > 40
    for path in ours:
        inside = path.relative_to(HOME)
        assert inside.parts[0] in keys.ROOMS or inside.as_posix() in {*keys.LOOSE, *BESIDE}, inside


def test_all_libraries_that_read_have_a_say_in_its_key() -> None:
    _, libraries = reached()
    known = packages_distributions()
    assert {name for library in libraries for name in known.get(library, ())} == set(keys.READERS)
