"""The sample's reports in a real browser, at a desk's width and a phone's: nothing cut, too small or out of reach, by eye, key and
screen reader; and a crawl over all of them."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest
from browser import FOUND, Browser
from conftest import Office
from looked import cut_in_print, inaccessible, unreached, wrong
from paper import page_of

from ruralkpi.cards.facts.content import collect

needs_browser = pytest.mark.skipif(FOUND is None, reason="no Chromium here")
DESK, PHONE = 1280, 390
UPRIGHT, LYING = 703, 1017  # px of a sheet of A4 between the margins of our pages
MONTH = "2026-10"


@pytest.fixture(scope="module")
def reports(sample: Office) -> Path:
    """What a run leaves in reports/."""
    done = sample.run("run", "--jobs", "1")
    assert done.code == 0, done.err
    return sample.folder / "reports"


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def kinds(reports: Path) -> dict[str, Path]:
    """One page of each kind, the longest of it: what is cut is cut there."""
    month = reports / MONTH
    longest = lambda pages: max(pages, key=lambda page: (page.stat().st_size, page))
    cards = [
        page for page in month.glob("*/*.html") if page.name != "index.html" and page.parent.name not in ("rules", "quality")
    ]
    areas = [page for page in month.glob("*/index.html") if page.parent.name != "quality"]
    return {
        "index": month / "index.html",
        "county": longest(month.glob("counties/*/index.html")),
        "area": longest(areas),
        "card": longest(cards),
        "rule": longest(month.glob("rules/*.html")),
        "quality": month / "quality" / "index.html",
        "catalogue": reports / "catalog.html",
    }


KINDS = ("index", "county", "area", "card", "rule", "quality", "catalogue")


@needs_browser
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_whole_large_enough_and_accessible_at_both_widths(reports: Path, browser: Browser, kind: str) -> None:
    page = kinds(reports)[kind]
    assert wrong(browser, page, PHONE) == []
    assert kind not in ("index", "card", "quality") or inaccessible(browser) == []  # the others are the same at both widths
    assert wrong(browser, page, DESK) == []
    assert inaccessible(browser) == []
    assert kind == "catalogue" or unreached(browser) == []


@needs_browser
@pytest.mark.parametrize("kind", KINDS)
def test_a_browser_prints_a_page_without_cutting_anything_off(reports: Path, browser: Browser, kind: str) -> None:
    width = UPRIGHT if kind in ("card", "catalogue") else LYING
    assert cut_in_print(browser, kinds(reports)[kind], width) == []


@needs_browser
def test_an_english_area_is_printed_with_all_columns(reports: Path, browser: Browser, sample: Office) -> None:
    card = kinds(reports)["card"]
    words = ["--month", MONTH, "--agents", card.stem, "--formats", "html", "--jobs", "1", "--out", "english", "--lang", "en"]
    assert sample.run("render", *words).code == 0
    areas = [page for page in (sample.folder / "english" / MONTH).glob("*/index.html") if page.parent.name != "quality"]
    assert areas and [told for page in areas for told in cut_in_print(browser, page, LYING)] == []


@needs_browser
def test_an_english_card_is_whole_too(reports: Path, browser: Browser, sample: Office) -> None:
    """Its words are longer; it stands where the card does, with the script that draws."""
    card = kinds(reports)["card"]
    with sample.book() as book:
        html_ = page_of(collect(book.con, card.stem, MONTH), "en")
    english = card.with_name("english.htm")
    english.write_text(html_, encoding="utf-8")
    try:
        assert wrong(browser, english, PHONE) == [] and wrong(browser, english, DESK) == []
        browser.value("new Promise(done => document.querySelector('.js-plotly-plot') ? done() : setTimeout(done, 900))")
        assert inaccessible(browser) == [] and browser.value("document.querySelector('.js-plotly-plot') !== null")
    finally:
        english.unlink()


@needs_browser
def test_the_checks_find_what_is_wrong(browser: Browser, tmp_path: Path) -> None:
    """A page with one fault of each kind."""
    page = tmp_path / "page.html"
    faults = (
        "<h1>a</h1><h4>b</h4><p style='color:#bbb'>faint text</p><p style='font-size:9px'>small text</p><img src='data:,'>"
        "<p style='width:1em'>一个字宽的文字</p><div style='width:2000px'>wide</div><a href='#x' tabindex='-1' style='outline:0'>x</a>"
    )
    page.write_text(f"<!DOCTYPE html><html><head><title>t</title></head><body><main>{faults}</main></body></html>", "utf-8")
    found = " ".join(wrong(browser, page, DESK))
    assert all(word in found for word in ("page 20", "2008 of 1280", "9.0 px", "a character wide"))
    told = " ".join(inaccessible(browser))
    assert all(word in told for word in ("color-contrast", "heading-order", "html-has-lang", "image-alt"))
    assert any("href" in one for one in unreached(browser))


@needs_browser
def test_the_index_is_used_with_keys_alone(reports: Path, browser: Browser) -> None:
    """Search, chip, sorting and the way to a card, by tab, enter and letters."""
    browser.open(reports / MONTH / "index.html", DESK)
    rows = "document.querySelectorAll('#rows tr').length"
    everybody = browser.value(rows)

    def until(there: str) -> None:
        for _ in range(80):
            browser.press("Tab", 9)
            if browser.value(f"document.activeElement.matches('{there}')"):
                return
        raise AssertionError(there)

    until("#find")
    browser.ask("Input.insertText", text="JG")
    assert 0 < browser.value(rows) < everybody
    browser.value("find.value = ''; find.dispatchEvent(new Event('input')); find.focus()")
    until("[data-county]")
    browser.press("Enter", 13)
    assert 0 < browser.value(rows) < everybody
    until("th button, th [data-by]")
    first = browser.value("document.querySelector('#rows tr').textContent")
    browser.press("Enter", 13)
    assert browser.value("document.querySelector('#rows tr').textContent") != first
    until("#rows a")
    browser.press("Enter", 13)
    for _ in range(200):
        if browser.value("location.pathname.endsWith('index.html')") is False:
            break
    assert browser.value("document.querySelector('main').dataset.month") == MONTH


@needs_browser
def test_an_area_s_misses_open_by_enter(reports: Path, browser: Browser) -> None:
    browser.open(kinds(reports)["area"], DESK)
    browser.value("document.querySelector('details:not([open]) summary').focus()")
    browser.press("Enter", 13)
    assert browser.value("document.activeElement.parentElement.open") is True


def test_every_link_of_all_reports_leads_somewhere_and_every_page_is_reached(reports: Path) -> None:
    pages = {path.resolve(): path.read_text("utf-8") for path in reports.rglob("*.html")}
    ways: dict[Path, set[Path]] = {}
    for path, text in pages.items():
        links = [html.unescape(link) for link in re.findall(r'(?:href|src)="([^"]+)"', text)]
        if 'id="data">' in text:  # the index keeps its cards as data
            links += re.findall(r'"([^" ]+\.(?:html|pdf))"', text.split('id="data">')[1])
        for link in links:
            file, _, anchor = link.partition("#")
            assert not re.match(r"\w+:", file) or file.startswith("data:"), (path, link)
            target = (path.parent / unquote(file)).resolve() if file and not file.startswith("data:") else path
            assert target.exists(), (path, link)
            assert not anchor or f'id="{anchor}"' in pages.get(target, ""), (path, link)
            ways.setdefault(path, set()).add(target)
    seen, ahead = set(), [(reports / MONTH / "index.html").resolve()]
    while ahead:
        if (page := ahead.pop()) not in seen:
            seen.add(page)
            ahead += [one for one in ways.get(page, ()) if one in pages]
    assert seen == set(pages) and len(seen) > 50
    assert all(
        (reports / MONTH / "index.html").resolve() in ways[page] for page in seen - {(reports / MONTH / "index.html").resolve()}
    )


def test_every_tables_head_says_what_it_heads(reports: Path) -> None:
    heads = {page: re.findall(r"<th\b[^>]*>", page.read_text("utf-8")) for page in reports.rglob("*.html")}
    assert any("quality" in page.parts for page in heads)
    assert [(page, head) for page, some in heads.items() for head in some if "scope=" not in head] == []
