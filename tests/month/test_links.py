"""Ways in and out: every link of every page leads somewhere, and every page leads back to the index."""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote

import pytest
from cards_marts import MONTH, build
from conftest import ROOT

from ruralkpi.catalog.page import write
from ruralkpi.obligations.declared import rules
from ruralkpi.press.batch import render
from ruralkpi.texts import say


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two areas' cards with bundles, and the catalogue, as a run leaves them."""
    home = tmp_path_factory.mktemp("links")
    marts = build(home / "marts.duckdb", [("007", "竹园镇代理区"), ("A0009", "木鱼镇代理区")], key_n=2)
    assert render(marts, home / "out", MONTH, is_bundled=True).failed == []
    write(home / "out", rules())
    return home / "out"


def links(page: str) -> list[str]:
    return [html.unescape(link) for link in re.findall(r'(?:href|src)="([^"]+)"', page)]


def test_every_link_leads_to_a_file_and_every_anchor_to_its_place(out: Path) -> None:
    pages = {path.resolve(): path.read_text("utf-8") for path in out.rglob("*.html")}
    assert len(pages) == 15
    for path, text in pages.items():
        for link in links(text):
            file, _, anchor = link.partition("#")
            target = (path.parent / unquote(file)).resolve() if file else path
            assert target.exists(), (path, link)
            assert not anchor or f'id="{anchor}"' in pages[target], (path, link)


def test_every_page_reaches_the_index_and_the_index_every_page(out: Path) -> None:
    index, known = out / MONTH / "index.html", set(out.rglob("*.html"))
    for path in known - {index}:
        ways = {(path.parent / unquote(link.partition("#")[0])).resolve() for link in links(path.read_text("utf-8"))}
        assert index.resolve() in ways, path
    seen, ahead = set(), [index]
    while ahead:
        page = ahead.pop()
        if page not in seen:
            seen.add(page)
            text = page.read_text("utf-8")
            found = [
                page.parent / unquote(link.partition("#")[0]) for link in links(text) if link.partition("#")[0].endswith(".html")
            ]
            if page == index:  # the cards stand in the page's data
                found += [page.parent / unquote(link) for link in re.findall(r'"([^" ]+\.html)"', text.split('id="data">')[1])]
            ahead += [one.resolve() for one in found]
    assert seen == {path.resolve() for path in known}


def test_the_index_is_a_whole_table_without_any_script(out: Path) -> None:
    page = (out / MONTH / "index.html").read_text("utf-8").split("<script")[0]
    told, rows = page.split('<p id="plain">')[1].split('<tbody id="rows">')
    assert told.startswith(say("index.no_script")) and "</section>" not in told  # right above the table
    rows = rows.split("</tbody>")[0]
    assert {"007", "A0009"} <= set(re.findall(r">([^<]+)</a>", rows)) and len(re.findall("<tr>", rows)) == 2
    assert any(link.endswith("007.html") for link in links(rows))


def test_no_script_calls_what_browsers_of_2017_lack() -> None:
    """Offices on Windows 7 sit on versions from then on; Chrome 60 stands for them."""
    newer = (
        r"replaceChildren|\?\.(?!\d)|\?\?|structuredClone|\.at\(|\.flat(Map)?\(|matchAll|replaceAll|fromEntries|allSettled|globalThis"
        r"|catch \{|:has\(|:is\(|showModal|ResizeObserver|toSorted|hasOwn|\.finally\(|\{ \.\.\."
    )
    scripts = [*(ROOT / "ruralkpi").rglob("*.js"), *(ROOT / "ruralkpi").rglob("*.j2")]
    assert len(scripts) > 15
    assert [
        (path.name, found[0]) for path in scripts if path.suffix == ".js" for found in re.finditer(newer, path.read_text("utf-8"))
    ] == []
    inline = [
        path.name
        for path in scripts
        if path.suffix == ".j2" and re.search(r"<script>(?!\n\"use strict\";\nconst words = )", path.read_text("utf-8"))
    ]
    assert inline == []  # all of them stand in files of their own


def test_a_bundles_pages_lead_nowhere_outside(out: Path) -> None:
    with zipfile.ZipFile(out / MONTH / "bundles" / "竹园镇代理区.zip") as zipped:
        names = set(zipped.namelist())
        for name in (one for one in names if one.endswith(".html")):
            for link in links(zipped.read(name).decode("utf-8")):
                file = unquote(link.partition("#")[0])
                assert not file or str((Path("/") / name).parent.joinpath(file).resolve())[1:] in names, (name, link)


def test_a_rule_page_adds_up_what_its_areas_kept(out: Path) -> None:
    page = (out / MONTH / "rules" / "key_call_weekly.html").read_text("utf-8")
    pairs = [(int(met), int(owed)) for met, owed in re.findall(r"(\d+)(?:</b>)?/(\d+)</td>", page)]
    county, *areas, whole = pairs
    assert county == whole == (sum(met for met, _ in areas), sum(owed for _, owed in areas)) and len(areas) == 2
