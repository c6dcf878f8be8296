"""Nonsense of every kind to every command: an exit code that the guide names, one line on standard error, no traceback."""

from __future__ import annotations

import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from conftest import ROOT, Office, Result

from ruralkpi.commands.program import cli
from ruralkpi.errors import DONE, INTERRUPTED, OURS, PARTLY, USAGE

EXE = Path(sys.executable).parent / "ruralkpi"
RULE = "complaint_first_reply"
GOOD = "投诉编号,客户编号,受理时间,受理人,首次回复时间\nC1,K1,2026-10-05 10:00:00,007,2026-10-06 10:00:00\n"
ALL = sorted(cli.commands)
OF_BOOK = [["score"], ["explain", RULE], ["due"], ["render", "--formats", "html", "--jobs", "1"]]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """One agent's book, to be copied."""
    office = Office(tmp_path_factory.mktemp("built"))
    office.csv("投诉_2026-10.csv", GOOD)
    office.csv("代理人员_2026-10.csv", "工号,片区,姓名\n007,南片区,张三")
    return office.make("2026-10-31")


@pytest.fixture
def office(built: Office, tmp_path: Path) -> Office:
    shutil.copytree(built.folder, tmp_path, dirs_exist_ok=True)
    return Office(tmp_path)


def one_line(result: Result, code: int = USAGE) -> str:
    assert result.code == code and result.err.count("\n") == 1 and result.out == "", result
    assert "Traceback" not in result.err and "内部出错" not in result.err
    return result.err


def whole(command: str) -> list[str]:
    """A command with what it can't go without."""
    return [command, *{"explain": [RULE], "sample": ["made"], "init": ["office"], "book": ["--from", "none"]}.get(command, [])]


@pytest.mark.parametrize("command", ALL)
def test_bad_options_values_and_paths(office: Office, command: str) -> None:
    """Each option of the command, whatever it takes, gets what it can't take."""
    (office.folder / "folder").mkdir()
    (office.folder / "file").write_text("x", encoding="utf-8")
    (office.folder / "bad.toml").write_text("raw = [", encoding="utf-8")
    one_line(office.run(*whole(command), "--nonsense"))
    one_line(office.run(*whole(command), "more", "and more"))  # files that are not there, where files are taken
    for option in cli.commands[command].params:
        for value in NONSENSE.get(option.opts[0], ()):
            if command == "run" and value in LATER:
                continue
            one_line(office.run(*whole(command), option.opts[0], value))


DAYS = ("9999-99-99", "9999-12-31", "0001-01-01", "2026-02-30", "", "\n", "\0")
LATER = {"0001-01", "9999-12"}  # without data, which a run knows at its end
NONSENSE = {
    "--as-of": DAYS,
    "--month": ("2026-13", "2026-1", "", "2026-10\n", "'", "\0", *LATER),
    "--config": ("none.toml", "folder", "bad.toml", "file", "file/x", "n" * 300),
    "--days": ("-1", "x", "99999999999999999999"),
    "--jobs": ("0", "x"),
    "--agents": ("", ",", "nobody", "x"),
    "--agent": ("", "nobody", "\n"),
    "--kpi": ("", "nothing"),
    "--area": ("", "nowhere"),
    "--county": ("", "nowhere"),
    "--formats": ("", "exe", "html,,"),
    "--format": ("xml", ""),
    "--lang": ("de", ""),
    "--by": ("town", ""),
    "--outcome": ("late", ""),
    "--set": ("", "=", "x", "x.y=1", f"{RULE}.limit=", f"{RULE}.limit=-1 hours", f"{RULE}.limit=99999999 days", f"{RULE}.x=1"),
    "--password-file": ("none", "folder", "bad.toml/x"),
    "--edition": ("0", "x", "", "7"),
    "--from": ("0", "x", "", "7"),
    "--to": ("0", "x", ""),
    "--on": ("x", "2026-13-01", ""),
    "--rule": ("", "nothing"),
    "--cause": ("weather", ""),
    "--export": ("nothing", "'"),
    "--engine": ("oracle", ""),
    "--master": ("local", ""),  # without the engine that it is for
    "--store": ("none", ""),
    "--end": ("2026-13", "x", ""),
    "--months": ("0", "x"),
    "--seed": ("x", ""),
    "--dirty": ("-1", "2", "nan", "x"),
}


