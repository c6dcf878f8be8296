"""Which room may import which: no import runs back, no modules go in a circle, no folder is too full to be looked through."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest
from conftest import ROOT

HOME = ROOT / "ruralkpi"
TESTS = ROOT / "tests"
PAGES = [HOME.parent / "docs" / lang / "developing.md" for lang in ("zh", "en")]
# What everybody uses: importable by all rooms, and importing no room.
LOOSE = {
    "texts": "errors",
    "spoken": "texts",
    "decoding": "voices",
    "toml_text": "decoding errors texts",
    "calendar": "errors texts toml_text",
    "settings": "errors texts toml_text",
    "abreast": "sql",
    "databases": "errors sql texts",
    "masking": "databases errors sql texts",
} | dict.fromkeys(("errors", "light_import", "recipe", "sql", "voices", "walk", "whole"), "")
# Room → the rooms it may import, in the order of a record's way: a room's own line may only name rooms above it.
# docs/*/developing.md show the same table.
ROOMS = {
    "exports": "",
    "intake": "exports",
    "store": "exports intake",
    "drafts": "exports intake",
    "checks": "exports intake",
    "engines": "",
    "marts": "",
    "obligations": "exports intake checks marts",
    "kpi": "",
    "measures": "checks obligations",
    "pages": "",
    "quality": "exports intake store checks pages",
    "stages": "exports intake store checks engines marts obligations kpi measures quality",
    "book": "exports checks obligations kpi",
    "editions": "exports intake store marts obligations pages stages book",
    "catalog": "exports obligations pages book",
    "cards": "checks pages book",
    "month": "pages book cards",
    "figures": "obligations book cards",
    "ruralkpi": "editions figures",
    "press": "pages cards month ruralkpi",
    "sample": "",
    "office": "press exports intake stages book",
    "commands": "exports intake store checks obligations engines quality stages book editions catalog press sample office drafts",
    "reference": "exports intake obligations stages book catalog figures ruralkpi sample office commands",
}
MOST = 14  # modules that one can take in at a glance
HOW = """
If the import is wrong: give the importing room what it needs as an argument, or move the type down to where both may see it.
If it is right: write the room into ROOMS of tests/house/test_rooms.py (a new room: a line of its own, below all that it imports and
above all that import it; a new module loose at the top: a line of LOOSE), and into the tables of docs/*/developing.md."""


def modules(home: Path) -> dict[str, Path]:
    """Dotted name → file; the package of docstrings' examples' conftest is no part of the house."""
    found = {}
    for path in sorted(home.rglob("*.py")):
        if path.name != "conftest.py":
            found[".".join(path.relative_to(home.parent).with_suffix("").parts).removesuffix(".__init__")] = path
    return found


def imports(home: Path) -> dict[str, set[str]]:
    """Module → the modules of the house that it imports, anywhere in it: in functions and for types only, too."""
    known = modules(home)
    return {name: set(_named(path, known)) - {name} for name, path in known.items()}


def _named(path: Path, known: dict[str, Path]) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name in known)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: write the whole name of what is imported"
            whole = [f"{node.module}.{one.name}" for one in node.names]
            yield from {name if name in known else str(node.module) for name in whole} & set(known)


def room(module: str) -> str:
    """The first folder a module lies in; a loose module is its own room, and so is the package's own front."""
    return module.split(".")[1] if "." in module else module


def edges(home: Path) -> dict[tuple[str, str], str]:
    """(room, room it imports) → one import that does so."""
    found: dict[tuple[str, str], str] = {}
    for module, others in sorted(imports(home).items()):
        for other in sorted(others):
            if room(module) != room(other):
                found.setdefault((room(module), room(other)), f"{module} imports {other}")
    return found


def faults(home: Path) -> list[str]:
    """What is wrong with the imports, a line each."""
    table = {name: line.split() for name, line in (LOOSE | ROOMS).items()}
    found = edges(home)
    order = list(LOOSE) + list(ROOMS)
    lines = [f"{name} is in no table: it is new" for name in sorted({room(module) for module in modules(home)} - set(table))]
    for (own, other), example in found.items():
        if own in table and other not in table[own] and not (own in ROOMS and other in LOOSE):
            back = own in order and other in order and order.index(other) > order.index(own)
            lines.append(f"{example}: " + ("that runs back" if back else f"{own} may not import {other}"))
    lines += [
        f"{own} → {other}: no import needs it any more" for own in table for other in table[own] if (own, other) not in found
    ]
    return lines


def circle(home: Path) -> list[str]:
    """Modules that import each other in a circle; a package's front counts as a module."""
    try:
        list(TopologicalSorter(imports(home)).static_order())
    except CycleError as fault:
        return list(fault.args[1])
    return []


def full(home: Path) -> list[str]:
    """Folders with too many modules."""
    counts = Counter(path.parent for path in home.rglob("*.py") if path.stem not in ("__init__", "conftest"))
    return [f"{folder.relative_to(home.parent)}: {n} modules" for folder, n in sorted(counts.items()) if n > MOST]


def test_every_import_is_in_the_table_and_the_table_says_no_more() -> None:
    found = faults(HOME)
    assert not found, "\n".join(["", *found, HOW])


def test_the_table_itself_runs_one_way() -> None:
    order = list(ROOMS)
    back = [f"{own} → {one}" for own, line in ROOMS.items() for one in line.split() if order.index(one) >= order.index(own)]
    assert not back, f"a room may only name rooms above it: {back}{HOW}"
    assert all(set(line.split()) <= set(LOOSE) for line in LOOSE.values()), "what everybody uses imports no room"


def test_no_modules_import_each_other_in_a_circle() -> None:
    found = circle(HOME)
    assert not found, " → ".join(found) + HOW


def test_no_folder_has_more_modules_than_one_can_take_in() -> None:
    found = full(HOME)
    assert not found, f"make a room in the room, as cards/facts is one: {found}"


def test_the_page_shows_this_table() -> None:
    lines = "\n".join(f"| `{own}` | {' '.join(f'`{one}`' for one in rooms.split()) or '—'} |" for own, rooms in ROOMS.items())
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        shown = re.search(r"\| `exports` \|.*?\n(?!\|)", text, re.S)
        assert shown and shown[0].strip() == lines, f"the table of {page} is to be:\n{lines}"
        named = re.search(r"<!-- loose -->(.*)", text)
        assert named and set(re.findall(r"`(\w+)`", named[1])) == set(LOOSE)


@cache
def real() -> dict[str, set[str]]:
    return imports(HOME)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """The house with empty rooms but for its imports, to be spoilt."""
    for name, path in modules(HOME).items():
        copy = tmp_path / path.relative_to(HOME.parent)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_text("".join(f"import {other}\n" for other in sorted(real()[name])), encoding="utf-8")
    return tmp_path / "ruralkpi"


@pytest.mark.parametrize(
    ("module", "line", "said"),
    [
        ("month/index.py", "from ruralkpi.press.plan import plan", "month.index imports ruralkpi.press.plan: that runs back"),
        ("press/lock.py", "def late():\n    from ruralkpi.exports import form", "press may not import exports"),
        ("marts/feasts.py", "if TYPE_CHECKING:\n    import ruralkpi.kpi", "marts.feasts imports ruralkpi.kpi: that runs back"),
        ("errors.py", "from ruralkpi import book", "errors imports ruralkpi.book: that runs back"),
        ("privacy/names.py", "", "privacy is in no table"),
    ],
)
def test_an_import_turned_round_or_new_is_found(house: Path, module: str, line: str, said: str) -> None:
    assert faults(house) == []
    (house / module).parent.mkdir(exist_ok=True)
    with (house / module).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    assert [fault for fault in faults(house) if said in fault], faults(house)


def test_what_is_needed_no_more_a_circle_and_a_full_folder_are_found(house: Path) -> None:
    (house / "press" / "batch.py").write_text("import ruralkpi.press.pool\n", encoding="utf-8")
    (house / "press" / "pool.py").write_text("def late():\n    import ruralkpi.press.batch\n", encoding="utf-8")
    for path in (house / "kpi" / "__init__.py", house / "book" / "what_if.py"):
        path.write_text("", encoding="utf-8")
    assert "book → kpi: no import needs it any more" in faults(house)
    assert {"ruralkpi.press.batch", "ruralkpi.press.pool"} <= set(circle(house))
    for n in range(MOST):
        (house / "kpi" / f"part_{n}.py").touch()
    assert full(house) == []
    (house / "kpi" / "one_too_many.py").touch()
    assert full(house) == ["ruralkpi/kpi: 15 modules"]


def test_tests_lie_as_the_rooms_do() -> None:
    """A folder of tests is a room's, but for the house as a whole and what tests are given; none lies loose."""
    folders = {path.parent.relative_to(TESTS).as_posix() for path in TESTS.rglob("*.py")} - {"."}
    assert folders - {*ROOMS, *LOOSE} == {"house", "given"}
    assert [path.name for path in TESTS.glob("*.py")] == ["conftest.py"]
    wrong = [path.name for path in TESTS.rglob("*.py") if (path.parent.name == "given") == path.name.startswith("test_")]
    assert [name for name in wrong if name != "conftest.py"] == []
