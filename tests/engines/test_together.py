"""Several provinces' clean rows put together are what one check of all their exports leaves: table by table, row by row."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import Office
from on_spark import WHOLE, same_tables

from ruralkpi.engines.folder import opened
from ruralkpi.errors import UserError
from ruralkpi.settings import load
from ruralkpi.stages.check import Checked
from ruralkpi.stages.cluster import export
from ruralkpi.stages.together import put_together

UNTIL = "2026-10-31"
AGENTS = "工号,姓名,片区,区县\n{p}1,{name},{p}东片区,{p}县\n{p}2,李四,{p}西片区,{p}县"
CUSTOMERS = "客户编号,工号,客户类别,客户等级,客户名称\n{p}K1,{p}1,政企,重点,{p}供销社\n{p}K2,{p}1,公众,普通,王五\n{p}K3,{p}2,公众,普通,赵六"
COMPLAINTS = (
    "投诉编号,客户编号,受理时间,受理人,首次回复时间\n{p}C1,{p}K1,{month}-05 10:00:00,{p}1,{month}-06 09:00:00\n"
    "{p}C2,{p}K2,下周三,{p}1,\n{p}C3,{p}K3,{month}-{last} 10:00:00,{p}2,"
)
VISITS = (
    "拜访编号,客户编号,工号,拜访时间,方式,结果\n{p}V1,{p}K1,{p}1,{month}-05 09:00,{how},完成\n{p}V1,{p}K1,{p}1,{month}-05 09:00,上门,完成\n"
    "{p}V2,{p}K1,{p}1,{month}-21 09:00,上门,完成\n{p}V3,{p}K9,{p}1,{month}-22 09:00,电话,完成"
)
FAULTS = "故障编号,客户编号,申告时间,受理人,产品,修复时间\n{p}F1,{p}K1,2026-10-05 10:00,{p}1,宽带,2026-10-06 10:00"


def fill(office: Office, p: str, **words: str) -> None:
    """A province's exports, whose names and ids begin with `p`."""
    words = {"p": p, "name": f"{p}张三", "how": "上门", "last": "30"} | words
    office.csv(f"{p}/代理人员_2026-10.csv", AGENTS.format(**words))
    office.csv(f"{p}/客户_2026-10.csv", CUSTOMERS.format(**words))
    for month in ("2026-09", "2026-10"):
        office.csv(f"{p}/投诉_{month}.csv", COMPLAINTS.format(month=month, **words).replace(f"{p}C", f"{p}C{month[-1]}"))
        office.csv(f"{p}/拜访_{month}.csv", VISITS.format(month=month, **words).replace(f"{p}V", f"{p}V{month[-1]}"))


def first(office: Office) -> None:
    """The first of two provinces: it alone has faults, a word that no list holds, and two counties' areas of one name."""
    fill(office, "甲", how="腾讯会议")
    office.csv("甲/代理人员_丙县_2026-10.csv", "工号,姓名,片区,区县\n甲3,赵七,甲东片区,丙县")
    office.csv("甲/故障_2026-10.csv", FAULTS.format(p="甲"))


def second(office: Office) -> None:
    """The second of two provinces, whose records end a week earlier; it has an empty sheet."""
    fill(office, "乙", last="22")
    office.csv("乙/外呼_2026-10.csv", "外呼编号,客户编号,工号,通话时间,是否接通")


def both(office: Office) -> None:
    first(office)
    second(office)


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., Path]:
    """An office with exports, checked, and its clean/ as Parquet."""
    return maker(tmp_path)


@pytest.fixture(scope="module")
def first_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return maker(tmp_path_factory.mktemp("first"))("one", first)


def maker(folder: Path) -> Callable[..., Path]:
    def make(called: str, *fillings: Callable[[Office], None], until: str = UNTIL, settings: str = "") -> Path:
        office = Office(folder / called)
        office.configure(settings)
        for one in fillings:
            one(office)
        for command in (["ingest"], ["check", "--as-of", until]):
            result = office.run(*command)
            assert result.code == 0, result.err
        inside(office.folder, lambda: export(load(), office.folder / "far", lambda: None))
        return office.folder / "far"

    return make


def inside(folder: Path, run: Callable[[], Any]) -> Any:
    before = Path.cwd()
    os.chdir(folder)
    try:
        return run()
    finally:
        os.chdir(before)


def put(*stores: Path, to: str = "all") -> Checked:
    home = stores[0].parent
    (home / "work").mkdir(exist_ok=True)
    return inside(home, lambda: put_together(load(), stores, home / to, lambda: None, home / "work"))


def tables(folder: Path) -> dict[str, tuple[list[Any], list[Any]]]:
    """Columns with types, and rows in an order of their own, by table; a file's number is its name."""
    whole = opened(folder / "clean")
    con = duckdb.connect()
    con.execute(f"CREATE TABLE files AS SELECT file_no, file FROM read_parquet({whole.files('main.source_file')!r})")
    found = {}
    for one, columns in whole.words["columns"].items():
        numbers = [f"(SELECT file FROM files WHERE files.file_no = t.{n}) AS {n}" for n, _ in columns if n.endswith("file_no")]
        replaced = f"REPLACE ({', '.join(numbers)})" if numbers else ""
        rows = con.execute(f"SELECT * {replaced} FROM read_parquet({whole.files(one)!r}) AS t ORDER BY ALL").fetchall()
        found[one] = (columns, rows)
    return found


