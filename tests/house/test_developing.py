"""docs/zh/developing.md keeps its word: its examples, written where it says, do what it says; its texts and paths are real."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT
from test_rooms import faults, full

from ruralkpi.texts import catalogue

PAGE = (ROOT / "docs" / "zh" / "developing.md").read_text(encoding="utf-8")
ENGLISH = (ROOT / "docs" / "en" / "developing.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
# (file, where in it, text) of each fenced block whose first line names a file
_BLOCK = re.compile(
    r"^```\w+\n(?:#|--|\{#) (ruralkpi/\S+)(?: (after:|instead of:|at the end)(.*?))?(?: #\})?\n(.*?)^```$", re.M | re.S
)
BLOCKS = [(file, f"{how} {where.strip()}".strip(), text) for file, how, where, text in _BLOCK.findall(PAGE)]
HOW_TO = re.search(r"^## \S+ id=\"how\".*?(?=^## )", PAGE, re.M | re.S)

EXPORTS = {
    "代理人员.csv": "工号,姓名,片区,区县\n007,张三,甲片区,青川县",
    "客户.csv": "客户编号,名称,客户级别,工号\nK1,甲镇政府,重要,007",
    "检查.csv": """工号,抽查日期,检查项目,条款,是否合格,得分,整改时间
007,2026-03-02,工号牌,1.2,不合格,40,2026-03-09 18:00
007,2026-03-02,用语,1.2,不合格,50,
007,2026-03-02,着装,1.2,合格,90,
007,2026-03-03,礼仪,1.2,合格,105,""",
    "信息收集.csv": "村,类别,更新日期,填报人\n竹园村,代办网点,2026-03-05,007",
    "例会.csv": "工号,例会日期,到会\n007,2026-03-06,出席\n007,2026-03-13,请假",
}
# Run in the copy: everything that the page's examples claim, as one JSON line.
SCRIPT = """
import json, sys
from pathlib import Path
import ruralkpi as rk
from ruralkpi.obligations.cases import failures
from ruralkpi.obligations.moved import unnoticed
from ruralkpi.obligations.declared import rules
from ruralkpi.press.batch import render
from ruralkpi.settings import Settings
from ruralkpi.stages.build import build
from ruralkpi.stages.ingest import ingest

if __name__ == "__main__":
    here = Path(sys.argv[1])
    settings = Settings(raw=here / "raw", db=here / "marts" / "book.duckdb", as_of="2026-03-31")
    ingest(settings)
    build(settings)
    rule = next(rule for rule in rules() if rule.id == "inspection_mended")
    with rk.open(settings.db) as book:
        figure = rk.figures.scores(book, "2026-03")
        rows = lambda sql: [list(map(str, row)) for row in book.con.execute(sql).fetchall()]
        said = {
            "home": rk.__file__,
            "failures": failures(rule),
            "unnoticed": unnoticed(rule),
            "outcomes": rows("SELECT outcome FROM obligation WHERE rule_id = 'inspection_mended' ORDER BY source_id"),
            "quarantine": rows("SELECT source_table, row, code, message FROM quarantine"),
            "inspections": rows("SELECT inspected_on, score_n, mended_at, mended_precision FROM inspection ORDER BY source_id"),
            "sections": rows("SELECT section FROM village_update"),
            "meetings": rows("SELECT met_on, is_present FROM meeting ORDER BY met_on"),
            "measure": book.measures("2026-03", measure="inspection_score", agent="007")[["n", "of_n", "value"]].values.tolist(),
            "bars": [list(map(str, figure.data[0].x)), list(figure.data[0].y), figure.layout.title.text],
        }
    done = render(settings.db, here / "reports", "2026-03", formats={"html"})
    said["cards"] = [done.made_n, done.failed]
    said["page"] = (done.folder / "inspected.html").read_text(encoding="utf-8")
    said["area"] = (done.folder / "甲片区").with_name("甲片区").joinpath("index.html").read_text(encoding="utf-8")
    print(json.dumps(said, ensure_ascii=False))
"""


def lay(home: Path, file: str, where: str, text: str) -> None:
    """Write one block of the page into the copy at `home`."""
    path = home / file
    if not where:
        assert not path.exists(), f"{file} is there already"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if where == "at the end":
        lines.append(text)
    else:
        how, start = re.split(r": ", where, maxsplit=1)
        hits = [n for n, line in enumerate(lines) if line.strip().startswith(start)]
        assert hits, f"{file} has no line that begins with {start!r}: mend the example of docs/zh/developing.md"
        lines[hits[0] : hits[0] + 1] = [text] if how == "instead of" else [lines[hits[0]], text]
    path.write_text("".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package with every example of the page written into it."""
    home = tmp_path_factory.mktemp("copy")
    shutil.copytree(ROOT / "ruralkpi", home / "ruralkpi", ignore=shutil.ignore_patterns("__pycache__"))
    (home / "notebooks").mkdir()
    for name in ("pyproject.toml", "notebooks/scorecard.ipynb"):
        shutil.copy(ROOT / name, home / name)
    for file, where, text in BLOCKS:
        lay(home, file, where, text)
    return home


