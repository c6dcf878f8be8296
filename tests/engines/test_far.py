"""Folders that only Spark reaches keep to what near ones do: whole or not read, each part as it was written, in its order.

Hadoop's viewfs stands in for a cluster's filesystem: nothing but Spark knows its paths, and it ends in a folder of the test.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ruralkpi.engines.folder import LIST, Far, place
from ruralkpi.engines.spark import far
from ruralkpi.engines.spark.far import FarDisk
from ruralkpi.errors import UserError

TYPES = {"n": "INTEGER", "said": "VARCHAR", "seen": "TIMESTAMP", "days": "DATE[]", "share": "DOUBLE", "is_so": "BOOLEAN"}
ROWS = [(n, f"第 {n} 行", dt.datetime(2026, 10, 1, n), [dt.date(2026, 10, 1)] * n, n / 3, None) for n in range(5)]


@pytest.fixture
def folder(spark: Any, tmp_path: Path) -> Far:
    """A far folder; what lies in it is at tmp_path/far."""
    (tmp_path / "far").mkdir()
    called = f"f{abs(hash(tmp_path))}"  # Hadoop keeps what it has opened, by this name
    spark.conf.set(f"fs.viewfs.mounttable.{called}.link./x", (tmp_path / "far").as_uri())
    found = place(f"viewfs://{called}/x/青川")
    assert isinstance(found, Far)
    return found


def made(spark: Any, folder: Far, text: str = "one") -> FarDisk:
    disk = FarDisk(spark)
    with disk.writing(folder, {"says": text}) as (new, parts), duckdb.connect() as con:
        con.execute(f"CREATE TABLE t ({', '.join(f'{one} {kind}' for one, kind in TYPES.items())})")
        disk.put(con, "SELECT * FROM t", new / "none.parquet")
        con.executemany("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", ROWS)
        disk.put(con, "SELECT * FROM t ORDER BY n", new / "t.parquet")
        rows = spark.createDataFrame(
            [(text, "2026-10", "青川 县"), (text, "2026-09", "a/b")], "x STRING, in_month STRING, c STRING"
        )
        rows.write.partitionBy("in_month", "c").parquet(str(new / "owed"))
        parts |= {"t": ["t.parquet"], "owed": ["owed"], "none": ["none.parquet"], "nothing": []}
    return disk


def rows_of(files: list[str]) -> list[Any]:
    return duckdb.sql(f"SELECT * FROM read_parquet({files!r}, hive_partitioning = false)").fetchall()


def part(tmp_path: Path, table: str = "t.parquet") -> Path:
    return max((tmp_path / "far" / "青川").glob(f"*/{table}/**/*.parquet"))


def test_what_was_written_is_here_to_the_byte_in_its_order_and_types(
    spark: Any, folder: Far, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(far, "_ROWS", 2)
    monkeypatch.setattr(far, "_BYTES", 100)
    disk = made(spark, folder)
    whole = disk.opened(folder)
    assert whole.words == {"says": "one"} and whole.files("nothing") == []
    assert [one for one in whole.files("owed", "/in_month=2026-10/") if one.startswith(f"{folder}/1/owed/")]
    assert spark.read.parquet(*whole.files("t")).count() == 5 and len(whole.files("t")) == 3
    here = disk.here(whole, {"t": "", "none": "", "owed": "/in_month=2026-10/"}, tmp_path / "here")
    assert rows_of(here.files("t")) == ROWS
    assert rows_of(here.files("none")) == []
    assert [tuple(row[1:2]) for row in duckdb.sql(f"DESCRIBE FROM read_parquet({here.files('none')!r})").fetchall()] == [
        (kind,) for kind in TYPES.values()
    ]
    assert [row[0] for row in rows_of(here.files("owed", "/in_month=2026-10/"))] == ["one"]
    with pytest.raises(UserError, match="2026-09"):  # which was not asked for
        here.files("owed")


def test_a_part_that_is_gone_or_changed_is_named(spark: Any, folder: Far, tmp_path: Path) -> None:
    disk = made(spark, folder)
    bad = part(tmp_path)
    good = bad.read_bytes()
    bad.with_name(f".{bad.name}.crc").unlink()  # which only a local disk has
    bad.write_bytes(good[:99] + bytes([good[99] ^ 1]) + good[100:])
    for _ in range(2):
        whole = disk.opened(folder)
        assert whole.files("owed")
        with pytest.raises(UserError, match=bad.name):
            whole.files("t")
        with pytest.raises(UserError, match=f"{folder}/1/t.parquet/000001/{bad.name}"):
            disk.here(whole, {"owed": "", "t": ""}, tmp_path / "here")
        bad.unlink(missing_ok=True)


def test_without_its_list_or_with_another_a_folder_is_not_read(spark: Any, folder: Far, tmp_path: Path) -> None:
    disk, listed = FarDisk(spark), folder / LIST
    with pytest.raises(UserError, match="没有文件夹"):
        disk.opened(folder)
    spark.createDataFrame([(1,)], "n INT").write.parquet(f"{folder}/1/t")
    with pytest.raises(UserError, match="没有写完"):
        disk.opened(folder)
    for text, said in (("{", LIST), ("[]", LIST), ('{"form": 99, "run": 1}', "另一个版本")):
        spark.createDataFrame([(text,)], "value STRING").write.mode("overwrite").text(str(listed))
        with pytest.raises(UserError, match=said):
            disk.opened(folder)
    made(spark, folder)
    assert disk.opened(folder).files("t")


@pytest.mark.parametrize("fault", [RuntimeError("ours"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_one(spark: Any, folder: Far, fault: BaseException) -> None:
    disk = made(spark, folder)
    with pytest.raises(type(fault)), disk.writing(folder, {}) as (new, _):
        spark.createDataFrame([(1,)], "n INT").write.parquet(str(new / "half"))
        raise fault
    whole = disk.opened(folder)
    assert whole.words == {"says": "one"} and whole.files("t") and whole.files("owed")


def test_a_new_one_takes_its_place_and_the_one_before_goes_with_the_next(spark: Any, folder: Far, tmp_path: Path) -> None:
    disk = made(spark, folder)
    first = disk.opened(folder)
    made(spark, folder, "two")
    second = disk.opened(folder)
    assert (first.words, second.words) == ({"says": "one"}, {"says": "two"}) and first.files("t") and second.files("owed")
    made(spark, folder, "three")
    kept = {
        path.relative_to(tmp_path / "far" / "青川").as_posix() for path in (tmp_path / "far").rglob("*.parquet") if path.is_file()
    }
    listed = {one for whole in (second, disk.opened(folder)) for parts in whole.parts.values() for one in parts}
    assert kept == listed
    with pytest.raises(UserError, match=f"{folder}/1/t"):
        disk.here(first, {"t": ""}, tmp_path / "here")


def test_what_passes_is_gone_with_the_block(spark: Any, folder: Far, tmp_path: Path) -> None:
    for _ in range(2):
        with FarDisk(spark).passing(folder / "work") as work:
            spark.createDataFrame([(1,)], "n INT").write.parquet(f"{work}/t")
            assert spark.read.parquet(f"{work}/t").count() == 1
        assert not list((tmp_path / "far").rglob("*.parquet"))