def test_two_put_together_are_one_that_read_both(first_store: Path, made: Callable[..., Path]) -> None:
    one, other, whole = first_store, made("other", second), made("whole", first, second)
    assert not put(one, other).is_as_before
    found, wanted = tables(one.parent / "all"), tables(whole)
    assert sorted(found) == sorted(wanted)
    for table, rows in wanted.items():
        assert found[table] == rows, table
    assert put(one, other).is_as_before
    early = {(row[0], row[1]) for row in found["main.freshness"][1] if row[-1]}
    alone = {row[0] for row in tables(other)["main.freshness"][1]}
    assert ("faults", "乙县") in early and "faults" not in alone  # that nothing came of one is known of the other only


def same_area(office: Office) -> None:
    fill(office, "乙")
    office.csv("乙/代理人员_2026-10.csv", AGENTS.format(p="乙", name="张三").replace("乙东片区", "甲东片区"))


def same_county(office: Office) -> None:
    fill(office, "乙")
    office.csv("乙/代理人员_2026-10.csv", AGENTS.format(p="乙", name="张三").replace("乙县", "甲县"))


def same_agent(office: Office) -> None:
    fill(office, "乙")
    office.csv("乙/代理人员_2026-09.csv", AGENTS.format(p="乙", name="张三") + "\n甲2,钱七,乙东片区,乙县")


def same_complaint(office: Office) -> None:
    fill(office, "乙")
    office.csv("乙/投诉_2026-10.csv", COMPLAINTS.format(p="乙", month="2026-10", last="30").replace("乙C3", "甲C03"))


def same_customer_on_no_list(office: Office) -> None:
    fill(office, "乙")
    office.csv("乙/拜访_2026-10.csv", VISITS.format(p="乙", month="2026-10", how="上门").replace("乙K9", "甲K9"))


@pytest.mark.parametrize(
    ("filling", "said"),
    [
        (same_area, "area_id.*甲东片区"), (same_county, "county_id.*甲县"), (same_agent, "agent_id.*甲2"),
        (same_complaint, "complaint_id.*甲C03.*id_prefix"), (same_customer_on_no_list, "customer_id.*甲K9"),
    ],
)  # fmt: skip
def test_what_stands_in_two_is_named(
    first_store: Path, made: Callable[..., Path], filling: Callable[[Office], None], said: str
) -> None:
    with pytest.raises(UserError, match=said):
        put(first_store, made("other", filling), to="none")
    assert not (first_store.parent / "none").exists()


@pytest.mark.parametrize(
    ("until", "settings", "said"),
    [("2026-10-30", "", "as_of"), (UNTIL, "[cut_off]\nwithin_days = 9\n", r"cut_off\.within_days")],
)
def test_what_was_checked_otherwise_is_named(
    first_store: Path, made: Callable[..., Path], until: str, settings: str, said: str
) -> None:
    with pytest.raises(UserError, match=said):
        put(first_store, made("other", second, until=until, settings=settings), to="none")


def test_the_settings_here_are_those_of_the_checks(first_store: Path, made: Callable[..., Path]) -> None:
    other = made("other", second)
    here = Office(other.parent.parent / "here", settings="[cut_off]\nwithin_days = 9\n")
    with pytest.raises(UserError, match="within_days"):
        inside(here.folder, lambda: put_together(load(), [first_store, other], Path("far"), lambda: None, here.folder))


def test_two_mappings_of_one_name_are_named(made: Callable[..., Path]) -> None:
    def mapped(p: str) -> Callable[[Office], None]:
        def filling(office: Office) -> None:
            fill(office, p)
            (office.folder / "mappings" / "own.toml").write_text(f'export = "calls"\nid_prefix = "{p}"\n', encoding="utf-8")

        return filling

    with pytest.raises(UserError, match=r"mappings/own\.toml"):
        put(made("one", mapped("甲")), made("other", mapped("乙")))


def test_what_is_read_is_not_written_over(first_store: Path) -> None:
    with pytest.raises(UserError, match="--to"):
        put(first_store, first_store.parent / "other", to="../one/far")


@pytest.mark.skipif(not WHOLE, reason="make test-spark asks for it")
def test_the_book_of_two_is_that_of_one_that_read_both(first_store: Path, made: Callable[..., Path], spark: Any) -> None:
    """But for the numbers of files, which say in what order they were read."""
    one, other, whole = first_store, made("other", second), made("whole", first, second)
    office = Office(whole.parent)
    stores = ["--store", str(one), "--store", str(other)]
    for command in (
        ["build"],
        ["build", "--engine", "spark", *stores, "--to", "all"],
        ["book", "--from", "all", "--db", "marts/far.duckdb"],
    ):
        result = office.run(*command)
        assert result.code == 0, result.err
    assert same_tables(office.folder, "far", aside="file_no") > 60
