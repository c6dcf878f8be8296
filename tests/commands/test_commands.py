"""The commands as a new user tries them: what they print, their exit codes, and one clear line for each mistake."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Office

GOOD = "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-10-05 10:00:00,007,2026-10-06 10:00:00\n"


def refused(office: Office, *arguments: str, code: int = 2) -> str:
    result = office.run(*arguments)
    assert result.code == code and result.out == "" and "Traceback" not in result.err
    return result.err


def test_an_empty_folder(office: Office) -> None:
    assert "raw" in (err := refused(office, "run")) and err.count("\n") == 1 and "投诉_2026-10.csv" in err


def test_no_such_folder(office: Office) -> None:
    assert "nowhere" in refused(office, "ingest", "--raw", "nowhere")


def test_unknown_headers_are_named_with_the_nearest_export_and_what_is_missing(office: Office) -> None:
    office.csv("投诉_2026-10.csv", "投诉编号,受理的时间,谁\n1,2026-10-01,007")
    err = refused(office, "ingest")
    assert "投诉_2026-10.csv" in err and "受理的时间" in err and "客户编号" in err and "受理时间" in err and "受理人" in err


def test_a_bad_file_beside_a_good_one_is_told_and_the_rest_goes_on(office: Office) -> None:
    office.csv("投诉_2026-10.csv", GOOD)
    office.csv("别的.csv", "甲,乙\n1,2")
    (office.folder / "raw" / "空.xlsx").write_bytes(b"")
    (office.folder / "raw" / "坏.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    result = office.run("ingest")
    assert result.code == 1
    assert all(name in result.err for name in ("别的.csv", "空.xlsx", "坏.xlsx")) and "Traceback" not in result.err
    assert office.run("check").code == office.run("build").code == 0
    assert office.outcomes("complaint_first_reply") == [("C1", "met", "2026-10")]


def test_a_month_without_data_and_a_wrong_month(office: Office) -> None:
    office.csv("投诉_2026-10.csv", GOOD)
    office.make()
    assert "2024-01" in (err := refused(office, "score", "--month", "2024-01")) and "2026-10" in err
    for wrong in ("2026/10", "10", "2026-13", "2026-1"):
        assert wrong in refused(office, "score", "--month", wrong)


def test_unknown_agent_and_rule_offer_the_nearest(office: Office) -> None:
    office.csv("投诉_2026-10.csv", GOOD)
    office.make()
    assert "007" in refused(office, "score", "--agent", "0077")
    assert "complaint_first_reply" in refused(office, "explain", "complaint_first_replay")
    assert "missed_late" in refused(office, "explain", "complaint_first_reply", "--outcome", "late")


def test_before_anything_was_built(office: Office) -> None:
    assert "ruralkpi run" in refused(office, "score")
    assert "ruralkpi" in refused(office, "check")
    assert "ruralkpi" in refused(office, "build")


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ("rwa = 'x'", "rwa"),
        ("[rules.complaint_first_replay]\nlimit = '24 hours'", "complaint_first_reply"),
        ("[rules.complaint_first_reply]\nlimit = 'two days'", "two days"),
        ("[rules.complaint_first_reply]\nlimt = '24 hours'", "limt"),
        ("as_of = '2026-10-32'", "2026-10-32"),
        ("raw = [", "TOML"),
    ],
)
def test_a_wrong_setting(office: Office, settings: str, word: str) -> None:
    office.csv("投诉_2026-10.csv", GOOD)
    (office.folder / "ruralkpi.toml").write_text(
        'raw = "raw"\ndb = "marts/book.duckdb"\n' + settings if "raw =" not in settings else settings, encoding="utf-8"
    )
    codes = [office.run(stage) for stage in ("ingest", "check", "build")]
    bad = next(result for result in codes if result.code)
    assert bad.code == 2 and word in bad.err and "Traceback" not in bad.err


def test_a_wrong_mapping(office: Office) -> None:
    office.csv("投诉_2026-10.csv", GOOD)
    mapping = office.folder / "mappings" / "x.toml"
    for text, word in (
        ('export = "complaint"', "complaints"),
        ('export = "complaints"\n[columns]\nrecieved_at = ["时间"]', "received_at"),
        ('export = "complaints"\n[columns]\nreceived_at = { header = ["时间"] }', "headers"),
        ("export = ", "TOML"),
    ):
        mapping.write_text(text, encoding="utf-8")
        err = refused(office, "ingest")
        assert word in err and "x.toml" in err


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write anywhere")
def test_an_unwritable_folder(office: Office) -> None:
    office.csv("投诉_2026-10.csv", GOOD)
    (office.folder / "marts").mkdir(mode=0o500)
    assert "marts" in refused(office, "ingest")


def test_an_output_folder_that_is_a_file(office: Office) -> None:
    office.csv("投诉_2026-10.csv", GOOD)
    (office.folder / "marts").write_text("", encoding="utf-8")
    assert "marts" in refused(office, "ingest")


@pytest.mark.skipif(os.name != "posix", reason="a limit on file sizes stands in for a full disk")
def test_a_full_disk_is_an_error_and_the_last_good_marts_stay(office: Office) -> None:
    import resource

    office.csv("投诉_2026-10.csv", GOOD)
    office.make()
    before = (office.folder / "marts" / "book.duckdb").read_bytes()
    office.csv("投诉_2026-09.csv", GOOD)
    exe = Path(sys.executable).parent / "ruralkpi"
    for stage in ("ingest", "build"):
        done = subprocess.run(
            [exe, stage], cwd=office.folder, capture_output=True, text=True, check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000)),
        )  # fmt: skip
        assert done.returncode == 2 and "marts" in done.stderr and "Traceback" not in done.stderr, stage
        assert office.run("ingest").code == office.run("check").code == 0  # with room again; the build has something to do
    assert (office.folder / "marts" / "book.duckdb").read_bytes() == before
    assert not list((office.folder / "marts").glob("*.new*"))


def test_json_and_csv_hold_that_and_nothing_else(sample: Office) -> None:
    for arguments in (["score"], ["explain", "key_call_weekly", "--agent", "0001"], ["due", "--agent", "0001"], ["catalog"]):
        as_json = sample.run(*arguments, "--format", "json")
        as_csv = sample.run(*arguments, "--format", "csv")
        rows = json.loads(as_json.out)
        assert len(list(csv.DictReader(io.StringIO(as_csv.out)))) == len(rows) > 0


def test_an_agent_id_stays_text(sample: Office) -> None:
    row = sample.json("score", "--agent", "0001")[0]
    assert row["agent_id"] == "0001" and row["month"] == "2026-10"


def test_what_is_due_is_sorted_and_still_open(sample: Office) -> None:
    rows = sample.json("due", "--as-of", "2026-10-10", "--days", "7")
    ahead = [r["due_at"] for r in rows if not r["is_overdue"]]
    assert ahead == sorted(ahead) and len(ahead) > 20
    assert [r["is_overdue"] for r in rows] == sorted((r["is_overdue"] for r in rows), reverse=True)
    assert {r["due_on"][:10] for r in rows if not r["is_overdue"]} <= {f"2026-10-{d:02d}" for d in range(10, 18)}


def test_the_installed_command_in_a_process_of_its_own(office: Office) -> None:
    exe = Path(sys.executable).parent / "ruralkpi"
    done = subprocess.run([exe, "score", "--month", "x"], cwd=office.folder, capture_output=True, text=True, check=False)
    assert done.returncode == 2 and done.stdout == "" and "Traceback" not in done.stderr
    assert subprocess.run([exe, "--help"], capture_output=True, check=False).returncode == 0
