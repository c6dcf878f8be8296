"""What is read once is not read again, and comes out of the store as it would come out of the files."""

from __future__ import annotations

import hashlib
import os
import random
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Office, tables

from ruralkpi.exports.mappings import with_mappings
from ruralkpi.intake.readers.box.limits import Limits
from ruralkpi.intake.readers.files import discover
from ruralkpi.store import crew, unit
from ruralkpi.store.crew import read_all
from ruralkpi.store.keys import Keys
from ruralkpi.store.packs import Store, entry
from ruralkpi.store.unit import Work, units

COMPLAINTS = "投诉编号,客户编号,受理时间,受理人,首次回复时间,重复标识"


def complaints(month: int, n: int = 5, repeats: str = "") -> str:
    rows = [
        f"C{month}-{k},K{k},2026-{month:02d}-{k + 1:02d} 10:00,0007,2026-{month:02d}-{k + 1:02d} 11:00,{repeats}"
        for k in range(n)
    ]
    return "\n".join([COMPLAINTS, *rows])


def fill(office: Office) -> Office:
    office.csv("代理人员_2026-10.csv", "工号,片区,姓名,区县\n0007,南片区,张三,甲县")
    for month in (8, 9, 10):
        office.csv(f"2026-{month:02d}/投诉_2026-{month:02d}.csv", complaints(month))
    return office


@pytest.fixture
def filled(office: Office) -> Office:
    return fill(office)


def new_n(office: Office) -> int:
    """Ingest; how many files it read."""
    result = office.run("ingest")
    assert result.code == 0, result.err
    found = re.search(r"新读 (\d+) 个文件", result.err)
    return int(found[1]) if found else 0


def store_of(office: Office) -> Store:
    return Store(office.folder / "marts" / "book.store")


def digest(folder: Path) -> dict[str, str]:
    """Every file of a folder by the hash of its bytes."""
    found = {}
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        found[path.relative_to(folder).as_posix()] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def test_only_what_is_new_is_read(filled: Office) -> None:
    assert new_n(filled) == 4
    assert "与上次相同" in filled.run("ingest").err
    filled.csv("2026-11/投诉_2026-11.csv", complaints(11))
    assert new_n(filled) == 1
    filled.csv("2026-10/投诉_2026-10.csv", complaints(10, 6))
    assert new_n(filled) == 1
    (filled.folder / "raw" / "2026-08" / "投诉_2026-08.csv").unlink()
    assert new_n(filled) == 0  # less to show is a change too
    with filled.staging() as con:
        assert con.execute("SELECT count(*) FROM raw.complaints").fetchall() == [(16,)]


def test_a_mapping_reads_its_own_files_again_and_no_others(filled: Office) -> None:
    mapping = filled.folder / "mappings" / "甲.toml"
    mapping.write_text('export = "complaints"\nfiles = ["*2026-09*"]\n', encoding="utf-8")
    assert new_n(filled) == 4
    mapping.write_text('export = "complaints"\nfiles = ["*2026-09*"]\nid_prefix = "甲"\n', encoding="utf-8")
    assert new_n(filled) == 1
    mapping.unlink()
    assert new_n(filled) == 1


def test_stages_whose_inputs_are_as_before_stand(filled: Office) -> None:
    assert filled.run("run").code == 0
    before = {name: (filled.folder / "marts" / name).stat().st_mtime_ns for name in ("book.duckdb", "book.staging.duckdb")}
    again = filled.run("run")
    assert again.err.count("与上次相同") == 3
    assert {name: (filled.folder / "marts" / name).stat().st_mtime_ns for name in before} == before
    filled.configure('[rules.complaint_first_reply]\nlimit = "1 h"\n')
    assert filled.run("run").err.count("与上次相同") == 2  # only the figures hang on a rule
    assert filled.run("check", "--as-of", "2026-10-15").err.count("与上次相同") == 0
    assert filled.run("build").err.count("与上次相同") == 0


def test_what_is_told_is_told_again(filled: Office) -> None:
    filled.csv("2026-10/坏_投诉.csv", "甲,乙\n1,2")
    filled.csv("2026-10/2_投诉.csv", complaints(10).replace("重复标识", "没人认识"))
    first, second = filled.run("ingest"), filled.run("ingest")
    lines = [[line for line in one.err.splitlines() if not line.startswith("读入")] for one in (first, second)]
    assert lines[0] == lines[1] and len(lines[0]) >= 2 and first.code == second.code == 1


