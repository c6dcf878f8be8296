"""docs/: every page has its twin, every code block runs, every link and picture leads somewhere."""

from __future__ import annotations

import csv
import io
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import ROOT, Office

import ruralkpi as rk
from ruralkpi import settings as configuration
from ruralkpi.calendar import overrides
from ruralkpi.exports.declared import built_in
from ruralkpi.exports.form import plain
from ruralkpi.exports.mappings import with_mappings
from ruralkpi.obligations.declared import rules
from ruralkpi.reference.markdown import MADE

DOCS = ROOT / "docs"
README = ROOT / "README.md"
NAMES = sorted(path.relative_to(DOCS / "zh").as_posix() for path in (DOCS / "zh").rglob("*.md"))
BLOCK = re.compile(r"^```(\w*)[^\n]*\n(.*?)^```$", re.M | re.S)
ELSEWHERE = {"developing.md"}  # tests/house/test_developing.py writes these blocks into a copy of the package
FIRST = ["start.md", "editions.md"]  # what these make the others ask
PAGES = {name: (DOCS / "zh" / name).read_text(encoding="utf-8") for name in NAMES} | {
    "README.md": README.read_text(encoding="utf-8")
}
KNOWN = {"sh", "toml", "python", "csv", "text", "pycon", "sql", "html"}


def text_of(lang: str, name: str) -> str:
    return (DOCS / lang / name).read_text(encoding="utf-8")


def bare(text: str) -> str:
    """A page without its code."""
    return BLOCK.sub("", text)


def bare_with_marks(text: str) -> str:
    return BLOCK.sub("```\n", text)


def test_every_page_has_its_twin_with_the_same_headings_and_anchors() -> None:
    assert sorted(path.relative_to(DOCS / "en").as_posix() for path in (DOCS / "en").rglob("*.md")) == NAMES
    for name in NAMES:
        levels, anchors = [], []
        for lang in ("zh", "en"):
            text = bare(text_of(lang, name))
            levels.append([len(marks) for marks in re.findall(r"^(#+) ", text, re.M)])
            anchors.append(re.findall(r'<a id="([^"]+)"></a>', text))
        assert levels[0] == levels[1], f"{name}: the headings differ"
        assert anchors[0] == anchors[1], f"{name}: the anchors differ"
        assert len(set(anchors[0])) == len(anchors[0]), f"{name}: an anchor comes twice"


def test_twins_show_the_same_code() -> None:
    for name in NAMES:
        mine, other = ([one for one in BLOCK.findall(text_of(lang, name)) if one[0] != "text"] for lang in ("zh", "en"))
        if text_of("zh", name).startswith(MADE):  # comments of settings are in the page's language
            assert [kind for kind, _ in mine] == [kind for kind, _ in other], name
        else:
            assert mine == other, f"{name}: a block is another one"


def test_no_section_of_a_page_is_empty() -> None:
    for lang in ("zh", "en"):
        for name in NAMES:
            lines = [line for line in bare_with_marks(text_of(lang, name)).splitlines() if line.strip()]
            for line, after in zip(lines, [*lines[1:], "#"], strict=True):
                both = re.match(r"(#+) ", line), re.match(r"(#+) ", after)
                assert not (both[0] and both[1] and len(both[1][1]) <= len(both[0][1])), f"{lang}/{name}: {line}"


def links(text: str) -> Iterator[str]:
    yield from re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", bare(text)))


@pytest.mark.parametrize("lang", ["zh", "en", "README"])
def test_every_link_and_picture_leads_somewhere(lang: str) -> None:
    pages = [README] if lang == "README" else [DOCS / lang / name for name in NAMES]
    for page in pages:
        for link in links(page.read_text(encoding="utf-8")):
            path, _, anchor = link.partition("#")
            assert "://" not in path, f"{page}: {link} needs a network"
            target = (page.parent / path) if path else page
            assert target.exists(), f"{page}: {link} leads nowhere"
            if anchor:
                assert f'<a id="{anchor}"></a>' in target.read_text(encoding="utf-8"), f"{page}: {link} has no such anchor"


def test_every_page_can_be_reached_from_the_first() -> None:
    for lang in ("zh", "en"):
        seen, waiting = set[str](), ["index.md"]
        while waiting:
            name = waiting.pop()
            if name not in seen and name.endswith(".md"):
                seen.add(name)
                found = (
                    os.path.normpath((Path(name).parent / link.partition("#")[0]).as_posix())
                    for link in links(text_of(lang, name))
                )
                waiting += [one for one in found if not one.startswith("..")]
        assert set(NAMES) - seen == set(), lang


def test_every_block_says_what_it_is() -> None:
    for name, text in PAGES.items():
        assert {kind for kind, _ in BLOCK.findall(text)} <= KNOWN, name
        assert text.count("\n```") == 2 * len(BLOCK.findall(text)), f"{name}: a block does not end"


