"""A month that is made again: what is kept, what is made anew, what an interruption leaves."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.parse import unquote

import duckdb
import pytest
from cards_marts import MONTH, build

from ruralkpi.errors import UserError
from ruralkpi.press import lock, manifest
from ruralkpi.press.batch import RenderReport, render

AREAS = ["甲片区", "乙片区"]


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Marts of six agents in two areas and their finished month of HTML."""
    home = tmp_path_factory.mktemp("batch")
    marts = build(home / "marts.duckdb", [(f"A{i}", AREAS[i % 2]) for i in range(6)], key_n=2)
    assert render(marts, home / "out", MONTH, formats={"html"}, jobs=2).failed == []
    return marts, home / "out"


@pytest.fixture
def month(start: tuple[Path, Path], tmp_path: Path) -> tuple[Path, Path]:
    """A copy of both that a test may change."""
    import shutil

    shutil.copy(start[0], tmp_path / "marts.duckdb")
    shutil.copytree(start[1], tmp_path / "out")
    return tmp_path / "marts.duckdb", tmp_path / "out"


def again(month: tuple[Path, Path], **options: object) -> RenderReport:
    return render(month[0], month[1], MONTH, **{"formats": {"html"}, "jobs": 2, **options})  # type: ignore[arg-type]


def state(folder: Path) -> dict[str, tuple[bytes, int]]:
    return {str(p.relative_to(folder)): (p.read_bytes(), p.stat().st_mtime_ns) for p in sorted(folder.rglob("*.html"))}


def made_anew(before: dict[str, tuple[bytes, int]], after: dict[str, tuple[bytes, int]]) -> set[str]:
    return {name for name in after if name not in before or before[name][1] != after[name][1]} - {"index.html"}


def change(marts: Path, sql: str) -> None:
    with duckdb.connect(str(marts)) as con:
        con.execute(sql)


def test_nothing_changed_nothing_made(month: tuple[Path, Path]) -> None:
    before = state(month[1])
    made = again(month)
    assert (made.made_n, made.reused_n) == (6, 6)
    assert before == state(month[1])  # not even the index
    assert again(month, is_forced=True).reused_n == 0


def test_one_record_changed_makes_only_the_cards_it_touches(month: tuple[Path, Path]) -> None:
    """A stamp inside one agent's obligation: that card. An area's figure: that area's cards, no others."""
    before = state(month[1])
    change(
        month[0],
        "UPDATE obligation SET done_at = done_at + INTERVAL 1 HOUR "
        "WHERE outcome = 'missed_late' AND agent_id = 'A4' AND month = '2026-10'",
    )
    assert again(month).reused_n == 5
    assert made_anew(before, state(month[1])) == {
        f"{MONTH}/{name}" for name in ("甲片区/A4.html", "甲片区/index.html", "index.html")
    }
    change(month[0], "UPDATE kpi_area_month SET met_n = met_n - 1 WHERE area_id = '乙片区' AND month = '2026-10'")
    assert again(month).reused_n == 3


def test_a_damaged_or_missing_file_is_made_again(month: tuple[Path, Path]) -> None:
    folder = month[1] / MONTH
    whole = (folder / "甲片区" / "A0.html").read_bytes()
    (folder / "甲片区" / "A0.html").write_bytes(whole[:-1] + b"!")
    (folder / "乙片区" / "A1.html").unlink()
    assert again(month).reused_n == 4
    assert (folder / "甲片区" / "A0.html").read_bytes() == whole


@pytest.mark.parametrize("page", ["index.html", "甲片区/index.html", "summary.xlsx"])
def test_a_page_that_is_gone_is_made_again(month: tuple[Path, Path], page: str) -> None:
    path = month[1] / MONTH / page
    whole = path.read_bytes()
    path.unlink()
    again(month)
    assert path.read_bytes() == whole


def test_an_index_that_is_not_as_it_was_written_is_made_again(month: tuple[Path, Path]) -> None:
    path = month[1] / MONTH / "index.html"
    whole = path.read_bytes()
    path.write_bytes(whole[:-1] + b"!")
    again(month)
    assert path.read_bytes() == whole


def test_without_its_manifest_no_month_stands(month: tuple[Path, Path]) -> None:
    (month[1] / MONTH / manifest.MANIFEST).unlink()
    assert again(month).made_n == 6
    assert len(manifest.read(month[1] / MONTH)) == 6


def test_what_else_is_asked_for_is_no_month_that_stands(month: tuple[Path, Path]) -> None:
    before = state(month[1])
    again(month, standing="草稿")
    assert len(made_anew(before, state(month[1]))) >= 7


