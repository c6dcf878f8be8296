"""The pages in a real browser: search, sort, links, and names that look like code. Skipped where there is no Chromium."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import duckdb
import openpyxl
import pytest
from browser import FOUND, Browser
from cards_marts import MONTH, SCRIPT, build
from looked import cut_in_print
from paper import pdf_text

from ruralkpi.catalog.page import write as write_catalog
from ruralkpi.month.index import page_html, row_of
from ruralkpi.month.planned import Entry, Expected, Planned, Task
from ruralkpi.press.batch import render
from ruralkpi.texts import say

pytestmark = pytest.mark.skipif(FOUND is None, reason="no Chromium here")
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
    write_catalog(home / "out", {})
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
        "has_changes": False,
        "standing": "",
    }
    html_ = page_html(rows, "zh", MONTH, DIMENSIONS, as_of="2026-10-31 24:00", version="2026.1", **values)
    page.write_text(html_, encoding="utf-8")
    return page


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("profile")) as opened_:
        yield opened_


def opened(browser: Browser, page: Path, script: str = "", until: str = "true") -> str:
    """What a browser shows of a page after a script of ours has run in it, and something has come true."""
    browser.open(page, 1280)
    browser.value(f"(() => {{ {script} }})()")
    for _ in range(2000):
        if browser.value(until):
            return str(browser.value("document.documentElement.outerHTML"))
    raise AssertionError(until)


def first_column(dom: str) -> list[str]:
    body = re.search(r'<tbody id="rows">(.*?)</tbody>', dom, re.S)
    assert body
    cells = [re.search(r"<td.*?</td>", row, re.S)[0] for row in body[1].split("<tr>")[1:]]  # type: ignore[index]
    return [html.unescape(re.sub(r"<[^>]+>", "", cell)).strip().removesuffix("◇ 待更新") for cell in cells]


def test_the_index_draws_what_is_looked_at(folder: Path, browser: Browser) -> None:
    assert first_column(opened(browser, folder / "index.html", "")) == [f"B{i:03d}" for i in range(200)]
    assert len(first_column(opened(browser, folder / "index.html", "more.click()"))) == 230


def test_search_finds_all_words_in_any_column(folder: Path, browser: Browser) -> None:
    script = "find.value = '𠮷 b00'; find.dispatchEvent(new Event('input'))"
    assert first_column(opened(browser, folder / "index.html", script)) == ["B000", "B002", "B004", "B006", "B008"]


def test_a_head_sorts_and_again_the_other_way(folder: Path, browser: Browser) -> None:
    once = opened(browser, folder / "index.html", "document.querySelector('[data-by=\"0\"]').click()")
    assert first_column(once)[0] == "B229" and 'aria-sort="descending"' in once
    rate = "document.querySelector('[data-by=\"9\"]').click(); " * 2
    pairs = re.findall(r'<td class="num"><b>(\d+)</b>/(\d+)</td>', opened(browser, folder / "index.html", rate))
    assert len(pairs) > 200
    dom = opened(browser, folder / "index.html", rate)
    rows = re.search(r'<tbody id="rows">(.*?)</tbody>', dom, re.S)[1].split("<tr>")[1:]  # type: ignore[index]
    rates = [int(m) / int(n) for m, n in (re.search(r"<b>(\d+)</b>/(\d+)", row).groups() for row in rows)]  # type: ignore[union-attr]
    assert rates == sorted(rates, reverse=True)


def test_two_thousand_agents_are_found_sorted_and_linked(tmp_path: Path, browser: Browser) -> None:
    page = many(tmp_path, 2000)
    words = "find.value = '片区123 a'; find.dispatchEvent(new Event('input'));"
    assert first_column(opened(browser, page, words)) == []  # area 123 holds odd numbers only, so none of the A's
    dom = opened(browser, page, words.replace("123 a", "123 B"))
    assert first_column(dom) == ["B00123", "B01123"] and '<b id="shown">2</b>' in dom
    assert 'href="%E7%89%87%E5%8C%BA123/B00123.html"' in dom or 'href="片区123/B00123.html"' in dom
    dom = opened(browser, page, "find.value = '▼电访'; find.dispatchEvent(new Event('input'))")
    assert first_column(dom) == sorted(f"A{i:05d}" for i in range(0, 2000, 50)) and dom.count(">▼</b>") == 40
    sort = "document.querySelector('[data-by=\"13\"]').click(); more.click()"
    rates = [int(met) for met in re.findall(r'<td class="num"><b>(\d+)</b>/100</td>', opened(browser, page, sort))]
    assert len(rates) > 400 * 3 and rates == sorted(rates)


def test_chips_narrow_to_a_county_and_a_state_and_say_when_nobody_is_left(tmp_path: Path, browser: Browser) -> None:
    page = many(tmp_path, 2000)
    county = "document.querySelector('[data-county=\"县10\"]').click();"
    dom = opened(browser, page, county)
    assert '<b id="shown">50</b>' in dom and dom.count('aria-pressed="true"') == 1 and '<p id="none" class="soft" hidden' in dom
    below = opened(browser, page, county + "document.querySelector('[data-state=\"b\"]').click();")
    assert first_column(below) == [f"A{i:05d}" for i in range(0, 2000, 50) if i % 40 == 10]
    nobody = opened(browser, page, county + "find.value = 'zzz'; find.dispatchEvent(new Event('input'));")
    assert first_column(nobody) == [] and '<p id="none" class="soft" hidden' not in nobody


def test_of_twenty_thousand_agents_only_a_screenful_is_drawn(tmp_path: Path, browser: Browser) -> None:
    """What keeps a key press quick (benchmarks/index.py has the milliseconds)."""
    dom = opened(browser, many(tmp_path, 20_000), "find.value = 'b'; find.dispatchEvent(new Event('input'))")
    found = first_column(dom)
    assert len(found) == 200 and all(one.startswith("B") for one in found) and re.search(r'<b id="shown">10,?000</b>', dom)


def test_the_pages_own_rows_say_what_the_script_draws(folder: Path, browser: Browser) -> None:
    page = folder / "index.html"
    own, drawn = page.read_text("utf-8"), opened(browser, page, "more.click()")

    def rows(text: str) -> list[tuple[str, list[str]]]:
        found = text.split('<tbody id="rows">')[1].split("</tbody>")[0].split("<tr>")[1:]
        return [(re.sub(r"<[^>]+>|\s", "", row), re.findall(r'href="([^"]+)"|class="([^"]+)"', row)) for row in found]

    assert rows(own) == rows(drawn) and len(rows(own)) == 230


def test_an_index_of_very_many_leads_to_the_counties_without_a_script(tmp_path: Path) -> None:
    page = many(tmp_path, 2000).read_text("utf-8")
    rows = page.split('<tbody id="rows">')[1].split("</tbody>")[0]
    assert re.findall(r">([^<]+)</a>", rows) == [f"县{i:02d}" for i in range(40)] and say("index.no_script_many") in page


def test_the_index_works_in_a_browser_of_2017(folder: Path, browser: Browser) -> None:
    """What came later is taken away before the page loads."""
    gone = "for (const kind of [Element, Document, DocumentFragment]) delete kind.prototype.replaceChildren; delete Array.prototype.at; "
    gone += (
        "delete Array.prototype.flat; delete Array.prototype.flatMap; delete Object.fromEntries; delete window.structuredClone"
    )
    added = browser.ask("Page.addScriptToEvaluateOnNewDocument", source=gone)["identifier"]
    try:
        found = first_column(opened(browser, folder / "index.html", "find.value = 'b00'; find.dispatchEvent(new Event('input'))"))
        assert found == [f"B{i:03d}" for i in range(10)]
        assert browser.value("getComputedStyle(document.getElementById('plain')).display") == "none"
    finally:
        browser.ask("Page.removeScriptToEvaluateOnNewDocument", identifier=added)


def test_every_link_of_the_pages_leads_to_a_file(folder: Path, browser: Browser) -> None:
    for area in AREAS:  # areas' pages are all there; the index shows links to all of them
        assert (folder / area / "index.html").exists()
    county = folder / "counties" / "青川县" / "index.html"
    for page in (folder / "index.html", county, folder / AREAS[0] / "index.html", folder / AREAS[0] / "B000.html"):
        dom = opened(browser, page, "")
        ids = set(re.findall(r' id="([^"]+)"', dom))
        links = [html.unescape(link) for link in re.findall(r'<a [^>]*href="([^"]+)"', dom)]
        assert links
        for link in links:
            assert link[1:] in ids if link.startswith("#") else (page.parent / unquote(link.partition("#")[0])).exists(), link


def test_plotly_draws_the_trend_and_the_drawing_stays_for_print(folder: Path, browser: Browser) -> None:
    dom = opened(browser, folder / AREAS[0] / "B000.html", "", "document.querySelector('.js-plotly-plot') !== null")
    assert 'class="rk-plot js-plotly-plot"' in dom and 'class="rk-multiples"' in dom
    assert "http://" not in re.sub(r"http://www\.w3\.org/\S+", "", dom.split("<body>")[0])


def test_a_name_that_looks_like_code_stays_text(folder: Path, browser: Browser) -> None:
    """On the card, the manager's page, in the PDF and in the workbook; nothing runs, nothing computes."""
    stem = folder / AREAS[0] / "B000"
    for page in (stem.with_suffix(".html"), folder / AREAS[0] / "index.html"):
        dom = opened(browser, page, "window.alert = () => document.title = 'RAN'")
        assert "<title>RAN" not in dom and "<script>alert(1)" not in dom.replace("window.alert", "")
        assert SCRIPT in html.unescape(re.sub(r"<[^>]+>", "", dom))
    bare = re.sub(r"\s", "", pdf_text(stem.with_suffix(".pdf")))
    assert re.sub(r"\s", "", SCRIPT) in bare and AREAS[0] in bare
    book = openpyxl.load_workbook(folder / "summary.xlsx")
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" or cell.hyperlink for cell in cells)
    assert any(cell.value == SCRIPT and cell.data_type in "si" for cell in cells)
    assert any(cell.value == AREAS[0] for cell in cells) and any(cell.value == "B000" for cell in cells)


def test_a_county_of_many_areas_is_printed_with_all_of_them(tmp_path: Path, browser: Browser) -> None:
    areas = [f"第{i:02d}农村片区" for i in range(24)]
    marts = build(tmp_path / "marts.duckdb", [(f"B{i:03d}", area) for i, area in enumerate(areas)], key_n=1)
    made = render(marts, tmp_path / "out", MONTH, agents=["B000"], formats={"html"}).folder
    page = made / "counties" / "青川县" / "index.html"
    assert cut_in_print(browser, page, 1017) == []
    assert re.findall(r'class="rk-rule">([^<]+)<', page.read_text("utf-8")) == areas