def test_every_option_is_tried_or_named_here() -> None:
    known = {option.opts[0] for command in cli.commands.values() for option in command.params if option.opts[0].startswith("--")}
    flags = {
        "--strict",
        "--note",
        "--rows",
        "--check",
        "--recompute",
        "--revisions",
        "--force",
        "--prune",
        "--bundle",
        "--publish-anyway",
        "--unmasked",
        "--lang",
        "--raw",
        "--db",
        "--out",
        "--mappings",
        "--slips",
    }
    assert known - set(NONSENSE) <= flags


def test_folders_and_files_in_each_others_place(office: Office) -> None:
    """Each path that a command takes: a file, a folder, or nothing stands there."""
    (office.folder / "folder").mkdir()
    (office.folder / "file").write_text("x", encoding="utf-8")
    for arguments in (["--db", "none.duckdb"], ["--db", "folder"], ["--db", "file"], ["--db", "file/x"], ["--db", "n" * 300]):
        for command in OF_BOOK:
            one_line(office.run(*command, *arguments))
        one_line(office.run("build", *arguments))
        one_line(office.run("check", *arguments))
    for raw in ("none", "file", "folder", "n" * 300, "file/x"):
        one_line(office.run("ingest", "--raw", raw))
        one_line(office.run("run", "--raw", raw))
    for db in ("file/x", "n" * 300, "a?b/x", "a\\b/x", "/dev/null/x"):
        one_line(office.run("ingest", "--db", db))
    for out in ("file", "file/x", "n" * 300, "/dev/null/x"):
        one_line(office.run("render", "--formats", "html", "--jobs", "1", "--out", out))
    for folder in ("file", "/dev/null/x"):
        one_line(office.run("sample", folder, "--agents", "2", "--months", "1"))


FORMS = ("-1", '["x"]', "2026-10-31", '"\\u0000"')
KEYS = ("raw", "db", "out", "mappings", "calendar", "as_of", "month_by", "rules", f"rules.{RULE}", f"rules.{RULE}.limit")
KEYS += ("composite.is_on", "composite.min_evidence", "quality.max_share", "quality.min_rows", "quality.limits")
KEYS += ("targets", f"targets.{RULE}", "cut_off.within_days", "nothing", "nothing.at.all")


def test_settings_of_every_type(office: Office) -> None:
    """They are used, or refused in a line."""
    for key, value in itertools.product(KEYS, FORMS):
        lines = [line for line in ('raw = "raw"', 'db = "marts/book.duckdb"') if not line.startswith(f"{key} ")]
        (office.folder / "ruralkpi.toml").write_text("\n".join([*lines, f"{key} = {value}"]), encoding="utf-8")
        result = office.run("catalog", "--format", "json")
        assert result.code == DONE or one_line(result), (key, value)


def _half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _flipped(place: float) -> Callable[[Path], None]:
    def flip(path: Path) -> None:
        content = bytearray(path.read_bytes())
        content[int(len(content) * place)] ^= 16
        path.write_bytes(content)

    return flip


def _text(path: Path) -> None:
    path.write_text("这不是数据库\n" * 5000, encoding="utf-8")


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def _foreign(path: Path) -> None:
    path.unlink()
    with duckdb.connect(str(path)) as con:
        for table in ("meta", "obligation", "source_file", "cut_off"):
            con.execute(f"CREATE TABLE {table} (a INTEGER)")


DAMAGES = [_half, _flipped(0), _flipped(0.001), _flipped(0.0025), _text, _empty, _folder, _foreign]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__qualname__.split(".")[0])
def test_a_damaged_database(office: Office, damage: Callable[[Path], None]) -> None:
    book, staging = office.folder / "marts" / "book.duckdb", office.folder / "marts" / "book.staging.duckdb"
    damage(book)
    for command in OF_BOOK:
        one_line(office.run(*command))
    damage(staging)
    for command in ("check", "build"):
        said = one_line(office.run(command))
        assert "占用" not in said and "磁盘" not in said