def small_units(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pack for each file, as if each were large."""
    monkeypatch.setattr(unit, "_BYTES", 1)
    for room in (unit, crew):
        monkeypatch.setattr(room, "LITTLE", 0)


def mixed(office: Office) -> Office:
    """Files that hang on each other: ids that another file has, exemptions of records, words for nothing, a total line."""
    fill(office)
    office.csv("2026-09/投诉_乙_2026-09.csv", complaints(9, 3, "C8-1").replace("C9-", "D9-") + "\n合计,3,,,,")
    office.csv("2026-10/投诉_丙_2026-10.csv", complaints(10, 3, "胡说").replace("C10-", "E10-"))
    office.csv("客户_2026-10.csv", "客户编号,客户类别,工号,姓名\nK1,政企,0007,李四\nK2,没见过,0007,王五")
    return office


def test_one_pack_or_many_make_the_same_book(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = mixed(Office(tmp_path / "one")).make("2026-10-31")
    small_units(monkeypatch)
    many = mixed(Office(tmp_path / "many")).make("2026-10-31")
    assert (len(store_of(one).packs()), len(store_of(many).packs())) == (1, 7)
    assert_same(one, many)
    with many.staging() as con:
        means = "SELECT DISTINCT repeat_of_means FROM typed.complaints WHERE starts_with(complaint_id, 'D')"
        assert con.execute(means).fetchall() == [("record",)]


def assert_same(one: Office, other: Office) -> None:
    left, right = (tables(office.folder / "marts" / "book.duckdb") for office in (one, other))
    assert left.keys() == right.keys()
    for name in left.keys() - {"made_of"}:
        assert left[name].equals(right[name]), name


def test_the_same_bytes_whatever_the_order_and_the_number_of_processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    small_units(monkeypatch)
    office = mixed(Office(tmp_path / "office"))
    exports, sources = with_mappings(None), discover(office.folder / "raw")
    made = []
    for jobs in (1, 3):
        folder = tmp_path / f"store{jobs}"
        cut = units(sources, Keys(exports).of(sources), exports)
        random.Random(jobs).shuffle(cut)
        assert sum(len(done.unkept) for done in read_all(cut, Work(tuple(exports), Limits(), folder, 1 << 30), jobs)) == 0
        made.append(digest(folder))
    assert made[0] == made[1] and len(made[0]) > 7


def one_byte_each(store: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(one for one in store.rglob("*") if one.is_file()):
        content = path.read_bytes()
        place = random.Random(path.name).randrange(len(content))
        yield path, content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_a_byte_that_is_not_as_it_was_written_is_a_miss(tmp_path: Path) -> None:
    office = mixed(Office(tmp_path)).make("2026-10-31")
    whole, before = store_of(office).folder, tmp_path / "before"
    shutil.copytree(whole, before)
    with office.staging() as con:
        rows = con.execute("SELECT * FROM raw.complaints ORDER BY ALL").fetchall()
    damaged_n = 0
    for path, content in list(one_byte_each(whole)):
        path.write_bytes(content)
        result = office.run("ingest")
        assert result.code == 0 and "1 个包与写入时不同" in result.err, path.name
        assert digest(whole) == digest(before)
        damaged_n += 1
    assert damaged_n > 6
    with office.staging() as con:
        assert con.execute("SELECT * FROM raw.complaints ORDER BY ALL").fetchall() == rows


def test_what_a_killed_run_left_is_no_pack(filled: Office) -> None:
    new_n(filled)
    store = store_of(filled).folder
    pack = next(store.iterdir())
    pack.rename(store / f"{os.getpid()}-0.new")
    assert store_of(filled).packs() == []
    assert new_n(filled) == 4
    assert [one.name for one in store.iterdir()] == [pack.name]


def test_a_file_that_is_written_while_it_is_read_is_refused(filled: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    path = filled.folder / "raw" / "2026-09" / "投诉_2026-09.csv"
    of = Keys.of

    def then_changed(keys: Keys, sources: object) -> list[str]:
        found = of(keys, sources)  # type: ignore[arg-type]
        path.write_bytes(path.read_bytes() + b"C9,K9,2026-09-20 10:00,0007,,\r\n")
        return found

    monkeypatch.setattr(Keys, "of", then_changed)
    result = filled.run("ingest")
    assert result.code == 1 and "投诉_2026-09.csv 读的时候有人在改" in result.err
    monkeypatch.setattr(Keys, "of", of)
    assert new_n(filled) == 1


def test_the_command_shows_and_prunes(filled: Office) -> None:
    new_n(filled)
    filled.csv("2026-10/投诉_2026-10.csv", complaints(10, 6))
    new_n(filled)
    shown = filled.run("store")
    assert shown.code == 0 and "5 个文件" in shown.err and "1 个已改" in shown.err and "没有用的" not in shown.err
    for path in (filled.folder / "raw").rglob("*.csv"):
        path.unlink()
    assert "没有用的  2 个包" in filled.run("store").err
    assert len(store_of(filled).packs()) == 2
    assert "已删去  2 个" in filled.run("store", "--prune").err
    assert store_of(filled).packs() == []
    told = filled.run("check")
    assert told.code == 2 and "请重新运行 ruralkpi ingest" in told.err


def test_a_file_that_no_reader_survives_is_refused_from_the_store_too(filled: Office) -> None:
    (filled.folder / "raw" / "2026-10" / "投诉_坏.xlsx").write_bytes(b"PK\x03\x04 no zip")
    first, second = filled.run("ingest"), filled.run("ingest")
    assert [line for line in first.err.splitlines() if "投诉_坏" in line] == [
        line for line in second.err.splitlines() if "投诉_坏" in line
    ]
    assert second.code == 1 and "新读 0 个文件" in second.err
    filled.configure("[readers]\nseconds = 61\n")
    assert "新读 1 个文件" in filled.run("ingest").err  # other limits may read it


def test_no_two_tables_bear_one_number() -> None:
    numbers = [entry(f"{key:064x}", number) for key in range(2000) for number in range(3)]
    assert len(set(numbers)) == len(numbers) and min(numbers) >= 0 and max(numbers) < 1 << 63
