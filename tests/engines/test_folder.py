"""A folder of Parquet is whole or not read; while a new one is written, and when that fails, the old one is as it was."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from ruralkpi.engines.folder import LIST, Far, opened, place, writing
from ruralkpi.errors import UserError


def made(folder: Path, text: str = "one") -> Path:
    with writing(folder, {"says": text}) as (new, parts):
        (new / "t" / "in_month=2026-10").mkdir(parents=True)
        (new / "t" / "in_month=2026-10" / "a.parquet").write_text(text, encoding="utf-8")
        (new / "t" / "b.parquet").write_text(text, encoding="utf-8")
        (new / "u.parquet").write_text(text, encoding="utf-8")
        parts |= {"t": ["t"], "u": ["u.parquet"], "nothing": []}
    return folder


def test_what_was_written_is_found_by_table_and_by_folder(tmp_path: Path) -> None:
    whole = opened(made(tmp_path / "book"))
    assert whole.words == {"says": "one"} and whole.files("nothing") == []
    assert [Path(one).name for one in whole.files("t")] == ["b.parquet", "a.parquet"]
    assert [Path(one).name for one in whole.files("t", "/in_month=2026-10/")] == ["a.parquet"]
    assert [path.name for path in tmp_path.iterdir()] == ["book"]


def test_a_part_that_is_gone_or_changed_is_named(tmp_path: Path) -> None:
    part = made(tmp_path / "book") / "t" / "b.parquet"
    part.write_text("two", encoding="utf-8")
    whole = opened(tmp_path / "book")
    with pytest.raises(UserError, match=r"b\.parquet"):
        whole.files("t")
    part.unlink()
    with pytest.raises(UserError, match=r"b\.parquet"):
        whole.files("t")
    assert whole.files("u")


def test_without_its_list_or_with_another_a_folder_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="没有文件夹"):
        opened(tmp_path / "book")
    (made(tmp_path / "book") / LIST).write_text('{"form": 99}', encoding="utf-8")
    with pytest.raises(UserError, match="另一个版本"):
        opened(tmp_path / "book")
    (tmp_path / "book" / LIST).write_text("{", encoding="utf-8")
    with pytest.raises(UserError, match=LIST):
        opened(tmp_path / "book")
    (tmp_path / "book" / LIST).unlink()
    with pytest.raises(UserError, match="没有写完"):
        opened(tmp_path / "book")


@pytest.mark.parametrize("fault", [OSError(errno.ENOSPC, "full"), RuntimeError("ours"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_one_and_nothing_else(tmp_path: Path, fault: BaseException) -> None:
    made(tmp_path / "book")
    with pytest.raises(UserError if isinstance(fault, OSError) else type(fault)), writing(tmp_path / "book", {}) as (new, _):
        (new / "half.parquet").write_text("half", encoding="utf-8")
        raise fault
    assert opened(tmp_path / "book").words == {"says": "one"}
    assert [path.name for path in tmp_path.iterdir()] == ["book"]


def test_a_new_one_takes_its_place_and_what_a_killed_run_left_goes(tmp_path: Path) -> None:
    made(tmp_path / "book")
    process = os.fork()
    if not process:
        os._exit(0)
    os.waitpid(process, 0)
    (tmp_path / f"book.{process}.new").mkdir()
    (tmp_path / f"book.{os.getppid()}.new").mkdir()  # of one that still runs
    made(tmp_path / "book", "two")
    assert opened(tmp_path / "book").words == {"says": "two"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["book", f"book.{os.getppid()}.new"]


def test_a_listed_table_without_its_file_is_a_fault_of_the_writer(tmp_path: Path) -> None:
    with pytest.raises(UserError), writing(tmp_path / "book", {}) as (_, parts):
        parts["t"] = ["none.parquet"]
    assert not (tmp_path / "book").exists()


def test_folders_are_those_of_this_machines_disks(tmp_path: Path) -> None:
    assert place(f"file://{tmp_path}/a%20b") == tmp_path / "a b" and place("spark/青川") == Path("spark/青川")
    assert place("file:/a") == place("file:///a") == place("file://localhost/a") == Path("/a")
    for far in ("hdfs://name/x", "s3a://bucket/x", "abfs://c@account/x", "hdfs:///x"):
        assert place(f"{far}/../x//") == Far(far) and str(place(far)) == far