def test_other_formats_are_added_and_old_ones_do_not_outlive_their_inputs(month: tuple[Path, Path]) -> None:
    assert again(month, formats={"html", "pdf"}).reused_n == 0
    assert again(month).reused_n == 6  # the PDFs beside are still right
    change(month[0], "UPDATE agent SET agent_name = '李四' WHERE agent_id = 'A0'")
    again(month)
    assert not (month[1] / MONTH / "甲片区" / "A0.pdf").exists() and (month[1] / MONTH / "甲片区" / "A2.pdf").exists()


def test_some_agents_only_leaves_the_others(month: tuple[Path, Path]) -> None:
    made = again(month, agents=["A1"], is_forced=True)
    assert (made.made_n, made.reused_n) == (1, 0)
    lines = (month[1] / MONTH / "manifest.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["agent_id"] for line in lines] == [f"A{i}" for i in range(6)]


def test_cards_of_agents_who_left_or_moved_are_taken_away(month: tuple[Path, Path]) -> None:
    change(
        month[0],
        "DELETE FROM kpi_agent_month WHERE agent_id = 'A5'; UPDATE agent SET left_on = DATE '2026-01-31' WHERE agent_id = 'A5'",
    )
    change(month[0], "UPDATE agent SET area_id = '甲片区' WHERE agent_id = 'A3'")
    note = month[1] / MONTH / "乙片区" / "note.html"
    note.write_text("a person's own")
    made = again(month)
    assert made.removed == ["乙片区/A3.html", "乙片区/A5.html"]
    assert not (month[1] / MONTH / "乙片区" / "A5.html").exists() and (month[1] / MONTH / "甲片区" / "A3.html").exists()
    assert note.exists()


_RUN = "import sys; from pathlib import Path; from ruralkpi.press.batch import render; from ruralkpi.errors import UserError\n"
_RUN += "render(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], formats={'html', 'pdf'}, jobs=2)"


@pytest.mark.parametrize("name", ["甲片区/index.html", "counties/*/index.html", "rules/*.html", "summary.xlsx"])
def test_a_page_that_is_not_as_it_was_written_is_made_again(month: tuple[Path, Path], name: str) -> None:
    page = min((month[1] / MONTH).glob(name))
    written = page.read_bytes()
    page.write_bytes(written[: len(written) // 2])
    before = state(month[1])
    again(month)
    assert page.read_bytes() == written
    assert made_anew(before, state(month[1])) <= {f"{MONTH}/index.html", str(page.relative_to(month[1]))}


def test_what_a_reader_has_put_beside_the_cards_stays(month: tuple[Path, Path]) -> None:
    own = [month[1] / MONTH / "甲片区" / "意见.html", month[1] / MONTH / "备注.xlsx"]
    for path in own:
        path.write_text("初稿", encoding="utf-8")
    again(month, is_forced=True)  # after which the month is whole, these files among all that is in it
    for path in own:
        path.write_text("改过", encoding="utf-8")
    again(month)
    assert [path.read_text(encoding="utf-8") for path in own] == ["改过", "改过"]


def test_a_county_and_a_rule_whose_figures_moved_are_written_again(month: tuple[Path, Path]) -> None:
    rule = "SELECT rule_id FROM kpi_area_month WHERE met_n > 0 LIMIT 1"
    change(month[0], f"UPDATE kpi_area_month SET met_n = met_n - 1 WHERE met_n > 0 AND rule_id = ({rule})")
    before = state(month[1])
    again(month)
    changed = made_anew(before, state(month[1]))
    assert len([one for one in changed if "/counties/" in one]) >= 1
    assert len([one for one in changed if "/rules/" in one]) == 1


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGKILL])
def test_interrupted_it_goes_on_where_it_stopped(start: tuple[Path, Path], tmp_path: Path, kind: signal.Signals) -> None:
    folder = tmp_path / MONTH
    words = [sys.executable, "-c", _RUN, str(start[0]), str(tmp_path), MONTH]
    heeds = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # a run in the background would be deaf to it
    child = subprocess.Popen(words, stderr=subprocess.DEVNULL, start_new_session=True, preexec_fn=heeds)
    until = time.monotonic() + 90
    while time.monotonic() < until and not (folder / manifest.JOURNAL).exists() or len(manifest.read(folder)) < 2:
        time.sleep(0.02)
    os.kill(child.pid, kind)
    assert child.wait(60) != 0
    assert not (folder / "index.html").exists()
    with lock.alone(folder, 30):  # its workers have let go
        done = len(manifest.read(folder))
    assert 2 <= done < 6
    made = render(start[0], tmp_path, MONTH, jobs=2)
    assert made.failed == [] and made.made_n == 6 and made.reused_n >= done - 1
    entries = [json.loads(line) for line in (folder / "manifest.jsonl").read_text("utf-8").splitlines()]
    assert [one["agent_id"] for one in entries] == [f"A{i}" for i in range(6)]
    assert manifest.intact(folder, manifest.read(folder).values(), ("html", "pdf"), 1) == {f"A{i}" for i in range(6)}
    left = {p.name for p in folder.rglob("*") if p.suffix in (".part",) or p.name in (".work", manifest.JOURNAL)}
    assert left == set()


def test_two_runs_do_not_meet(month: tuple[Path, Path]) -> None:
    with lock.alone(month[1] / MONTH), pytest.raises(UserError), lock.alone(month[1] / MONTH, patience=0.1):
        pass


def test_a_half_line_in_the_journal_is_no_entry(tmp_path: Path) -> None:
    (tmp_path / manifest.JOURNAL).write_text('{"agent_id": "A1", "inp', encoding="utf-8")
    journal = manifest.Journal(tmp_path)
    journal.add(manifest.Entry("A2", "x"))
    journal.close()
    assert list(manifest.read(tmp_path)) == ["A2"]


def test_a_manifest_can_not_reach_outside(tmp_path: Path) -> None:
    folder, victim = tmp_path / "m", tmp_path / "victim.html"
    folder.mkdir()
    victim.write_text("")
    manifest.sweep(folder, [manifest.Entry("A", "x", {"html": {"path": "../victim.html"}})], [])
    assert victim.exists()


def test_bundles_hold_an_area_and_are_the_same_bytes(month: tuple[Path, Path]) -> None:
    again(month, is_bundled=True)
    home = month[1] / MONTH / "bundles"
    first = {p.name: p.read_bytes() for p in home.iterdir()}
    assert sorted(first) == sorted(f"{area}.zip" for area in AREAS)
    with zipfile.ZipFile(home / "甲片区.zip") as zipped:
        names = zipped.namelist()
        assert "甲片区/index.html" in names and "甲片区/summary.xlsx" in names and "甲片区/A0.html" in names
        assert "乙片区/A1.html" not in names and zipped.testzip() is None
        page = zipped.read("甲片区/index.html").decode("utf-8")
        inside = {f"甲片区/{unquote(link)}" for link in re.findall(r'<a href="([^"#]+)"', page)}
        assert inside and inside <= set(names)
    again(month, is_bundled=True)
    assert first == {p.name: p.read_bytes() for p in home.iterdir()}


def test_a_locked_bundle_opens_with_its_password_only(month: tuple[Path, Path]) -> None:
    pyzipper = pytest.importorskip("pyzipper")
    again(month, is_bundled=True, password="口令1")
    with pyzipper.AESZipFile(month[1] / MONTH / "bundles" / "甲片区.zip") as zipped:
        with pytest.raises(RuntimeError):
            zipped.read("甲片区/A0.html")
        zipped.setpassword("口令1".encode())
        card = (month[1] / MONTH / "甲片区" / "A0.html").read_bytes()
        assert re.sub(rb"</?a\b[^>]*>", b"", zipped.read("甲片区/A0.html")) == re.sub(rb"</?a\b[^>]*>", b"", card)


def test_the_workbook_is_written_again_only_when_its_rows_change(month: tuple[Path, Path]) -> None:
    """A miss of an agent without a card is a row of the workbook as well."""
    book = month[1] / MONTH / "summary.xlsx"
    before = (book.stat().st_mtime_ns, book.read_bytes())
    again(month)
    assert (book.stat().st_mtime_ns, book.read_bytes()) == before
    change(month[0], "UPDATE obligation SET row = row + 1 WHERE outcome LIKE 'missed%' AND month = '2026-10' AND agent_id = 'A0'")
    again(month)
    assert book.read_bytes() != before[1]
    book.write_bytes(b"cut short")
    again(month)
    assert zipfile.is_zipfile(book)


def test_a_file_that_only_looks_untouched_is_read_before_it_is_kept(month: tuple[Path, Path]) -> None:
    """Size and time of modification as they were, one byte other: what no program can set back gives it away."""
    path = month[1] / MONTH / "甲片区" / "A0.html"
    whole, about = path.read_bytes(), path.stat()
    path.write_bytes(whole[:-2] + b"!\n")
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
    assert again(month).reused_n == 5
    assert path.read_bytes() == whole