class Shell:
    """The commands of the pages, run in this process in an office that the first page makes."""

    def __init__(self, folder: Path) -> None:
        self.office = Office(folder, second_opinion=True)
        self.here = folder
        self.done: set[tuple[Path, str]] = set()

    def run(self, line: str) -> None:
        """Run a line, unless it was run here before."""
        words = shlex.split(line, comments=True)
        if (self.here, " ".join(words)) in self.done:
            return
        self.done.add((self.here, " ".join(words)))
        if words[0] == "cd":
            self.here = self.here / words[1]
            return
        assert words[0] == "ruralkpi", f"{line}: what is this?"
        self.office.folder = self.here
        result = self.office.run(*words[1:])
        assert result.code == 0, f"{line}: {result.err}"
        if words[1] == "init" and self.here.name != "我的单位":  # a second count of every check says nothing of the pages
            path = self.here / words[2] / "ruralkpi.toml"
            text = path.read_text(encoding="utf-8")
            path.write_text(
                text.replace("#[quality]", "[quality]").replace("#second_opinion = true", "second_opinion = false"), "utf-8"
            )


def commands(text: str) -> list[str]:
    return [
        line for kind, block in BLOCK.findall(text) if kind == "sh" for line in block.splitlines() if line.split("#")[0].strip()
    ]


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """An office as the first page makes it, with what it runs in it."""
    made = Shell(tmp_path_factory.mktemp("docs"))
    for name in FIRST:
        for line in commands(PAGES[name]):
            made.run(line)
    return made


@pytest.mark.parametrize("name", [name for name in PAGES if name not in FIRST and commands(PAGES[name]) and name != "by-hand.md"])
def test_the_commands_of_a_page_run(shell: Shell, name: str) -> None:
    before = shell.here
    for line in commands(PAGES[name]):
        shell.run(line)
    shell.here = before


@pytest.mark.parametrize("name", [name for name in PAGES if "```python" in PAGES[name] and name not in ELSEWHERE])
def test_the_python_of_a_page_runs(shell: Shell, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shell.here)
    with rk.open("data/marts/ruralkpi.duckdb") as book:
        for kind, block in BLOCK.findall(PAGES[name]):
            if kind == "python":
                exec(compile(block, name, "exec"), {"rk": rk, "book": book})


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_setting_mapping_and_calendar_of_the_pages_can_be_read(lang: str, tmp_path: Path) -> None:
    for name in NAMES:
        for n, (kind, block) in enumerate(BLOCK.findall(text_of(lang, name))):
            if kind != "toml" or name in ELSEWHERE:
                continue
            path = tmp_path / f"{n}.toml"
            path.write_text(block, encoding="utf-8")
            if "export = " in block:
                (tmp_path / "mappings").mkdir(exist_ok=True)
                path.replace(tmp_path / "mappings" / "one.toml")
                assert not with_mappings(tmp_path / "mappings")[0].idle, f"{name}: {block}"
            elif "calendar.toml" in block.splitlines()[0]:
                assert set(overrides(path)) == {int(year) for year in tomllib.loads(block)}
            else:
                rules(configuration.load(path).rules)


def test_every_table_of_the_pages_is_an_export_that_is_known() -> None:
    for name, text in PAGES.items():
        for kind, block in BLOCK.findall(text):
            if kind == "csv":
                file, header = block.splitlines()[0].removeprefix("# "), next(csv.reader([block.splitlines()[1]]))
                export = next(one for one in built_in().values() if any(word in file for word in one.files))
                assert [head for head in header if plain(head) not in export.wanted] == [], f"{name}: {file}"
                found = {column for head in header for column, _ in export.wanted[plain(head)]}
                assert {one for one, column in export.columns.items() if column.required} <= found, f"{name}: {file}"


def test_the_figure_that_is_counted_by_hand_is_the_programs(office: Office) -> None:
    """by-hand.md: its records, its outcomes, its rate and interval."""
    page = PAGES["by-hand.md"]
    for kind, block in BLOCK.findall(page):
        if kind == "csv":
            first, rest = block.split("\n", 1)
            office.csv(first.removeprefix("# "), rest)
    office.make("2026-10-31")
    told = dict(re.findall(r"^\| (C\d) \|.*\| (\w+) \|$", page, re.M))
    assert {source: outcome for source, outcome, _ in office.outcomes("complaint_first_reply")} == told and len(told) == 4
    (line,) = commands(page)
    shown = office.run(*shlex.split(line)[1:], "--format", "csv").out
    assert [row["source_id"] for row in csv.DictReader(io.StringIO(shown))] == ["C1", "C2", "C3"]
    (figure,) = office.json("score", "--month", "2026-10", "--kpi", "complaint_first_reply")
    said = f"**{100 * figure['low']:.1f} % 至 {100 * figure['high']:.1f} %**"
    assert (figure["met_n"], figure["owed_n"]) == (1, 3) and said in page and f"**{100 * figure['rate']:.1f} %**" in page


def test_the_site_is_whole_and_fetches_nothing(tmp_path: Path) -> None:
    """Both languages, every page; the search knows Chinese words and English ones. `build` itself refuses what would be fetched."""
    subprocess.run([sys.executable, DOCS / "site" / "build.py", tmp_path / "site"], check=True, capture_output=True)
    for lang, words in (("zh", ("投诉", "首次回复", "半月")), ("en", ("first reply", "half-month"))):
        there = {path.relative_to(tmp_path / "site" / lang).as_posix() for path in (tmp_path / "site" / lang).rglob("*.html")}
        assert {name.replace(".md", ".html") for name in NAMES} <= there
        index = (tmp_path / "site" / lang / "search.json").read_text(encoding="utf-8")
        assert [word for word in words if word not in index] == []
        page = (tmp_path / "site" / lang / "rules" / "complaint_first_reply.html").read_text(encoding="utf-8")
        assert 'src="../../iframe-worker.js"' in page and "unpkg" not in page and "fonts.g" not in page
