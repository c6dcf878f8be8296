"""Streams that are full or closed, and paths and leftovers that stand in the way: one line, never a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Office

from ruralkpi.press import manifest

EXE = Path(sys.executable).parent / "ruralkpi"
GOOD = "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-10-05 10:00:00,007,2026-10-06 10:00:00\n"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full")
@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("catalog --format json > /dev/full", 2, "写不出去"),
        ("catalog > /dev/full", 2, "写不出去"),
        ("--help > /dev/full", 2, "写不出去"),
        ("catalog --format csv >&-", 2, "写不出去"),
        ("score --format json 2> /dev/full", 2, ""),
        ("nonsense 2> /dev/full", 2, ""),
        ("catalog > /dev/null 2>&-", 0, ""),
        ("catalog >&- 2>&- <&-", 2, ""),
    ],
)
def test_streams_that_take_nothing(tmp_path: Path, line: str, code: int, words: str) -> None:
    done = subprocess.run(["sh", "-c", f"{EXE} {line}"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == code and words in done.stderr and done.stderr.count("\n") == bool(words), done.stderr


def test_a_path_that_the_database_would_take_for_another(tmp_path: Path) -> None:
    for name in ("有?号", os.fsdecode("数据".encode("gbk"))):
        office = Office(tmp_path / name)
        office.csv("投诉_2026-10.csv", GOOD)
        result = office.run("ingest")
        assert result.code == 2 and result.err.count("\n") == 1 and "--db" in result.err
        result = office.run("ingest", "--db", str(tmp_path / "%41#[1]*'x.duckdb"))
        assert result.code == 0, result.err


GOOD_LINE = json.dumps(manifest.Entry("007", "x", {"pdf": {"path": "甲/007.pdf", "bytes": 1, "sha256": ""}}).__dict__)


@pytest.mark.parametrize(
    "line",
    [
        "[" * 100_000,
        "null",
        '{"agent_id": ["x"]}',
        GOOD_LINE.replace('"007"', '"\\ud800"'),
        GOOD_LINE.replace("007.pdf", "..\\u0000.pdf"),
        GOOD_LINE.replace("\\u7532/007", "../../etc/x"),
        GOOD_LINE.replace("\\u7532/007", "../x"),
        GOOD_LINE.replace('"bytes": 1', '"bytes": null'),
        GOOD_LINE.replace('"path"', '"pat"'),
        GOOD_LINE.replace('"pdf"', '"exe"'),
        GOOD_LINE.replace('"seconds": 0.0', '"seconds": "long"'),
        GOOD_LINE.replace('"x"', "5"),
    ],
)
def test_a_manifest_of_any_content_is_read_as_far_as_it_is_one(tmp_path: Path, line: str) -> None:
    (tmp_path / manifest.MANIFEST).write_bytes(b"\xff\x00\n" + line.encode() + b"\n" + GOOD_LINE.replace("007", "008").encode())
    assert set(manifest.read(tmp_path)) == {"008"}


def test_what_bears_a_manifests_name_and_is_no_file_is_set_aside(tmp_path: Path) -> None:
    (tmp_path / manifest.MANIFEST).mkdir()
    (tmp_path / manifest.MANIFEST / "x").write_text("kept")
    os.mkfifo(tmp_path / manifest.JOURNAL)
    (tmp_path / ".work").write_text("")
    assert manifest.read(tmp_path) == {}
    manifest.set_aside(tmp_path)
    manifest.set_aside(tmp_path)
    assert (tmp_path / "manifest.jsonl.aside-1" / "x").read_text() == "kept"
    assert not any((tmp_path / name).exists() for name in (manifest.MANIFEST, manifest.JOURNAL, ".work"))
