"""Publishing: an edition is whole or not there, stays as it was, is found when a byte of it changes, and is compared both ways."""

from __future__ import annotations

import os
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from conftest import Office

import ruralkpi as rk
from ruralkpi.databases import _HELD, alone
from ruralkpi.editions.shelf import LIST, Shelf
from ruralkpi.errors import UserError
from ruralkpi.settings import load

HEAD = "投诉编号,客户编号,受理时间,受理人,首次回复时间\n"
ROWS = {
    "C1": "K1,2026-01-05 10:00,0007,2026-01-06 10:00",
    "C2": "K2,2026-01-06 10:00,0007,",
    "C3": "K3,2026-01-07 10:00,0008,",
}


def file_of(office: Office, **changed: str) -> None:
    rows = ROWS | changed
    office.csv("投诉_2026-01.csv", HEAD + "\n".join(f"{one},{row}" for one, row in rows.items()))


def shelf_of(office: Office) -> Shelf:
    return Shelf(office.folder / "marts" / "book.editions")


@pytest.fixture(scope="module")
def twice(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """January published, C2's reply found, January published again."""
    office = Office(tmp_path_factory.mktemp("twice"))
    office.csv("代理人员.csv", "工号,片区,姓名,区县\n0007,北片区,张三,甲县\n0008,南片区,李四,甲县")
    file_of(office)
    office.make("2026-01-31")
    first = office.run("publish", "--month", "2026-01", "--on", "2026-02-05")
    assert first.code == 0, first.err
    again = office.run("publish", "--month", "2026-01", "--on", "2026-02-06")
    assert "未发布" in again.err and len(shelf_of(office).all()) == 1
    file_of(office, C2="K2,2026-01-06 10:00,0007,2026-01-07 09:00")
    stale = office.run("publish", "--month", "2026-01")
    assert stale.code == 2 and "ruralkpi run" in stale.err  # the book knows nothing of the new file yet
    office.make("2026-01-31")
    for day, first in (("2026-01-30", "2026-01-31"), ("2026-02-04", "2026-02-05")):  # the cut-off, the edition before
        early = office.run("publish", "--month", "2026-01", "--on", day)
        assert early.code == 2 and f"请写 --on {first}" in early.err and len(shelf_of(office).all()) == 1, early.err
    second = office.run("publish", "--month", "2026-01", "--on", "2026-03-02")
    assert second.code == 0 and "第 2 版" in second.err, second.err
    return office


def test_two_editions_are_compared_both_ways(twice: Office) -> None:
    forth = twice.json(
        "changes", "--month", "2026-01", "--from", "1", "--to", "2", "--rule", "complaint_first_reply", "--by", "agent"
    )
    back = twice.json(
        "changes", "--month", "2026-01", "--from", "2", "--to", "1", "--rule", "complaint_first_reply", "--by", "agent"
    )
    assert [(one["place_id"], one["cause"], one["told"], one["points"]) for one in forth] == [
        ("0007", "data", "1/2 → 2/2，50.0 % → 100.0 %，+50.0 百分点", 50.0)
    ]
    assert [(one["told"], one["points"], one["met_moved_n"]) for one in back] == [
        ("2/2 → 1/2，100.0 % → 50.0 %，−50.0 百分点", -50.0, -1)
    ]
    same = twice.run("changes", "--month", "2026-01", "--from", "2")
    assert same.code == 0 and "没有数字变动" in same.err


def test_the_late_reply_ends_in_a_line_that_names_file_and_row(twice: Office) -> None:
    """Case 17 and X22 of the standard."""
    rows = twice.json("changes", "--month", "2026-01", "--from", "1", "--to", "2", "--rows", "--rule", "complaint_first_reply")
    assert [row["sentence"] for row in rows] == ["第 1 版漏办；第 2 版按时，因补了首次回复（投诉_2026-01.csv 第 3 行）。"]
    english = twice.json(
        "changes", "--month", "2026-01", "--to", "2", "--from", "1", "--rows", "--lang", "en", "--rule", "complaint_first_reply"
    )
    assert english[0]["sentence"].startswith("edition 1: missed; edition 2: met, since “")


def test_the_page_of_changes_opens_from_causes_to_rows_in_both_languages(twice: Office) -> None:
    page = twice.folder / "reports" / "2026-01" / "changes.html"
    for lang, said in (
        ("zh", "第 1 版漏办；第 2 版按时，因补了首次回复（投诉_2026-01.csv 第"),
        ("en", "edition 1: missed; edition 2: met, since"),
    ):
        assert twice.run("changes", "--month", "2026-01", "--from", "1", "--to", "2", "--lang", lang).code == 0
        html = page.read_text(encoding="utf-8")
        assert said in html.replace("\u00a0", " ") and "50.0" in html and 'href="index.html"' in html
    kept = re.sub(r"(北片区|南片区|甲县|投诉_2026-01\.csv)", "", html)
    assert not re.findall(r"[\u4e00-\u9fff]+", kept)  # no Chinese outside the data


def test_a_comparison_of_other_ends_leaves_the_page_of_the_month_alone(twice: Office) -> None:
    page = twice.folder / "reports" / "2026-01" / "changes.html"
    assert "变动页" in twice.run("changes", "--month", "2026-01").err
    before = page.read_bytes()
    for ends in (("--from", "2", "--to", "1"), ("--from", "1"), ("--from", "1", "--to", "1")):
        told = twice.run("changes", "--month", "2026-01", *ends)
        assert told.code == 0 and "变动页" not in told.err and page.read_bytes() == before, ends


def test_totals_are_of_what_is_asked_for(twice: Office) -> None:
    asked = ("changes", "--month", "2026-01", "--from", "1", "--to", "2", "--rule", "complaint_first_reply")
    assert "1 件的结果或归属变了，涉及 1 个人·规则、1 个片区·规则的数字" in twice.run(*asked).err
    for more in (("--agent", "0007"), ("--area", "北片区"), ("--rows",)):
        assert "1 件的结果或归属变了，涉及 1 个人·规则、1 个片区·规则的数字" in twice.run(*asked, *more).err, more
    other = twice.run(*asked, "--agent", "0008")
    assert "所问的没有数字变动" in other.err and "件的结果" not in other.err


def test_an_edition_is_a_book_of_its_own(twice: Office) -> None:
    path = twice.folder / "marts" / "book.duckdb"
    with rk.open(path, edition=("2026-01", 1)) as first, rk.open(path, edition=("2026-01", 2)) as second, rk.open(path) as book:
        rates = [one.kpi("2026-01", agent="0007", rule="complaint_first_reply")["rate"].item() for one in (first, second, book)]
        assert rates == [0.5, 1.0, 1.0]
        assert first.months == ["2026-01"] and first.catalog().equals(book.catalog())
        assert book.editions()[["month", "edition", "published_on"]].astype(str).values.tolist() == [
            ["2026-01", "1", "2026-02-05"],
            ["2026-01", "2", "2026-03-02"],
        ]
        with pytest.raises(UserError, match="只存有这些"):
            first.quality()
        moved = book.changes("2026-01", old=1, new=2, by="agent", settings=load(twice.folder / "ruralkpi.toml"))
        assert moved["told"].str.contains("50.0 %").sum() >= 1
    with pytest.raises(UserError, match="已发布的：1、2"):
        rk.open(path, edition=("2026-01", 3))


def test_cards_say_that_they_are_drafts_or_of_which_edition(twice: Office) -> None:
    asked = ("render", "--month", "2026-01", "--agents", "0007", "--formats", "html", "--jobs", "1")
    now, first = twice.run(*asked), twice.run(*asked, "--edition", "1")
    assert now.code == first.code == 0, now.err + first.err
    reports, seal = twice.folder / "reports", shelf_of(twice).all()[0].seal
    for folder, said in (
        (reports / "2026-01", "草稿（已发布第 2 版）"),
        (reports / "edition-1" / "2026-01", f"第 1 版，2026-02-05 发布，{seal}"),
    ):
        card = next(folder.rglob("0007.html")).read_text(encoding="utf-8")
        assert said in card and said in (folder / "index.html").read_text(encoding="utf-8")
    assert not list((twice.folder / "marts" / "book.editions").glob("*.new"))


def test_revisions_tell_how_far_first_editions_were_from_what_is_now(twice: Office) -> None:
    """C2 of K2 was found later: 1 of 3 became 2 of 3, and edition 2 has not moved since."""
    path = twice.folder / "marts" / "book.duckdb"
    with rk.open(path) as book:
        rates = book.revisions(is_summed=False)
        mine = rates[rates["rule_id"] == "complaint_first_reply"]
        assert mine[["edition", "days_n", "met_n", "owed_n"]].values.tolist() == [[1, 0, 1, 3], [2, 0, 2, 3], [0, 0, 2, 3]]
        assert [None if one != one else round(one, 6) for one in mine["points"]] == [33.333333, 0.0, None]
    said = {row["rule_id"]: row for row in twice.json("editions", "--revisions", "--by", "county")}
    told = said["complaint_first_reply"]
    assert (told["place_id"], told["months_n"]) == ("甲县", 1)
    assert round(told["mean"], 6) == round(told["mean_absolute"], 6) == 33.333333


def test_what_was_published_comes_out_again_of_the_store_value_for_value(twice: Office) -> None:
    """Edition 1's file was overwritten: only the store still knows what it said, and does not let go of it."""
    pruned = twice.run("store", "--prune")
    assert pruned.code == 0, pruned.err
    found = twice.run("verify", "--recompute")
    assert found.code == 0, found.err
    assert len(re.findall(r"不同 0 行", found.err)) == 8 and "2 版" in found.err


def test_an_edition_is_the_same_byte_for_byte(twice: Office, tmp_path: Path) -> None:
    """Of another office with the same files: nothing of the place, the time or the threads is in it."""
    other = Office(tmp_path)
    other.csv("代理人员.csv", "工号,片区,姓名,区县\n0007,北片区,张三,甲县\n0008,南片区,李四,甲县")
    file_of(other)
    other.make("2026-01-31").run("publish", "--month", "2026-01", "--on", "2026-02-05")
    assert shelf_of(other).all()[0].own == shelf_of(twice).all()[0].own


def test_what_only_reads_needs_no_lock(twice: Office) -> None:
    """On a folder that can't be written, as of another run that holds the lock, there is nothing to wait for."""
    with alone(twice.folder / "marts" / "book.duckdb"):
        _HELD.clear()  # as in another process
        assert [twice.run(name).code for name in ("verify", "store")] == [0, 0]
        assert [twice.run(*asked).code for asked in (("verify", "--recompute"), ("store", "--prune"))] == [2, 2]


def test_a_changed_byte_is_found_and_named(twice: Office) -> None:
    first = shelf_of(twice).all()[0]
    for path in sorted(first.folder.iterdir()):
        whole = path.read_bytes()
        path.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
        found = twice.run("verify")
        path.write_bytes(whole)
        assert found.code == 1 and f"2026-01.1.{first.seal}：{path.name}" in found.err, path.name
    assert twice.run("verify").code == 0


def test_a_changed_edition_is_told_and_stops_no_cards(twice: Office) -> None:
    last = shelf_of(twice).all()[-1].folder / LIST
    whole = last.read_bytes()
    last.write_bytes(whole + b" ")
    made = twice.run("render", "--month", "2026-01", "--agents", "0007", "--formats", "html", "--jobs", "1")
    kept = twice.run("store", "--prune")
    last.write_bytes(whole)
    assert made.code == 0 and "edition.json 与发布时不同" in made.err
    assert kept.code == 2  # what a changed edition needs is not known: nothing is taken away


@pytest.mark.parametrize("is_gone", [False, True])
def test_an_edition_with_a_part_forged_or_missing_is_opened_by_nobody(twice: Office, is_gone: bool) -> None:
    """Its own figures are in force nowhere but in the files whose hashes its list names."""
    last = shelf_of(twice).all()[-1]
    part = last.part("kpi_agent_month")
    whole = part.read_bytes()
    with duckdb.connect() as con:
        forged = "SELECT * REPLACE (owed_n AS met_n, 1.0 AS rate)"
        con.execute(f"CREATE TABLE own AS {forged} FROM '{part}'")
        part.unlink()
        if not is_gone:
            con.execute(f"COPY own TO '{part}' (FORMAT parquet)")
    said = f"2026-01.2.{last.seal}：kpi_agent_month.parquet 与发布时不同；请从备份取回"
    path = twice.folder / "marts" / "book.duckdb"
    try:
        for asked in (
            ("score", "--month", "2026-01", "--edition", "2"),
            ("explain", "complaint_first_reply", "--month", "2026-01", "--edition", "2"),
            ("render", "--month", "2026-01", "--edition", "2", "--agents", "0007", "--formats", "html"),
            ("changes", "--month", "2026-01"),
            ("changes", "--month", "2026-01", "--from", "1", "--to", "2"),
            ("editions",),
            ("editions", "--revisions"),
        ):
            refused = twice.run(*asked)
            assert refused.code == 2 and said in refused.err and not refused.out, (asked, refused)
        with rk.open(path) as book, pytest.raises(UserError, match=re.escape(said)):
            book.restated("2026-01")
        with pytest.raises(UserError, match=re.escape(said)):
            rk.open(path, edition=("2026-01", 2))
        made = twice.run("render", "--month", "2026-01", "--agents", "0007", "--formats", "html", "--jobs", "1")
        assert made.code == 0 and said in made.err
        run = twice.run("run", "--as-of", "2026-01-31", "--jobs", "1")
        assert run.code == 0 and said in run.err and "第 2 版" not in run.err, run.err
    finally:
        part.write_bytes(whole)
    assert twice.run("verify").code == 0


def test_an_edition_that_is_missing_is_missed_by_the_next(twice: Office) -> None:
    first = shelf_of(twice).all()[0]
    aside = first.folder.rename(first.folder.parent.parent / "aside")
    try:
        found = twice.run("verify")
        assert found.code == 1 and "第 2 版之前的一版缺失" in found.err
    finally:
        aside.rename(first.folder)
    assert twice.run("verify").code == 0


def test_a_month_that_has_not_ended_and_one_unknown_are_refused(twice: Office) -> None:
    early = twice.run("publish", "--month", "2026-02")
    assert early.code == 2 and "2026-02" in early.err
    none = twice.run("changes", "--month", "2026-01", "--from", "9")
    assert none.code == 2 and "没有第 9 版" in none.err
    wrong = twice.run("changes", "--month", "2026-01", "--cause", "weather")
    assert wrong.code == 2 and "cut_off" in wrong.err


KILLED = """
import os, signal, sys
from ruralkpi.commands.program import command
from ruralkpi.editions import shelf
steps = iter(range(10**6))
at = int(sys.argv[1])
def traced(frame, event, arg):
    if event == "call" and frame.f_code.co_filename.endswith(("shelf.py", "publish.py")) and next(steps) == at:
        os.kill(os.getpid(), signal.SIGKILL)
sys.setprofile(traced)
command(["publish", "--month", "2026-01", "--on", "2026-02-05"])
print(next(steps))
"""


def test_killed_while_publishing_it_is_there_whole_or_not_at_all(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.csv("代理人员.csv", "工号,片区,姓名,区县\n0007,北片区,张三,甲县")
    file_of(office, C3="K3,2026-01-07 10:00,0007,")
    office.make("2026-01-31")
    for at in (4, 18, 10**6):
        done = subprocess.run(
            [sys.executable, "-c", KILLED, str(at)], cwd=office.folder, capture_output=True, text=True, check=False
        )
        assert done.returncode == (-signal.SIGKILL if at < 10**6 else 0), done.stderr
        there = shelf_of(office).all()
        assert len(there) <= 1 and all(not list(shelf_of(office).faults()) for _ in there)
        assert all((one.folder / LIST).exists() for one in there)
    assert len(shelf_of(office).all()) == 1 and not list(shelf_of(office).folder.glob("*.new"))


def test_a_disk_that_fills_while_publishing_is_one_line_and_no_edition(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.csv("代理人员.csv", "工号,片区,姓名,区县\n0007,北片区,张三,甲县")
    file_of(office, C3="K3,2026-01-07 10:00,0007,")
    office.make("2026-01-31")
    command = [Path(sys.executable).parent / "ruralkpi", "publish", "--month", "2026-01", "--on", "2026-02-05"]
    for limit in (64, 2_000, 4_000, None):  # bytes of a file: the first part is cut off, a later one, the list, none
        done = subprocess.run(
            command, cwd=office.folder, capture_output=True, text=True, check=False,
            preexec_fn=limit and (lambda n=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (n, n))),
            env=os.environ | {"PYTHONDONTWRITEBYTECODE": "1"},  # half of a .pyc would fail whoever comes after
        )  # fmt: skip
        if limit:
            assert (done.returncode, done.stderr.count("\n")) == (2, 1) and "Traceback" not in done.stderr, done.stderr
            assert shelf_of(office).all() == [] and not list(shelf_of(office).folder.glob("*.new"))
    assert done.returncode == 0 and [one.number for one in shelf_of(office).all()] == [1]
