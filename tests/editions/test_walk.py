"""The walk of the guide: September is published as it stood at its end, October's files come, and what moved says why."""

from __future__ import annotations

import re
import shutil

import pandas as pd
import pytest
from conftest import Office

import ruralkpi as rk
from ruralkpi.editions import page, told
from ruralkpi.editions.changes import Changes
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


def test_the_page_opens_to_the_rows(walked: tuple[Office, Changes]) -> None:
    office, moved = walked
    with office.book() as book:
        html = page.html(book, moved, "zh").replace("\u00a0", " ")
    assert "现算按时" in html and html.count("<details") > 1