def test_a_bit_anywhere_is_told_or_harmless(office: Office) -> None:
    book = office.folder / "marts" / "book.duckdb"
    good = book.read_bytes()
    before = office.run("score", "--format", "json").out
    for n in range(6):
        _flipped((n + 0.5) / 6)(book)
        result = office.run("score", "--format", "json")
        assert result.out == before or one_line(result)
        book.write_bytes(good)


def test_an_error_of_ours_says_so_and_shows_where_to_those_who_ask(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """A book whose rows no version of ours wrote stands for a mistake in the program."""
    with duckdb.connect(str(office.folder / "marts" / "book.duckdb")) as con:
        con.execute("ALTER TABLE obligation RENAME COLUMN source_id TO other")
    result = office.run("explain", RULE)
    assert result.code == OURS and result.err.count("\n") == 1 and "RURALKPI_TRACE=1" in result.err
    monkeypatch.setenv("RURALKPI_TRACE", "1")
    result = office.run("explain", RULE)
    assert result.code == OURS and result.err.startswith("Traceback") and result.err.count("RURALKPI_TRACE=1") == 1
    assert office.run("score", "--month", "x").err.startswith("Traceback")


def test_the_guide_names_every_exit_code() -> None:
    for lang in ("zh", "en"):
        page = (ROOT / "docs" / lang / "errors.md").read_text(encoding="utf-8")
        assert set(map(int, re.findall(r'<a id="exit\.(\d+)">', page))) == {DONE, PARTLY, USAGE, 3, OURS, INTERRUPTED}


@pytest.mark.skipif(os.name != "posix", reason="a limit on file sizes stands in for a full disk")
def test_a_disk_that_fills_while_cards_are_made(office: Office) -> None:
    """One line, no half file; with room again the month is completed, and what was made is kept."""
    import resource

    command = [EXE, "render", "--formats", "html", "--jobs", "1"]
    for limit in (20_000, 1_000_000):  # the first card, the pages' script
        done = subprocess.run(
            command, cwd=office.folder, capture_output=True, text=True, check=False,
            preexec_fn=lambda limit=limit: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (USAGE, "", 1), done.stderr
        assert "磁盘" in done.stderr
        left = {path.name for path in (office.folder / "reports").rglob("*")}
        assert not [name for name in left if name.endswith((".part", ".form")) or name in (".work", "index.html")]
    made = office.run("render", "--formats", "html", "--jobs", "1")
    assert made.code == DONE and "新做 0" in made.err
    assert (office.folder / "reports" / "2026-10" / "index.html").exists()


@pytest.fixture
def started(office: Office) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a command that hears Ctrl-C, in a group of its own, as a terminal does."""
    running: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        hears = lambda: signal.signal(signal.SIGINT, signal.default_int_handler)
        words = [EXE, *arguments]
        running.append(
            subprocess.Popen(
                words, cwd=office.folder, stderr=subprocess.PIPE, text=True, start_new_session=True, preexec_fn=hears
            )
        )
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("command", "sight"), [("run", ""), ("check", "marts/book.work"), ("render", "reports/2026-10/.progress.jsonl")]
)
def test_ctrl_c_at_any_moment(office: Office, started: Callable[..., subprocess.Popen[str]], command: str, sight: str) -> None:
    """While it is imported, checks, and makes cards."""
    process, until = started(command), time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None and not (office.folder / sight).exists():
        time.sleep(0.005)
    time.sleep(0.05 if sight else 0.15)
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate(timeout=60)[1].splitlines()
    assert process.returncode == INTERRUPTED and said[-1:] in ([], ["已中断"]), said
    assert not [line for line in said if "Traceback" in line or "Error" in line]
    left = [
        path.name
        for path in office.folder.rglob("*")
        if path.suffix in (".part", ".new", ".form", ".work") or path.name == ".work"
    ]
    assert left == []
