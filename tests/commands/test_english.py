"""Everything that the console says, in English: with data without a Chinese letter, none is left; and 80 columns are enough."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import redirect_stdout
from html import unescape
from pathlib import Path

import pandas as pd
import pytest
from conftest import Office
from rich.cells import cell_len

from ruralkpi import spoken
from ruralkpi.commands import output
from ruralkpi.commands.program import cli
from ruralkpi.quality.report import quality_report

CJK = re.compile(r"[\u3400-\u9fff]")
COLUMNS = {
    "agents": "agent_id agent_name area_id county_id",
    "customers": "customer_id customer_name customer_class agent_id",
    "complaints": "complaint_id customer_id received_at agent_id first_reply_at",
    "visits": "visit_id customer_id agent_id visited_at mode",
}
RULE = "complaint_first_reply"


@pytest.fixture(scope="module")
def abroad(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """A small office whose files, headers and names are English, with a little of every fault, built in English."""
    office = Office(tmp_path_factory.mktemp("abroad"))
    for export, columns in COLUMNS.items():
        lines = [f"{name} = {{ headers = ['{name}'] }}" for name in columns.split()]
        text = f'export = "{export}"\nfiles = ["{export}*"]\n[columns]\n' + "\n".join(lines) + "\n"
        (office.folder / "mappings" / f"{export}.toml").write_text(text, encoding="utf-8")
    office.csv("agents.csv", "agent_id,agent_name,area_id,county_id\n007,Ann Lee,North,Hill\n008,Bob Ray,South,Hill")
    office.csv(
        "customers.csv", "customer_id,customer_name,customer_class,agent_id\nK1,Mill Ltd,important,007\nK2,Jo Fox,plain,008"
    )
    office.csv(
        "complaints_2026-10.csv",
        """complaint_id,customer_id,received_at,agent_id,first_reply_at,odd
        C1,K1,2026-10-05 10:00:00,007,2026-10-06 10:00:00,x
        C2,K1,2026-10-06 10:00:00,007,2026-10-16 10:00:00,
        C3,K1,some day,007,,
        C4,K2,2026-10-09 10:00:00,008,,
        C5,K2,2026-10-09 11:00:00,0081,,
        C6,K1,2026-10-09 12:00:00,007,2026-10-08 12:00:00,
        C7,K1,2026-10-12 12:00:00,007,2026-10-11 12:00:00,
        ,K1,2026-10-13 12:00:00,007,,""",
    )
    office.csv("visits_2026-10.csv", "visit_id,customer_id,agent_id,visited_at,mode\nV1,K1,007,2026-10-08 09:00,by boat")
    office.csv("notes.csv", "this,that\n1,2")
    (office.folder / "raw" / "broken.xlsx").write_bytes(b"PK\x03\x04 not a workbook")
    yield office


def shown(page: Path) -> str:
    """A page's text, without the words of closed lists that a mapping may write."""
    text = re.sub(r"<(style|script).*?</\1>", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.sub(r'= "[^"]*"', "=", unescape(text))


def said(office: Office, *arguments: str, code: int | None = 0) -> str:
    result = office.run(*arguments)
    text = result.out + result.err
    assert code is None or result.code == code, text
    told = re.sub(r'= "[^"]*"', "=", text)  # the words of a closed list that a mapping may write
    assert CJK.findall(told) == [], f"{arguments}: {told}"
    return text


def test_no_chinese_letter_is_left_in_what_any_command_says(abroad: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(spoken.VARIABLE, "en")
    told = said(abroad, "ingest", code=1)
    assert "notes.csv" in told and "broken.xlsx" in told and "not read" in told
    assert "checked" in said(abroad, "check") and "in no list" in said(abroad, "check", "--as-of", "2026-10-31")
    assert "obligations" in said(abroad, "build") and "as before" in said(abroad, "build")
    assert "kept/owed" in said(abroad, "score") and "Complaints" in said(abroad, "score", "--by", "county")
    said(abroad, "score", "--set", f"{RULE}.limit=24 hours")
    for outcome in (None, "missed", "all"):
        told = said(abroad, "explain", RULE, *(["--outcome", outcome] if outcome else []))
        assert "first reply due within 48 hours" in told
    for arguments in (["due", "--days", "60"], ["catalog"], ["store"], ["store", "--prune"], ["ingest"]):
        said(abroad, *arguments, code=None)
    for arguments in (["score"], ["explain", RULE], ["due"]):
        for form in ("csv", "json"):
            said(abroad, *arguments, "--format", form)
    for arguments in (["publish", "--on", "2026-11-02"], ["editions"], ["verify"], ["score", "--edition", "1"]):
        said(abroad, *arguments)
    abroad.configure("month_by = 'start'\n[rules.complaint_first_reply]\nlimit = '24 hours'\n[targets]\nkey_call_weekly = 0.9\n")
    mapping = abroad.folder / "mappings" / "agents.toml"
    before = mapping.read_text(encoding="utf-8")
    mapping.write_text("export = 'agents'\n", encoding="utf-8")
    told = said(abroad, "score")
    assert "built under other settings" in told and "and others, 4 in all" in told
    mapping.write_text(before, encoding="utf-8")
    abroad.configure("[rules.complaint_first_reply]\nlimit = '12 hours'\n")
    said(abroad, "build")
    assert "C1" in said(abroad, "changes", "--rows") and "points" in said(abroad, "changes")
    abroad.configure("")
    said(abroad, "build")
    assert "cards" in said(abroad, "render", "--formats", "html", "--jobs", "1", "--agents", "007")
    with abroad.book() as book:
        quality_report(book.con, abroad.folder / "reports", "2026-10", {}, lang="en")
    pages = {path.relative_to(abroad.folder).as_posix(): path for path in (abroad.folder / "reports").rglob("*.html")}
    card, page = (next(path for name, path in pages.items() if name.endswith(end)) for end in ("007.html", "quality/index.html"))
    for path in (card, page):
        assert "first reply 2026-10-08 12:00:00 before receipt 2026-10-09 12:00:00" in shown(path)
    assert len(pages) > 30 and [name for name, path in pages.items() if CJK.search(shown(path))] == []


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", "--month", "2031-01"], ["score", "--month", "10"], ["score", "--agent", "0077"], ["score", "--by", "week"],
        ["explain", "nothing"], ["explain", RULE, "--outcome", "late"], ["explain"], ["nothing"], ["--nothing"],
        ["ingest", "--raw", "nowhere"], ["check", "--as-of", "soon"], ["build", "--config", "nowhere.toml"],
        ["score", "--set", "limit"], ["score", "--set", f"{RULE}.limit=soon"], ["score", "--set", f"{RULE}.limt=3 days"],
        ["score", "--db", "nowhere.duckdb"], ["render", "--formats", "doc"], ["sample", "made", "--end", "soon"],
        ["score", "--by", "county", "--area", "North"], ["score", "--lang", "fr"],
    ],
)  # fmt: skip
def test_no_chinese_letter_is_left_in_an_error(abroad: Office, arguments: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(spoken.VARIABLE, "en")
    assert said(abroad, *arguments, code=2).count("\n") == 1


@pytest.mark.parametrize("setting", ["rwa = 'x'", "lang = 'fr'", "month_by = 'x'", "[rules.nothing]\nlimit = '1 day'", "raw = ["])
def test_no_chinese_letter_is_left_in_a_wrong_setting(office: Office, setting: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(spoken.VARIABLE, "en")
    (office.folder / "ruralkpi.toml").write_text(setting, encoding="utf-8")
    said(office, "catalog", code=2)


@pytest.mark.parametrize("command", [[], *[[name] for name in sorted(cli.commands)]], ids=" ".join)
def test_help_is_in_both_languages_or_in_english_alone(office: Office, command: list[str]) -> None:
    english = said(office, *command, "--help", "--lang", "en")
    assert len(english) > 200 and re.search(r"\n  -h, --help +Show", english)
    assert CJK.search(office.run(*command, "--help").out)  # and Chinese is back for whoever asks next


def test_the_option_comes_before_the_variable_and_that_before_the_settings(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def speaks_english(*arguments: str) -> bool:
        return "nothing to do" not in (told := office.run("ingest", *arguments).err) and not CJK.search(told)

    assert not speaks_english() and speaks_english("--lang", "en") and speaks_english("--lang=en")
    office.configure("lang = 'en'\n")
    assert speaks_english() and not speaks_english("--lang", "zh")
    monkeypatch.setenv(spoken.VARIABLE, "zh")
    assert not speaks_english() and speaks_english("--lang", "en")
    monkeypatch.setenv(spoken.VARIABLE, "klingon")
    assert "klingon" in office.run("ingest").err and office.run("ingest").code == 2


def printed(frame: pd.DataFrame, width: int, **choices: list[str]) -> list[str]:
    out = io.StringIO()
    with redirect_stdout(out):
        output.print_table(frame, width=width, **choices)
    return out.getvalue().splitlines()


def test_what_is_too_wide_for_a_table_is_a_block_a_row(sample: Office) -> None:
    with sample.book() as book:
        rows = book.misses(rule=RULE, names=True)
        figures = book.kpi(names=True, agent="0004")
    columns = ["agent_id", "source_id", "outcome", "due_at", "file", "row", "sentence"]
    lines = printed(rows, 80, columns=columns, block=["agent_id", "source_id", "outcome", "sentence"])
    assert max(map(cell_len, lines)) <= 80
    heads = [line for line in lines if not line.startswith(" ")]
    assert [line.split() for line in heads] == rows[["agent_id", "source_id", "outcome"]].values.tolist()
    text = "".join(line.strip() for line in lines)
    assert all(sentence.replace(" ", "") in text.replace(" ", "") for sentence in rows["sentence"])
    wide = printed(rows, 400, columns=columns)
    assert len(wide) == len(rows) + 1  # where there is room a table stays one
    for width in (80, 200):
        out = io.StringIO()
        with redirect_stdout(out):
            output.print_score(figures, "agent_id", width)
        shown = out.getvalue().splitlines()
        assert max(map(cell_len, shown)) <= width and "14/19" in out.getvalue() and "n/a" not in out.getvalue()
        assert ("key_visit_half_monthly" in out.getvalue()) is (width == 200)
        assert "没有应办：" in out.getvalue()
    assert [line for line in printed(book_catalog(), 80) if 0 < cell_len(line.strip()) < 2] == []


def book_catalog() -> pd.DataFrame:
    from ruralkpi.catalog.clauses import clauses
    from ruralkpi.obligations.declared import rules

    return clauses(rules())


def test_a_deadline_prints_as_the_end_of_its_day() -> None:
    assert output.cell("due_at", pd.Timestamp("2026-11-01")) == "2026-10-31 24:00"
    assert output.cell("due_at", pd.Timestamp("2026-11-01 08:00")) == "2026-11-01 08:00:00"
    assert output.cell("done_at", pd.Timestamp("2026-11-01")) == "2026-11-01 00:00:00"
    assert output.cell("due_on", pd.Timestamp("2026-10-31")) == "2026-10-31"


def test_a_stage_says_what_it_is_at_on_a_terminal_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    import time

    from ruralkpi.commands.streams import working

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for stream, is_told in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr(sys, "stderr", stream)
        with working("checking", after=0.1):
            time.sleep(0.5)
        assert ("checking 00:0" in stream.getvalue()) is is_told


def test_a_column_that_a_file_lacks_is_named_as_its_own_export_calls_it(tmp_path: Path) -> None:
    office = Office(tmp_path)
    office.csv("代理人员.csv", "工号,片区,姓名\n007,甲片区,张三")
    office.csv("投诉_2026-01.csv", "投诉编号,客户编号,受理人,首次回复时间\nC1,K1,007,2026-01-06 10:00")
    office.csv("故障_2026-01.csv", "故障编号,客户编号,受理人\nF1,K1,007")
    try:
        found = office.run("ingest", "--lang", "en")
    finally:
        spoken.speak("zh")
    lines = {name: next(line for line in found.err.splitlines() if name in line) for name in ("投诉_", "故障_")}
    assert "received_at" in lines["投诉_"] and "accepted_at" not in lines["投诉_"]
    assert "reported_at, product" in lines["故障_"]
