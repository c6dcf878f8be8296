"""The walk of the guide: September is published as it stood at its end, October's files come, and what moved says why."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from browser import FOUND, Browser
from conftest import Office
from looked import inaccessible, unreached, wrong

import ruralkpi as rk
from ruralkpi.editions import page, told
from ruralkpi.editions.changes import Changes
from ruralkpi.editions.restated import moved_n
from ruralkpi.sample import write
from ruralkpi.settings import load


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Office, Changes]:
    office = Office(tmp_path_factory.mktemp("walk"))
    raw = office.folder / "raw"
    write(raw, agents=6, months=2, end="2026-10", seed=4, dirty=0, mappings=office.folder / "mappings")
    october = shutil.move(raw / "2026-10", office.folder / "later")
    office.make()
    assert office.run("publish", "--on", "2026-10-05").code == 0
    shutil.move(october, raw / "2026-10")
    office.make()
    with rk.open(office.folder / "marts" / "book.duckdb") as book:
        return office, book.compared("2026-09", settings=load(office.folder / "ruralkpi.toml"))


def test_late_records_move_september_and_every_one_is_told(walked: tuple[Office, Changes]) -> None:
    office, moved = walked
    with office.book() as book:
        rows = told.rows(book, moved, told.Chosen(rule="key_call_weekly", cause="data"), "zh")
        figures = told.figures(book, moved, told.Chosen(rule="key_call_weekly", cause="data"), "zh")
    assert len(rows)
    for sentence in rows["sentence"]:
        assert re.search(r"第 1 版漏办；现算按时，因补.*（2026-10/.*第 \d+ 行）。", sentence), sentence
    assert figures["met_moved_n"].tolist() == [len(rows)] and figures["points"].item() > 0


def test_the_edition_stands_and_what_is_told_leads_from_it_to_now(walked: tuple[Office, Changes]) -> None:
    """Every figure from which and to which the changes lead is the edition's and the book's; what is not told has not moved."""
    office, moved = walked
    by = ("--month", "2026-09", "--by", "province")
    old, new = (
        {row["rule_id"]: (row["met_n"], row["owed_n"]) for row in office.json("score", *by, *more)}
        for more in (["--edition", "1"], [])
    )
    figures: pd.DataFrame = moved.figures[moved.figures["level"] == "province"]
    for row in figures.itertuples():
        assert (row.met_from, row.owed_from) == old[row.rule_id] and (row.met_to, row.owed_to) == new[row.rule_id]
    states = {"village_info_current", "agreement_file_current"}  # judged for the newest month only
    assert {rule for rule in old if old[rule] != new[rule]} - states == set(figures["rule_id"])


def test_run_and_changes_count_figures_in_one_way(walked: tuple[Office, Changes]) -> None:
    office, moved = walked
    assert moved.old is not None
    counts = moved_n(office.folder / "marts" / "book.duckdb", moved.old)
    said = f"涉及 {counts['agents']} 个人·规则、{counts['areas']} 个片区·规则的数字"
    assert counts["agents"] and counts["areas"] and said in told.head(moved, "zh", told.Chosen())[0]


def test_the_page_opens_to_the_rows(walked: tuple[Office, Changes]) -> None:
    office, moved = walked
    with office.book() as book:
        html = page.html(book, moved, "zh").replace("\u00a0", " ")
    assert "现算按时" in html and html.count("<details") > 1


def test_a_card_and_a_trend_show_what_is_another_than_published(walked: tuple[Office, Changes]) -> None:
    office, moved = walked
    with rk.open(office.folder / "marts" / "book.duckdb") as book:
        was = book.restated("2026-09")
        assert not was.empty and book.restated("2026-10").empty
        figure = rk.figures.trend(book, "key_call_weekly")
        ring = next(line for line in figure.data if line.name == "发布时")
        whole = book.restated(by="province").set_index("rule_id").loc["key_call_weekly"]
        assert list(ring.x) == ["2026-09"] and list(ring.y) == [whole["met_from"] / whole["owed_from"]]
        agent = was["place_id"].iloc[0]
        own = was[was["place_id"] == agent]
        label = book.catalog().set_index("rule_id")["label_zh"]
    done = office.run("render", "--month", "2026-09", "--agents", agent, "--formats", "html")
    assert done.code == 0, done.err
    card = next((office.folder / "reports" / "2026-09").rglob(f"{agent}.html")).read_text(encoding="utf-8").replace("\u00a0", " ")
    said = re.search(r"与第 1 版不同：(.*?)。", card)
    assert said
    for row in own.to_dict("records")[:4]:
        assert f"{row['met_from']}/{row['owed_from']} → {row['met_to']}/{row['owed_to']}" in said[1]
        assert label[row["rule_id"]].replace("\u00a0", " ")[:6] in said[1]
    area = office.json("score", "--month", "2026-09", "--edition", "1", "--by", "county")
    assert {row["edition"] for row in area} == {1}
    manifest = (office.folder / "reports" / "2026-09" / "manifest.jsonl").read_text(encoding="utf-8")
    assert "草稿（已发布第 1 版）" in manifest
    page = next((office.folder / "reports" / "2026-09").glob("*/index.html")).read_text(encoding="utf-8")
    assert "草稿（已发布第 1 版）" in page


def test_changes_of_a_county_are_its_own(walked: tuple[Office, Changes]) -> None:
    office, moved = walked
    county = moved.figures[moved.figures["level"] == "county"]["place_id"].iloc[0]
    with office.book() as book:
        own = told.figures(book, moved, told.Chosen(county=county), "zh")
        agents = told.figures(book, moved, told.Chosen(by="agent", county=county), "zh")
        rows = told.rows(book, moved, told.Chosen(county=county), "zh")
    assert set(own["place_id"]) == {county} and own["level"].unique().tolist() == ["county"]
    whole = moved.figures[moved.figures["level"] == "agent"]
    assert 0 < len(agents) <= len(whole)
    assert set(agents["place_id"]) == set(whole["place_id"]) & ({*rows["agent_from"], *rows["agent_to"]} - {None})
    assert ((rows["county_from"] == county) | (rows["county_to"] == county)).all()


@pytest.mark.skipif(FOUND is None, reason="no Chromium here")
def test_the_page_is_whole_large_enough_and_accessible_at_both_widths(walked: tuple[Office, Changes], tmp_path: Path) -> None:
    office, moved = walked
    with office.book() as book:
        (tmp_path / "changes.html").write_text(page.html(book, moved, "zh"), encoding="utf-8")
    with Browser(tmp_path) as browser:
        for width in (390, 1280):
            assert wrong(browser, tmp_path / "changes.html", width) == [] and inaccessible(browser) == []
        assert unreached(browser) == []
