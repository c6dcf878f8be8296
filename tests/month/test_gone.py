"""What a month no longer has: cards, area pages and bundles of it go, and are told; nothing else does."""

from __future__ import annotations

from pathlib import Path

import duckdb
import openpyxl
from cards_marts import MONTH, build
from conftest import Office

from ruralkpi.press.batch import render


def test_cards_pages_and_bundles_of_who_is_gone_are_removed_and_told(tmp_path: Path) -> None:
    two = build(tmp_path / "two.duckdb", [("007", "甲片区"), ("OO7", "乙片区")], key_n=1)
    made = render(two, tmp_path / "out", MONTH, formats={"html"}, is_bundled=True)
    folder, kept = made.folder, tmp_path / "out" / MONTH / "notes"
    kept.mkdir()
    (kept / "index.html").write_text("somebody's own")
    assert (folder / "乙片区" / "OO7.html").exists() and (folder / "bundles" / "乙片区.zip").exists()
    one = build(tmp_path / "one.duckdb", [("007", "甲片区")], key_n=1)
    again = render(one, tmp_path / "out", MONTH, formats={"html"})
    assert again.removed == ["乙片区/OO7.html", "bundles/乙片区.zip", "乙片区/index.html"]
    assert (
        not (folder / "乙片区").exists()
        and (folder / "甲片区" / "007.html").exists()
        and (folder / "bundles" / "甲片区.zip").exists()
    )
    assert (kept / "index.html").read_text() == "somebody's own"
    assert "乙片区" not in again.index.read_text("utf-8")


def test_a_target_that_is_set_after_the_build_is_told_by_render(office: Office) -> None:
    office.csv("代理人员.csv", "工号,姓名,片区\n007,张三,竹园片区")
    office.csv("投诉.csv", "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-10-05 10:00:00,007,2026-10-05 11:00:00")
    office.make("2026-10-31").configure("[targets]\ncomplaint_first_reply = 0.95\n")
    told = office.run("render", "--formats", "html", "--jobs", "1")
    assert told.code == 0 and "targets.complaint_first_reply" in told.err and "0.95" in told.err
    assert office.run("build").code == 0
    assert "targets" not in office.run("render", "--formats", "html", "--jobs", "1").err
    card = next((office.folder / "reports").rglob("007.html")).read_text("utf-8")
    assert "本单位目标 95\u00a0%" in card and "已达到" not in card.split("本单位目标")[0]


def test_a_workbooks_deadlines_are_the_days_on_which_they_end(tmp_path: Path) -> None:
    marts = build(tmp_path / "marts.duckdb", [("007", "甲片区")], key_n=1)
    made = render(marts, tmp_path / "out", MONTH, formats={"html"})
    head, *rows = openpyxl.load_workbook(made.folder / "summary.xlsx")["漏办"].iter_rows(values_only=True)
    told = {(row[head.index("记录编号")], f"{row[head.index('到期日')]:%m-%d}", row[head.index("到期时刻")]) for row in rows}
    with duckdb.connect(str(marts), read_only=True) as con:
        query = """SELECT source_id, strftime(due_on, '%m-%d'), CASE WHEN source_table = 'key_slot' THEN '24:00' ELSE strftime(due_at, '%H:%M:%S') END
            FROM obligation WHERE month = '2026-10' AND outcome LIKE 'missed%'"""
        assert told == set(con.execute(query).fetchall()) and any(clock == "24:00" for _, _, clock in told)
