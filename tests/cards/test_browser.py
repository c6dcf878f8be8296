"""The pages in a real browser: search, sort, links, and names that look like code. Skipped where there is no Chromium."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from pathlib import Path
from urllib.parse import unquote

import duckdb
import openpyxl
import pytest
from cards_marts import MONTH, SCRIPT, build

from ruralkpi.month.index import page_html, row_of
from ruralkpi.month.planned import Entry, Expected, Planned, Task
from ruralkpi.press.batch import render
from ruralkpi.press.verify import pdf_text

BROWSER = next((found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None)
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chromium here")
AREAS = ["㙍𠮷片区", "竹园片区"]


_MANY = """
INSERT INTO agent SELECT 'B' || lpad(i::TEXT, 3, '0'), '赵某', $areas[1 + i % 2], '青川县', NULL, '李大山', TRUE, NULL, NULL
FROM range(3, 230) AS many(i);
INSERT INTO kpi_agent_month BY NAME
SELECT own.* REPLACE ('B' || lpad(i::TEXT, 3, '0') AS agent_id, least(own.owed_n, i % 7) AS met_n)
FROM kpi_agent_month AS own, range(3, 230) AS many(i) WHERE own.agent_id = 'B000' AND own.month = '2026-10'
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A month of 230 agents in two areas, three of them with cards."""
    home = tmp_path_factory.mktemp("browser")
    marts = build(home / "marts.duckdb", [(f"B{i:03d}", AREAS[i % 2]) for i in range(3)], key_n=1)
    with duckdb.connect(str(marts)) as con:  # the rest of them have figures only
        for statement in _MANY.split(";"):
            con.execute(statement, {"areas": AREAS} if "$areas" in statement else None)
    made = render(marts, home / "out", MONTH, agents=["B000", "B001", "B002"], jobs=2)
    assert made.failed == []
    return made.folder


DIMENSIONS = ["visit", "call", "complaint", "fault"]


def many(folder: Path, n: int) -> Path:
    """An index of n made-up agents, made as the real one is: 40 counties of 25 areas, rates from 0 to 99 %."""
    rows = []
    for i in range(n):
        agent, area, county = f"{'AB'[i % 2]}{i:05d}", f"片区{i % 1000:03d}", f"县{i % 40:02d}"
        figures = [{"rule_id": name, "dimension": name, "use": "S", "met_n": i * 7 % 100, "owed_n": 100} for name in DIMENSIONS]
        person = {
            "agent_id": agent,
            "agent_name": "王李张刘陈"[i % 5] + "某",
            "area_id": area,
            "county_id": county,
            "figures": figures,
        }
        card = Planned(Task(Expected(agent, MONTH, [], 0), f"{area}/{agent}"), person, "x")
        files = {kind: {"path": f"{area}/{agent}.{kind}"} for kind in ("html", "pdf")}
        rows.append(row_of(card, Entry(agent, "x", files, None, 0.1), DIMENSIONS, {"call": "below"} if i % 50 == 0 else {}))
    page = folder / "index.html"
    values = {
        "counties": [(f"县{i:02d}", "#", []) for i in range(40)],
        "funnels": [],
        "few": [],
        "rules": [],
        "failed": [],
        "is_provisional": False,
        "has_quality": False,
    }
    html_ = page_html(rows, "zh", MONTH, DIMENSIONS, as_of="2026-10-31 24:00", version="2026.1", **values)
    page.write_text(html_, encoding="utf-8")
    return page


def opened(page: Path, script: str, tmp_path: Path, *more: str) -> str:
    """What a browser shows of a page after a script of ours has run in it; its copy stands beside the page."""
    probe = page.with_name("probe.html")
    probe.write_text(page.read_text("utf-8").replace("</body>", f"<script>{script}</script></body>"), encoding="utf-8")
    try:
        flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            f"--user-data-dir={tmp_path / 'profile'}",
            *(more or ("--virtual-time-budget=9000",)),
        ]
        words = [BROWSER or "", *flags, "--dump-dom", probe.as_uri()]
        return subprocess.run(words, capture_output=True, timeout=120, check=True).stdout.decode("utf-8")
    finally:
        probe.unlink()


def first_column(dom: str) -> list[str]:
    body = re.search(r'<tbody id="rows">(.*?)</tbody>', dom, re.S)
    assert body
    return [
        html.unescape(re.sub(r"<[^>]+>", "", re.search(r"<td.*?</td>", row, re.S)[0])).strip()
        for row in body[1].split("<tr>")[1:]
    ]  # type: ignore[index]


def test_the_index_draws_what_is_looked_at(folder: Path, tmp_path: Path) -> None:
    assert first_column(opened(folder / "index.html", "", tmp_path)) == [f"B{i:03d}" for i in range(200)]
    assert len(first_column(opened(folder / "index.html", "more.click()", tmp_path))) == 230


def test_search_finds_all_words_in_any_column(folder: Path, tmp_path: Path) -> None:
    script = "find.value = '𠮷 b00'; find.dispatchEvent(new Event('input'))"
    assert first_column(opened(folder / "index.html", script, tmp_path)) == ["B000", "B002", "B004", "B006", "B008"]


def test_a_head_sorts_and_again_the_other_way(folder: Path, tmp_path: Path) -> None:
    once = opened(folder / "index.html", "document.querySelector('[data-by=\"0\"]').click()", tmp_path)
    assert first_column(once)[0] == "B229" and 'aria-sort="descending"' in once
    rate = "document.querySelector('[data-by=\"9\"]').click(); " * 2
    pairs = re.findall(r'<td class="num"><b>(\d+)</b>/(\d+)</td>', opened(folder / "index.html", rate, tmp_path))
    assert len(pairs) > 200
    dom = opened(folder / "index.html", rate, tmp_path)
    rows = re.search(r'<tbody id="rows">(.*?)</tbody>', dom, re.S)[1].split("<tr>")[1:]  # type: ignore[index]
    rates = [int(m) / int(n) for m, n in (re.search(r"<b>(\d+)</b>/(\d+)", row).groups() for row in rows)]  # type: ignore[union-attr]
    assert rates == sorted(rates, reverse=True)


def test_two_thousand_agents_are_found_sorted_and_linked(tmp_path: Path) -> None:
    page = many(tmp_path, 2000)
    words = "find.value = '片区123 a'; find.dispatchEvent(new Event('input'));"
    assert first_column(opened(page, words, tmp_path)) == []  # area 123 holds odd numbers only, so none of the A's
    dom = opened(page, words.replace("123 a", "123 B"), tmp_path)
    assert first_column(dom) == ["B00123", "B01123"] and '<b id="shown">2</b>' in dom
    assert 'href="%E7%89%87%E5%8C%BA123/B00123.html"' in dom or 'href="片区123/B00123.html"' in dom
    dom = opened(page, "find.value = '▼电访'; find.dispatchEvent(new Event('input'))", tmp_path)
    assert first_column(dom) == sorted(f"A{i:05d}" for i in range(0, 2000, 50)) and dom.count(">▼</b>") == 40
    sort = "document.querySelector('[data-by=\"13\"]').click(); more.click()"
    rates = [int(met) for met in re.findall(r'<td class="num"><b>(\d+)</b>/100</td>', opened(page, sort, tmp_path))]
    assert len(rates) > 400 * 3 and rates == sorted(rates)


def test_chips_narrow_to_a_county_and_a_state_and_say_when_nobody_is_left(tmp_path: Path) -> None:
    page = many(tmp_path, 2000)
    county = "document.querySelector('[data-county=\"县10\"]').click();"
    dom = opened(page, county, tmp_path)
    assert '<b id="shown">50</b>' in dom and dom.count('aria-pressed="true"') == 1 and '<p id="none" class="soft" hidden' in dom
    below = opened(page, county + "document.querySelector('[data-state=\"b\"]').click();", tmp_path)
    assert first_column(below) == [f"A{i:05d}" for i in range(0, 2000, 50) if i % 40 == 10]
    nobody = opened(page, county + "find.value = 'zzz'; find.dispatchEvent(new Event('input'));", tmp_path)
    assert first_column(nobody) == [] and '<p id="none" class="soft" hidden' not in nobody


def test_of_twenty_thousand_agents_only_a_screenful_is_drawn(tmp_path: Path) -> None:
    """What keeps a key press quick (benchmarks/index.py has the milliseconds)."""
    dom = opened(many(tmp_path, 20_000), "find.value = 'b'; find.dispatchEvent(new Event('input'))", tmp_path)
    found = first_column(dom)
    assert len(found) == 200 and all(one.startswith("B") for one in found) and re.search(r'<b id="shown">10,?000</b>', dom)


def test_every_link_of_the_pages_leads_to_a_file(folder: Path, tmp_path: Path) -> None:
    for area in AREAS:  # areas' pages are all there; the index shows links to all of them
        assert (folder / area / "index.html").exists()
    county = folder / "counties" / "青川县" / "index.html"
    for page in (folder / "index.html", county, folder / AREAS[0] / "index.html", folder / AREAS[0] / "B000.html"):
        dom = opened(page, "", tmp_path)
        ids = set(re.findall(r' id="([^"]+)"', dom))
        links = [html.unescape(link) for link in re.findall(r'<a [^>]*href="([^"]+)"', dom)]
        assert links
        for link in links:
            assert link[1:] in ids if link.startswith("#") else (page.parent / unquote(link)).exists(), link


def test_plotly_draws_the_trend_and_the_drawing_stays_for_print(folder: Path, tmp_path: Path) -> None:
    dom = opened(folder / AREAS[0] / "B000.html", "", tmp_path)
    assert 'class="rk-plot js-plotly-plot"' in dom and 'class="rk-multiples"' in dom
    assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", dom.split("<body>")[0])


def test_a_name_that_looks_like_code_stays_text(folder: Path, tmp_path: Path) -> None:
    """On the card, the manager's page, in the PDF and in the workbook; nothing runs, nothing computes."""
    stem = folder / AREAS[0] / "B000"
    for page in (stem.with_suffix(".html"), folder / AREAS[0] / "index.html"):
        dom = opened(page, "window.alert = () => document.title = 'RAN'", tmp_path)
        assert "<title>RAN" not in dom and "<script>alert(1)" not in dom.replace("window.alert", "")
        assert SCRIPT in html.unescape(re.sub(r"<[^>]+>", "", dom))
    bare = re.sub(r"\s", "", pdf_text(stem.with_suffix(".pdf")))
    assert re.sub(r"\s", "", SCRIPT) in bare and AREAS[0] in bare
    book = openpyxl.load_workbook(folder / "summary.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    assert any(cell.value == SCRIPT and cell.data_type in "si" for cell in cells)
    assert any(cell.value == AREAS[0] for cell in cells) and any(cell.value == "B000" for cell in cells)