@pytest.fixture(scope="module")
def said(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the copy makes of a small county's exports."""
    office = tmp_path_factory.mktemp("office")
    (office / "raw").mkdir()
    for name, text in EXPORTS.items():
        (office / "raw" / name).write_text(text + "\n", encoding="utf-8")
    (office / "ask.py").write_text(SCRIPT, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, office / "ask.py", office],
        cwd=office,
        env=os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert Path(answer["home"]).parent == copy / "ruralkpi"
    return answer


def test_every_example_names_its_file() -> None:
    assert HOW_TO is not None
    assert len(BLOCKS) == HOW_TO[0].count("```") // 2 == PAGE.count("\n```") // 2 - 1  # the listing of the rooms is no example
    assert len(re.findall(r"^### ", HOW_TO[0], re.M)) == 9


def test_an_alias_a_word_and_a_column_are_read(said: dict[str, Any]) -> None:
    assert said["inspections"] == [
        ["2026-03-02", "40", "2026-03-09 18:00:00", "minute"],
        ["2026-03-02", "50", "None", "None"],
        ["2026-03-02", "90", "None", "None"],
    ]
    assert said["sections"] == [["渠道"]]


def test_a_check_keeps_its_example_out_and_says_what_to_do(said: dict[str, Any]) -> None:
    assert said["quarantine"] == [["inspections", "5", "I01", "得分 105 不在 0 到 100 之间，请更正"]]


def test_a_rules_cases_hold_and_notice_its_limit_and_it_judges_records(said: dict[str, Any]) -> None:
    assert (said["failures"], said["unnoticed"]) == ([], [])
    assert said["outcomes"] == [["met"], ["missed_open"]]


def test_a_measure_a_figure_and_a_page_say_the_same(said: dict[str, Any]) -> None:
    assert said["measure"] == [[1.8, 3.0, 0.6]]
    assert said["bars"][:2] == [["甲片区"], [0.6]] and "检查得分率" in said["bars"][2]
    assert said["cards"] == [1, []]
    assert "甲片区</th>" in said["page"] and "60\u00a0%" in said["page"]
    assert "得分率" in said["area"]


def test_an_export_is_read_and_reaches_its_mart(said: dict[str, Any]) -> None:
    assert said["meetings"] == [["2026-03-06", "True"], ["2026-03-13", "False"]]


def test_the_examples_keep_the_house_style_and_its_directions(copy: Path) -> None:
    written = [file for file, _, _ in BLOCKS if file.endswith(".py")]
    done = subprocess.run([sys.executable, "-m", "ruff", "check", *written], cwd=copy, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert (faults(copy / "ruralkpi"), full(copy / "ruralkpi")) == ([], [])
    for file in {file for file, _, _ in BLOCKS if file.endswith(".toml")}:
        tomllib.loads((copy / file).read_text(encoding="utf-8"))


def test_the_great_messages_are_the_real_ones() -> None:
    for lang, page in (("zh", PAGE), ("en", ENGLISH)):
        great = re.findall(r"\| `((?:error|check)\.\w+)` (.*?) \|$", page, re.M)
        assert len(great) >= 5
        for key, text in great:
            assert text == catalogue()[key][lang], key


@pytest.mark.parametrize("page", [PAGE, ENGLISH, README], ids=["developing", "in English", "README"])
def test_the_paths_that_a_page_names_are_there(page: str) -> None:
    plain = re.sub(_BLOCK, "", page)
    named = re.findall(r"(?<![\w/.-])((?:ruralkpi|tests|docs|notebooks)/[\w./*…-]*[\w*/])", plain)
    new = {file for file, where, _ in BLOCKS if not where}
    missing = [path for path in named if path not in new and not any(ROOT.glob(path.rstrip("/").replace("…", "*")))]
    assert named and not missing


def test_a_stranger_finds_the_place_in_one_step() -> None:
    """README says where; what is said to be there is there."""
    rows = dict(re.findall(r"^\| ([^|]+?) \| (`ruralkpi/[^|]+?) \|$", README, re.M))
    places = {question: re.findall(r"`(ruralkpi/[^`]+)`", answer) for question, answer in rows.items()}
    said = {  # a word of the question → what its file must hold
        "迟": "missed_late",
        "别名": "[columns]",
        "格子图": "svg(",
        "核对": "mismatch",
    }
    for word, sign in said.items():
        found = [path for question, paths in places.items() if word in question for path in paths]
        assert any(sign in file.read_text(encoding="utf-8") for path in found for file in ROOT.glob(path)), word


def test_the_ways_of_both_pages_name_every_room() -> None:
    rooms = {path.name for path in (ROOT / "ruralkpi").iterdir() if path.is_dir() and path.name != "__pycache__"}
    for page in (PAGE, ENGLISH):
        way = re.search(r"^```text\nruralkpi/exports/.*?^```", page, re.M | re.S)
        assert way and set(re.findall(r"^ruralkpi/(\w+)/", way[0], re.M)) == rooms, "a line for each room in docs/*/developing.md"
    short = set(re.findall(r"ruralkpi/(\w+)/", README.split("## 一条记录")[1]))
    assert {"exports", "intake", "checks", "marts", "standard", "obligations", "kpi", "book", "cards", "month", "press"} <= short
